/** What becomes of a page of keys when the cluster cannot run a job, or fails at it. */

import { describe, expect, test } from 'vitest'
import { JobRefusedError, OperationError } from '../../../src/kernel/errors.ts'
import type { StoreError } from '../../../src/kernel/errors.ts'
import type { JsonValue } from '../../../src/kernel/json.ts'
import { limits } from '../../../src/kernel/limits.ts'
import type { MapReduceJob, RiakKv } from '../../../src/riak/riak-kv.ts'
import { postJob } from '../../../src/store/row-job-kinds.ts'
import { RowJobs } from '../../../src/store/row-jobs.ts'
import { memoryRiak, recordingLog } from '../../support/open-blog.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

const sort = '00000000000000001:id'
const placeRow = (key: string): JsonValue => ['all', sort, key, 1, 'v', 1]

interface Asked {
  readonly language: string
  readonly keys: readonly string[]
}

/** A cluster that answers jobs as told. */
function stage(answer: (asked: Asked) => readonly JsonValue[] | StoreError): {
  readonly jobs: RowJobs
  readonly asked: Asked[]
  readonly log: ReturnType<typeof recordingLog>
  readonly clock: ReturnType<typeof createVirtualClock>
} {
  const asked: Asked[] = []
  const clock = createVirtualClock()
  const log = recordingLog()
  const mapReduce = async ({ inputs, query }: MapReduceJob): Promise<readonly JsonValue[]> => {
    const [phase] = query
    const keys = 'bucket' in inputs ? [] : inputs.map(({ key }) => key)
    const language = phase !== undefined && 'map' in phase ? phase.map.language : ''
    asked.push({ language, keys })
    await Promise.resolve()
    const answered = answer({ language, keys })
    if (answered instanceof Error) throw answered
    return answered
  }
  const riak: RiakKv = Object.assign(memoryRiak(clock), { mapReduce })
  return { jobs: new RowJobs({ riak, site: 'blog', clock, log }), asked, log, clock }
}

const keysOf = (count: number): string[] => Array.from({ length: count }, (_, n) => `k${n}`)
const rowsOf = ({ keys }: Asked): readonly JsonValue[] => keys.map(placeRow)
const refused = (): JobRefusedError => new JobRefusedError('unknown-function', 'not loaded')
const scriptless = (): JobRefusedError => new JobRefusedError('no-javascript', 'gone')
const timeout = (): OperationError => new OperationError('BLOG_TIMEOUT', 'no answer in time')

describe('a page of keys by a job', () => {
  test('one request, its rows, and what the job could not judge', async () => {
    const { jobs, asked } = stage(({ keys }) => [
      ...keys.slice(1).map(placeRow),
      ['unresolved', 'posts', 'blog', 'k0'],
      ['slug', 's', 'k1', 5, null],
    ])
    const { rows, unread } = await jobs.page(postJob, keysOf(1_000))
    expect(rows).toHaveLength(1_000)
    expect(rows).toContainEqual(['slug', 's', 'k1', 5, null])
    expect(unread).toEqual(['k0'])
    expect(asked).toHaveLength(1)
    expect(asked[0]!.language).toBe('erlang')
  })

  test('a module that is not loaded: JavaScript, from now on, said once', async () => {
    const { jobs, asked, log } = stage((job) =>
      job.language === 'erlang' ? refused() : rowsOf(job),
    )
    for (let page = 0; page < 3; page++) {
      const { rows, unread } = await jobs.page(postJob, keysOf(10))
      expect([rows.length, unread.length]).toEqual([10, 0])
    }
    expect(asked.map(({ language }) => language)).toEqual([
      'erlang',
      'javascript',
      'javascript',
      'javascript',
    ])
    expect(log.lines).toHaveLength(1)
  })

  test('neither language: everything is read, the cluster is not asked again for an hour, then it is', async () => {
    let isLoaded = false
    const { jobs, asked, log, clock } = stage((job) => {
      if (isLoaded && job.language === 'erlang') return rowsOf(job)
      return job.language === 'erlang' ? refused() : scriptless()
    })
    expect((await jobs.page(postJob, keysOf(10))).unread).toEqual(keysOf(10))
    expect((await jobs.page(postJob, keysOf(10))).unread).toEqual(keysOf(10))
    expect(asked).toHaveLength(2)
    expect(log.lines).toHaveLength(2)
    isLoaded = true
    clock.advance(limits.jobRefusalMs + 1)
    expect((await jobs.page(postJob, keysOf(10))).rows).toHaveLength(10)
  })

  test('a page that takes too long is halved until it does not; nothing is lost or doubled', async () => {
    const { jobs, asked } = stage((job) => (job.keys.length > 300 ? timeout() : rowsOf(job)))
    const { rows, unread } = await jobs.page(postJob, keysOf(1_000))
    expect(unread).toEqual([])
    expect(rows.map(([, , id]) => id).sort()).toEqual(keysOf(1_000).sort())
    expect(asked.length).toBeLessThanOrEqual(8)
  })

  test('only the keys around one that no job survives are read one by one', async () => {
    const { jobs } = stage((job) =>
      job.keys.includes('k777') ? new JobRefusedError('failed', 'badmatch') : rowsOf(job),
    )
    const { rows, unread } = await jobs.page(postJob, keysOf(1_000))
    expect(unread).toContain('k777')
    expect(unread.length).toBeLessThanOrEqual(2 * limits.jobKeysMin)
    expect(rows.length + unread.length).toBe(1_000)
  })

  test('a language in which everything fails is given up after a few small pages', async () => {
    const { jobs, asked } = stage((job) =>
      job.language === 'erlang' ? timeout() : new JobRefusedError('failed', 'out of memory'),
    )
    const { unread } = await jobs.page(postJob, keysOf(1_000))
    expect([...unread].sort()).toEqual(keysOf(1_000).sort())
    expect(asked.length).toBeLessThanOrEqual(20)
    const before = asked.length
    await jobs.page(postJob, keysOf(1_000))
    expect(asked.length).toBe(before)
  })

  test('rows that no job of ours gives: another module of that name, not asked again', async () => {
    const { jobs, asked } = stage((job) =>
      job.language === 'erlang' ? [...rowsOf(job), ['what', 'is', 'this']] : scriptless(),
    )
    const { rows, unread } = await jobs.page(postJob, keysOf(5))
    expect([rows.length, unread.length]).toEqual([0, 5])
    await jobs.page(postJob, keysOf(5))
    expect(asked.map(({ language }) => language)).toEqual(['erlang', 'javascript'])
  })
})
