/** MapReduce jobs and counters: the same on every backend that has them. */

import { describe, expect, test } from 'vitest'
import type { JsonValue } from '../../src/kernel/json.ts'
import type { Location } from '../../src/kernel/ids.ts'
import type { JobModule } from '../../src/riak/memory/memory-jobs.ts'
import type { MapReducePhase } from '../../src/riak/riak-kv.ts'
import type { Suite } from './suite.ts'
import { text } from './suite.ts'

/** What a backend registers as `contract_jobs`; a real Riak has it in Erlang (`test/live`). */
export const contractModule: JobModule = {
  map: {
    rows: ({ bucket, key, values }, arg) => {
      // Of a missing object a real Riak tells a map neither its key nor its bucket.
      if (values === undefined) return [['absent', null, arg ?? null]]
      const texts = values.map(({ value }) => new TextDecoder().decode(value)).sort()
      return [
        [key, texts, arg ?? null],
        ['bucket', bucket, 1],
      ]
    },
    keys: ({ key, values }) => (values === undefined ? [] : [key]),
    keyData: ({ keyData }) => [['data', keyData ?? null, 1]],
    fails: () => {
      throw new Error('this map fails')
    },
  },
  reduce: {
    count: (values) => [
      values.reduce<number>((sum, value) => sum + (typeof value === 'number' ? value : 1), 0),
    ],
    batches: (values) => [[values.length, ...values.flat()] as JsonValue],
  },
}

function phase(kind: 'map' | 'reduce', name: string, arg?: JsonValue): MapReducePhase {
  const what = {
    language: 'erlang',
    module: 'contract_jobs',
    function: name,
    ...(arg === undefined ? {} : { arg }),
  } as const
  return kind === 'map' ? { map: what } : { reduce: what }
}

