/**
 * What moderators and administrators do on one blog with two programs, over any backend: accounts and
 * sessions of the one at the other, site settings, decisions on their way to Akismet, spam counted.
 */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CheckRecord } from '../../buckets/comments/schema.ts'
import { limits } from '../../src/kernel/limits.ts'
import type { Blog, CommentStatus } from '../../src/store/blog.ts'
import { barrier, interceptRiak } from '../support/intercept-riak.ts'
import type { Hooks } from '../support/intercept-riak.ts'
import { blogOn } from '../support/open-blog.ts'
import { until } from '../support/program.ts'
import type { StoryCluster } from './store-stories.ts'

interface Stage {
  readonly one: Blog
  readonly two: Blog
  readonly hooks: Hooks
  readonly hooksOfTwo: Hooks
}

const password = 'a few good words'
const otherPassword = 'other good words'
/** A session is remembered for 5 s, and a busy cluster takes its time. */
const heardMs = 60_000

let sites = 0

/** @param siteNames - what the sites' names begin with. */
export function moderatorStories(
  name: string,
  open: () => Promise<StoryCluster>,
  siteNames = 'moderators',
): void {
  describe(`moderators and administrators (${name})`, () => {
    let cluster: StoryCluster
    let stage: Stage
    beforeEach(async () => {
      cluster = await open()
      const hooks: Hooks = {}
      const hooksOfTwo: Hooks = {}
      const how = {
        site: `${siteNames}${++sites}`,
        isSingleNode: cluster.isSingleNode ?? true,
      }
      const one = await blogOn(interceptRiak(cluster.first, hooks), how)
      const two = await blogOn(interceptRiak(cluster.second, hooksOfTwo), how)
      stage = { one, two, hooks, hooksOfTwo }
    })
    afterEach(async () => {
      await stage.one.stop()
      await stage.two.stop()
      await cluster.close()
    })

    accountStories(() => stage)
    sessionStories(() => stage)
    settingStories(() => stage)
    reportStories(() => stage)
    counterStories(() => stage)
  })
}

/** Neither puts an object of this type before the other is about to. */
function bothAtOnce({ hooks, hooksOfTwo }: Stage, type: string): void {
  const meet = barrier(2)
  const hold = async (at: { readonly type: string }): Promise<void> => {
    if (at.type === type) await meet()
  }
  hooks.beforePut = hold
  hooksOfTwo.beforePut = hold
}

function accountStories(on: () => Stage): void {
  test('an account made through one signs in through the other, with the role it was given', async () => {
    const { one, two } = on()
    const made = await one.authors.add({ name: 'Ana', role: 'editor', password }, 'operator')
    expect(await two.authors.verify('ana', password)).toEqual(made)
    expect(await two.authors.verify('ana', otherPassword)).toBeUndefined()
    expect((await two.authors.list()).map(({ name }) => name)).toEqual(['ana'])
    await two.authors.setRole('ana', 'author', 'operator')
    expect(await one.authors.read('ana')).toMatchObject({ role: 'author' })
  })

  test('one name made through both at the same moment is one account, at both the same; the other is set aside', async () => {
    const { one, two } = on()
    bothAtOnce(on(), 'authors')
    await Promise.allSettled([
      one.authors.add({ name: 'ana', role: 'editor', password }, 'operator'),
      two.authors.add({ name: 'ana', role: 'admin', password: otherPassword }, 'operator'),
    ])
    const [left, right] = [await one.authors.read('ana'), await two.authors.read('ana')]
    expect(left).toBeDefined()
    expect(right).toEqual(left)
    expect(left?.setAside).toHaveLength(1)
    const right1 = await one.authors.verify('ana', password)
    const right2 = await two.authors.verify('ana', otherPassword)
    expect([right1, right2].filter((account) => account !== undefined)).toHaveLength(1)
  })
}

function sessionStories(on: () => Stage): void {
  test('a session begun at one is known at the other; ended at the other it is over at both', async () => {
    const { one, two } = on()
    const ana = await one.authors.add({ name: 'ana', role: 'editor', password }, 'operator')
    const kept = await one.sessions.start(ana, { agent: 'w3m' })
    const ended = await one.sessions.start(ana, { agent: 'Firefox' })
    expect((await two.sessions.authenticate(kept.token))?.account.name).toBe('ana')
    expect((await two.sessions.list(ana)).map(({ agent }) => agent).sort()).toEqual([
      'Firefox',
      'w3m',
    ])
    expect(await two.sessions.end('ana', ended.id)).toBe(true)
    expect(await two.sessions.authenticate(ended.token)).toBeUndefined()
    await until('the first has heard of it', heardMs, async () => {
      return (await one.sessions.authenticate(ended.token)) === undefined
    })
    expect((await one.sessions.authenticate(kept.token))?.id).toBe(kept.id)
  })

  test('another password, set at one, ends every session at the other', async () => {
    const { one, two } = on()
    const ana = await one.authors.add({ name: 'ana', role: 'editor', password }, 'operator')
    const { token } = await two.sessions.start(ana, { agent: 'w3m' })
    expect(await two.sessions.authenticate(token)).toBeDefined()
    await one.authors.setPassword('ana', otherPassword, 'operator')
    await until('the second has heard of it', heardMs, async () => {
      return (await two.sessions.authenticate(token)) === undefined
    })
    expect(await two.authors.verify('ana', password)).toBeUndefined()
    expect(await two.authors.verify('ana', otherPassword)).toBeDefined()
  })
}

