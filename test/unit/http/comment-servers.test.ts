/** One comment, however often its form is sent and to whichever server: over the real store. */

import { describe, expect, test } from 'vitest'

import { createApp } from '../../../src/http/app.tsx'
import { limits } from '../../../src/kernel/limits.ts'
import type { RiakKv } from '../../../src/riak/riak-kv.ts'
import type { Blog } from '../../../src/store/blog.ts'
import { interceptRiak, lost } from '../../support/intercept-riak.ts'
import { blogOn, memoryRiak, recordingLog } from '../../support/open-blog.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'
import type { VirtualClock } from '../../support/virtual-clock.ts'

interface Server {
  readonly blog: Blog
  post(path: string, fields: Record<string, string>, cookie?: string): Promise<Response>
  get(path: string, cookie?: string): Promise<Response>
}

async function serverOn(riak: RiakKv, clock: VirtualClock): Promise<Server> {
  const log = recordingLog()
  const blog = await blogOn(riak, { clock, log })
  const config = { publicUrl: 'https://blog.example', trustProxy: 0, secret: 'shared by both' }
  const app = createApp({ blog, clock, log, config })
  return {
    blog,
    post: async (path, fields, cookie = '') =>
      app.request(path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', cookie },
        body: new URLSearchParams(fields).toString(),
      }),
    get: async (path, cookie = '') => app.request(path, { headers: { cookie } }),
  }
}

interface Stage {
  readonly clock: VirtualClock
  readonly servers: readonly [Server, Server]
  readonly postId: string
  readonly fields: Record<string, string>
  /** The next answers to puts of comments are lost, though they are stored. */
  loseAnswers(count: number): void
}

const path = '/posts/talk/comments'

async function stage(): Promise<Stage> {
  const clock = createVirtualClock()
  let left = 0
  const riak = interceptRiak(memoryRiak(clock), {
    afterPut: ({ type }) => {
      if (type === 'comments' && left-- > 0) throw lost()
    },
  })
  const servers = [await serverOn(riak, clock), await serverOn(riak, clock)] as const
  const { post } = await servers[0].blog.posts.create(
    { title: 'Talk', slug: 'talk', status: 'published' },
    { by: 'ann' },
  )
  await servers[0].blog.settle()
  const html = await (await servers[0].get('/posts/talk')).text()
  const ticket = /name="ticket" value="([^"]*)"/.exec(html)?.[1] ?? ''
  return {
    clock,
    servers,
    postId: post.id,
    fields: { ticket, author: 'Ada', email: '', url: '', body: 'First words' },
    loseAnswers(count) {
      left = count
    },
  }
}

async function storedOf({ servers, postId }: Stage): Promise<readonly string[]> {
  await Promise.all(servers.map(({ blog }) => blog.settle()))
  const { comments } = await servers[0].blog.comments.ofPost(postId, { limit: 100, all: true })
  return comments.map(({ body }) => body)
}

const idIn = (answer: Response): string | undefined =>
  /ringpost_own=([0-9A-Z]{26})-/.exec(answer.headers.get('set-cookie') ?? '')?.[1]

describe('a comment that is sent', () => {
  test('twice at once to two servers is one comment, and both answers name it', async () => {
    const set = await stage()
    const answers = await Promise.all(set.servers.map((server) => server.post(path, set.fields)))
    expect(answers.map(({ status }) => status)).toEqual([303, 303])
    expect(new Set(answers.map(idIn)).size).toBe(1)
    expect(await storedOf(set)).toEqual(['First words'])
  })

  test('again after a 503 that had stored it is one comment, on either server', async () => {
    const set = await stage()
    set.loseAnswers(10)
    const failed = await set.servers[0].post(path, set.fields)
    expect(failed.status).toBeGreaterThanOrEqual(500)
    const html = await failed.text()
    expect(html).toContain('>First words</textarea>')
    set.loseAnswers(0)
    const stamp = /name="stamp" value="([^"]+)"/.exec(html)?.[1] ?? ''
    set.clock.advance(5_000)
    for (const server of set.servers) {
      expect((await server.post(path, { ...set.fields, stamp })).status).toBe(303)
    }
    expect(await storedOf(set)).toEqual(['First words'])
  })

  test('again by the back button, just before ten minutes are over, is one comment', async () => {
    const set = await stage()
    await set.servers[0].post(path, set.fields)
    set.clock.advance(limits.sameCommentMs - 1_000)
    expect((await set.servers[1].post(path, set.fields)).status).toBe(303)
    expect(await storedOf(set)).toEqual(['First words'])
  })
})

describe('an edit beside a decision', () => {
  const mine = async (set: Stage): Promise<{ id: string; cookie: string; edit: string }> => {
    const sent = await set.servers[0].post(path, set.fields)
    const id = idIn(sent) ?? ''
    const cookie = (sent.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    return { id, cookie, edit: `${path}/${id}/edit` }
  }

  test('loses neither: the new text waits, for another one was approved', async () => {
    const set = await stage()
    const { id, cookie, edit } = await mine(set)
    const [saved] = await Promise.all([
      set.servers[0].post(edit, { body: 'Second thoughts' }, cookie),
      set.servers[1].blog.comments.moderate(id, 'approved', 'moderator'),
    ])
    expect(saved.status).toBe(303)
    await Promise.all(set.servers.map(({ blog }) => blog.settle()))
    const comment = await set.servers[1].blog.comments.read(id)
    expect(comment).toMatchObject({ body: 'Second thoughts', status: 'pending' })
    expect((await set.servers[1].blog.comments.ofPost(set.postId, { limit: 10 })).total).toBe(0)
  })

  test('on another server than the one that took the comment is the same window', async () => {
    const set = await stage()
    const { id, cookie, edit } = await mine(set)
    expect((await set.servers[1].post(edit, { body: 'Second' }, cookie)).status).toBe(303)
    expect(await set.servers[0].blog.comments.read(id)).toMatchObject({ body: 'Second' })
  })
})