export function describeJobs(suite: Suite): void {
  const { kv, freshBucket, promiseIf } = suite

  const filled = async (count: number): Promise<{ bucket: string; places: Location[] }> => {
    const bucket = freshBucket()
    const places = Array.from({ length: count }, (_, n) => ({
      type: 'posts',
      bucket,
      key: `k${n}`,
    }))
    await Promise.all(
      places.map((at, n) =>
        kv().put(at, text(`v${n}`, { indexes: [{ field: 'n_int', value: String(n) }] })),
      ),
    )
    return { bucket, places }
  }

  describe('jobs', () => {
    promiseIf(
      'jobs',
      'a map sees each object it was given by its place, and its argument',
      async () => {
        const { bucket, places } = await filled(2)
        const missing = { type: 'posts', bucket, key: 'missing' }
        const rows = await kv().mapReduce({
          inputs: [...places, missing],
          query: [phase('map', 'rows', { why: 'ü' })],
        })
        expect(rows).toHaveLength(5)
        expect(rows).toContainEqual(['k0', ['v0'], { why: 'ü' }])
        expect(rows).toContainEqual(['k1', ['v1'], { why: 'ü' }])
        expect(rows).toContainEqual(['absent', null, { why: 'ü' }])
        expect(rows.filter((row) => (row as JsonValue[])[1] === bucket)).toHaveLength(2)
      },
    )

    promiseIf('jobs', 'key data comes with its object, found or not', async () => {
      const { bucket, places } = await filled(1)
      const missing = { type: 'posts', bucket, key: 'missing' }
      const rows = await kv().mapReduce({
        inputs: [...places, missing].map((at) => ({ ...at, keyData: { of: at.key } })),
        query: [phase('map', 'keyData')],
      })
      expect(rows).toHaveLength(2)
      expect(rows).toContainEqual(['data', { of: 'k0' }, 1])
      expect(rows).toContainEqual(['data', { of: 'missing' }, 1])
    })

    promiseIf('jobs', 'a map sees all siblings', async () => {
      const { bucket } = await filled(0)
      const at = { type: 'posts', bucket, key: 's' }
      await kv().put(at, text('one'))
      await kv().put(at, text('two'))
      const rows = await kv().mapReduce({ inputs: [at], query: [phase('map', 'rows')] })
      expect(rows).toContainEqual(['s', ['one', 'two'], null])
    })

    promiseIf('jobs', 'keys in any script, and rows of any text, come as they are', async () => {
      const bucket = freshBucket()
      const key = 'مرحبا/😀"\\\n'
      await kv().put({ type: 'posts', bucket, key }, text('😀\u0000"\\'))
      const rows = await kv().mapReduce({
        inputs: [{ type: 'posts', bucket, key }],
        query: [phase('map', 'rows')],
      })
      expect(rows).toContainEqual([key, ['😀\u0000"\\'], null])
    })

    promiseIf('jobs', 'a bucket, an index and a range of it are inputs too', async () => {
      const { bucket } = await filled(5)
      const keysOf = async (more: object): Promise<readonly JsonValue[]> => {
        const inputs = { type: 'posts', bucket, ...more }
        return [...(await kv().mapReduce({ inputs, query: [phase('map', 'keys')] }))].sort()
      }
      expect(await keysOf({})).toEqual(['k0', 'k1', 'k2', 'k3', 'k4'])
      expect(await keysOf({ field: '$bucket', equals: bucket })).toHaveLength(5)
      expect(await keysOf({ field: 'n_int', from: '1', to: '3' })).toEqual(['k1', 'k2', 'k3'])
      expect(await keysOf({ field: 'n_int', equals: '4' })).toEqual(['k4'])
      expect(await keysOf({ field: 'n_int', equals: '9' })).toEqual([])
    })

    promiseIf(
      'jobs',
      'a reduce is fed its own results: 250 inputs are counted once each',
      async () => {
        const { places } = await filled(250)
        const query = [phase('map', 'keys'), phase('reduce', 'count')]
        expect(await kv().mapReduce({ inputs: places, query })).toEqual([250])
      },
    )

    promiseIf('jobs', 'a reduce that asks for it is called once', async () => {
      const { places } = await filled(50)
      const only = { reduce_phase_only_1: true }
      const query = [phase('map', 'keys'), phase('reduce', 'batches', only)]
      const [row] = (await kv().mapReduce({ inputs: places, query })) as [JsonValue[]]
      expect(row[0]).toBe(50)
      expect(row).toHaveLength(51)
    })

    promiseIf('jobs', 'a phase before the last may be the one that is kept', async () => {
      const { places } = await filled(3)
      const first = phase('map', 'keys') as Extract<MapReducePhase, { map: unknown }>
      const last = phase('reduce', 'count') as Extract<MapReducePhase, { reduce: unknown }>
      const kept = await kv().mapReduce({
        inputs: places,
        query: [{ map: { ...first.map, keep: true } }, { reduce: { ...last.reduce, keep: false } }],
      })
      expect([...kept].sort()).toEqual(['k0', 'k1', 'k2'])
      const none = await kv().mapReduce({
        inputs: places,
        query: [{ map: { ...first.map, keep: false } }],
      })
      expect(none).toEqual([])
    })

    promiseIf('jobs', 'a module or a function that is not there is told apart', async () => {
      const { places } = await filled(1)
      const unknown = { language: 'erlang', module: 'nosuch_module', function: 'x' } as const
      for (const query of [
        [{ map: unknown }],
        [phase('map', 'keys'), { reduce: unknown }],
        [phase('map', 'nosuch')],
      ]) {
        await expect(kv().mapReduce({ inputs: places, query })).rejects.toMatchObject({
          code: 'BLOG_REFUSED_BY_RIAK',
          reason: 'unknown-function',
        })
      }
      await kv().ping()
    })

    promiseIf(
      'javascriptOff',
      'JavaScript where it is off is told apart, as map and as reduce',
      async () => {
        const { places } = await filled(1)
        const script = { language: 'javascript', source: 'function(v) { return [v] }' } as const
        for (const query of [[{ map: script }], [{ reduce: script }]]) {
          await expect(kv().mapReduce({ inputs: places, query })).rejects.toMatchObject({
            code: 'BLOG_REFUSED_BY_RIAK',
            reason: 'no-javascript',
          })
        }
        await kv().ping()
      },
    )

    promiseIf('jobs', 'a phase that fails fails the job, and nothing else', async () => {
      const { places } = await filled(1)
      const query = [phase('map', 'fails')]
      await expect(kv().mapReduce({ inputs: places, query })).rejects.toMatchObject({
        code: 'BLOG_REFUSED_BY_RIAK',
        reason: 'failed',
      })
      expect(await kv().get(places[0]!)).toBeDefined()
    })

    test('a job without inputs, or without phases, is refused before it is sent', async () => {
      const query = [phase('map', 'keys')]
      for (const job of [
        { inputs: [], query },
        { inputs: { type: 'posts', bucket: 'b' }, query: [] },
      ]) {
        await expect(kv().mapReduce(job)).rejects.toMatchObject({ code: 'BLOG_BAD_REQUEST' })
      }
    })
  })

  describe('counters', () => {
    const fresh = (): Location => ({ type: 'counters', bucket: freshBucket(), key: 'n' })

    promiseIf(
      'counters',
      'what was never counted is undefined, and begins at nothing',
      async () => {
        const at = fresh()
        expect(await kv().fetchCounter(at)).toBeUndefined()
        expect(await kv().updateCounter(at, 5)).toBe(5)
        expect(await kv().updateCounter(at, -7)).toBe(-2)
        expect(await kv().fetchCounter(at)).toBe(-2)
        expect(await kv().updateCounter(at, 2)).toBe(0)
        expect(await kv().fetchCounter(at)).toBe(0)
      },
    )

    promiseIf('counters', '50 updates at once are all counted', async () => {
      const at = fresh()
      await Promise.all(Array.from({ length: 50 }, () => kv().updateCounter(at, 2)))
      expect(await kv().fetchCounter(at)).toBe(100)
    })

    promiseIf('counters', 'a bucket of no counters is refused', async () => {
      const at = { type: 'posts', bucket: freshBucket(), key: 'n' }
      await expect(kv().updateCounter(at, 1)).rejects.toMatchObject({
        code: 'BLOG_REFUSED_BY_RIAK',
      })
      await expect(kv().fetchCounter(at)).rejects.toMatchObject({ code: 'BLOG_REFUSED_BY_RIAK' })
    })
  })
}