function settingStories(on: () => Stage): void {
  test('two settings changed at the same moment through two programs are both kept', async () => {
    const { one, two } = on()
    bothAtOnce(on(), 'sites')
    await Promise.all([
      one.changeSettings({ title: 'Ring of Keys' }, 'ann'),
      two.changeSettings({ tagline: 'Ünder way' }, 'bob'),
    ])
    for (const blog of [one, two]) {
      await until('it shows both', heardMs, async () => {
        const { title, tagline } = await blog.settings()
        return title === 'Ring of Keys' && tagline === 'Ünder way'
      })
    }
  })
}

async function addChecked(
  blog: Blog,
  postId: string,
  body: string,
  atMs = Date.now(),
): Promise<string> {
  const check: CheckRecord = {
    atMs,
    said: 'unknown',
    reason: 'Akismet is away',
    would: 'pending',
    isLogOnly: false,
    traps: { honeypot: false, stamp: 'good' },
    permalink: 'https://blog.example/posts/talk',
    visitor: { address: '203.0.113.7', userAgent: 'Firefox', referrer: '' },
  }
  const input = { author: 'guest', body }
  const held = { verdict: 'pending' as const, check, postIsKnown: true }
  return (await blog.comments.add(postId, input, held))!.comment.id
}

function reportStories(on: () => Stage): void {
  test('a decision made at one is due at the other, is taken by one of them, and once accepted is due nowhere', async () => {
    const { one, two } = on()
    const { post } = await one.posts.create({ title: 'Talk', status: 'published' }, { by: 'ann' })
    const id = await addChecked(one, post.id, 'buy pills')
    expect((await two.reports.waiting()).count).toBe(0)
    await one.comments.moderate(id, 'spam', 'ann')
    const { due } = await two.reports.waiting()
    expect(due).toEqual([`${post.id}/${id}`])
    const claimed = await two.reports.claim(due[0]!)
    expect(claimed).toMatchObject({ want: 'spam', visitor: { address: '203.0.113.7' } })
    expect(await one.reports.claim(due[0]!)).toBeUndefined()
    expect(await one.reports.waiting()).toMatchObject({ due: [], count: 1 })
    await two.reports.accepted(claimed!)
    expect(await one.reports.waiting()).toMatchObject({ due: [], count: 0 })
  })

  test('who sent a comment is forgotten after its time, and of nobody before it', async () => {
    const { one, two } = on()
    const { post } = await one.posts.create({ title: 'Talk', status: 'published' }, { by: 'ann' })
    const old = await addChecked(one, post.id, 'old', Date.now() - limits.visitorKeptMs - 1_000)
    const young = await addChecked(one, post.id, 'young')
    expect(await two.reports.forget()).toBe(1)
    expect(await two.reports.forget()).toBe(0)
    const { comments } = await one.comments.queue({ status: 'pending', limit: 10 })
    const addresses = comments.map(({ id, check }) => [id, check?.visitor?.address])
    expect(new Map(addresses as [string, string | undefined][])).toEqual(
      new Map([
        [old, undefined],
        [young, '203.0.113.7'],
      ]),
    )
  })
}

function counterStories(on: () => Stage): void {
  test('spam put away through two programs is counted once each, taken back is not counted; both say the same', async () => {
    const { one, two } = on()
    const { post } = await one.posts.create({ title: 'Talk', status: 'published' }, { by: 'ann' })
    const blogs = [one, two]
    const ids: string[] = []
    for (let n = 0; n < 20; n++) ids.push(await addChecked(blogs[n % 2]!, post.id, `buy ${n}`))
    const decide = (every: readonly string[], status: CommentStatus): Promise<unknown> =>
      Promise.all(every.map((id, n) => blogs[n % 2]!.comments.moderate(id, status, 'ann')))
    await decide(ids, 'spam')
    await decide(ids, 'spam')
    await decide(ids.slice(0, 5), 'approved')
    await decide(ids.slice(5, 10), 'deleted')
    one.comments.discard()
    for (const blog of blogs) await blog.settle()
    for (const blog of blogs) {
      await until('it says 16', heardMs, async () => (await blog.spamReport())?.killed === 16)
    }
  })
}
