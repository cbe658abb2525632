import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { limits } from '../../../src/kernel/limits.ts'
import { seededDice } from '../../../src/kernel/prng.ts'
import type { MemoryRiakKv } from '../../../src/riak/memory-riak-kv.ts'
import { createReportWorker } from '../../../src/spam/report-worker.ts'
import type { ReportWorker } from '../../../src/spam/report-worker.ts'
import type { Blog } from '../../../src/store/blog.ts'
import { blogOn, memoryRiak, recordingLog } from '../../support/open-blog.ts'
import { until } from '../../support/program.ts'
import { scriptedCheck } from '../../support/spam-checks.ts'
import type { ScriptedCheck } from '../../support/spam-checks.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'
import type { VirtualClock } from '../../support/virtual-clock.ts'

let clock: VirtualClock
let riak: MemoryRiakKv
let blog: Blog
let check: ScriptedCheck
let postId: string
let workers: ReportWorker[]

function work(on: Blog = blog, by: ScriptedCheck = check): ReportWorker {
  const worker = createReportWorker({
    reports: on.reports,
    check: by,
    clock,
    dice: seededDice(workers.length + 1),
    log: recordingLog(),
  })
  workers.push(worker)
  worker.start()
  return worker
}

beforeEach(async () => {
  clock = createVirtualClock()
  riak = memoryRiak(clock)
  blog = await blogOn(riak, { clock })
  check = scriptedCheck()
  workers = []
  const { post } = await blog.posts.create({ title: 'Talk', status: 'published' }, { by: 'ann' })
  postId = post.id
})

afterEach(async () => {
  for (const worker of workers) await worker.stop()
})

async function decide(body: string, status: 'spam' | 'approved' = 'spam'): Promise<string> {
  const added = await blog.comments.add(
    postId,
    { author: 'guest', body },
    {
      verdict: 'pending',
      check: {
        atMs: clock.nowMs(),
        said: 'unknown',
        reason: 'Akismet is away',
        would: 'pending',
        isLogOnly: false,
        traps: { honeypot: false, stamp: 'good' },
        permalink: 'https://blog.example/posts/talk',
        visitor: { address: '203.0.113.7', userAgent: '', referrer: '' },
      },
    },
  )
  await blog.comments.moderate(added!.comment.id, status, 'mo')
  return added!.comment.id
}

/** Time passes until it holds. */
async function inTime<T>(what: string, holds: () => Promise<T | false> | T | false): Promise<T> {
  return until(what, 20_000, async () => {
    clock.advance(1_000)
    return holds()
  })
}

const waiting = async (): Promise<number> => (await blog.reports.waiting()).count
const bodies = (): string[] => check.asked.map(({ of }) => of.body)

describe('the worker that tells Akismet', () => {
  test('tells of a decision of this server at once, with the comment as it was checked', async () => {
    work()
    await decide('buy now')
    await inTime('it was told', async () => (await waiting()) === 0)
    expect(check.asked).toMatchObject([
      {
        call: 'spam',
        of: {
          author: 'guest',
          body: 'buy now',
          address: '203.0.113.7',
          permalink: 'https://blog.example/posts/talk',
        },
      },
    ])
  })

  test('tells of decisions that were taken while no worker ran, on any server, in their order', async () => {
    await decide('one')
    clock.advance(1)
    await decide('two', 'approved')
    const other = await blogOn(riak, { clock })
    work(other)
    await inTime('they were told', async () => (await waiting()) === 0)
    expect(check.asked.map(({ call, of }) => [call, of.body])).toEqual([
      ['spam', 'one'],
      ['ham', 'two'],
    ])
  })

  test.each(['away', 'refused', 'unset'] as const)(
    'claims nothing while the check is %s, and goes on when it is well',
    async (state) => {
      check.is = state
      work()
      await decide('one')
      for (let n = 0; n < 30; n++) {
        clock.advance(limits.spamReportsEveryMs)
        await new Promise((turn) => setImmediate(turn))
      }
      expect(check.asked).toEqual([])
      expect(blog.reports.counted()).toBe(1)
      check.is = 'well'
      await inTime('it was told', async () => (await waiting()) === 0)
      expect(bodies()).toEqual(['one'])
    },
  )

  test('tries again until it is accepted', async () => {
    check.answer = 'later'
    work()
    await decide('one')
    await inTime('it was tried three times', () => check.asked.length >= 3)
    expect(await waiting()).toBe(1)
    check.answer = 'accepted'
    await inTime('it was told', async () => (await waiting()) === 0)
    expect(new Set(bodies())).toEqual(new Set(['one']))
  })

  test('a store that is away loses nothing: it is told afterwards', async () => {
    await decide('one')
    riak.setHealth(0, 1)
    work()
    clock.advance(limits.spamReportsEveryMs * 3)
    await new Promise((turn) => setImmediate(turn))
    expect(check.asked).toEqual([])
    riak.setHealth(1, 1)
    await inTime('it was told', async () => (await waiting()) === 0)
    expect(bodies()).toEqual(['one'])
  })

  test('forty decisions and two servers: each is told, and none is left', async () => {
    const second = scriptedCheck()
    work()
    work(await blogOn(riak, { clock }), second)
    for (let n = 0; n < 40; n++) await decide(`comment ${n}`)
    await inTime('all were told', async () => (await waiting()) === 0)
    const told = [...check.asked, ...second.asked].map(({ of }) => of.body)
    expect(new Set(told).size).toBe(40)
  })

  test('forgets in time who sent a comment', async () => {
    await decide('one')
    work()
    await inTime('it was told', async () => (await waiting()) === 0)
    clock.advance(limits.visitorKeptMs)
    await inTime('it is forgotten', async () => {
      const page = await riak.queryIndex({
        type: 'comments',
        bucket: 'blog',
        field: 'visitor_int',
        from: '0',
        to: String(Number.MAX_SAFE_INTEGER),
      })
      return page.entries.length === 0
    })
  })
})
