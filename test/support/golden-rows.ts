/**
 * The golden table of the jobs over a cluster: its objects stored byte for byte, siblings and damaged
 * values included, then asked for by jobs in each language that the cluster speaks.
 *
 * Each case lies under a key of its own; those of one bucket type are the inputs of one job. What the
 * jobs must give is what the reference gives, which the table itself is held against elsewhere.
 */

import { isUtf8 as isUtf8Bytes } from 'node:buffer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { jobInputs, jobPhases } from '../../mapreduce/job.ts'
import type { JobLanguage } from '../../mapreduce/job.ts'
import { ringpostModule } from '../../mapreduce/ringpost-mapreduce.ts'
import type { Json, MappedObject } from '../../mapreduce/ringpost-mapreduce.ts'
import type { RiakKv } from '../../src/riak/riak-kv.ts'
import { mapCases, mapNames } from './mapreduce-cases.ts'

export const goldenCases: number = mapCases.length

/** What of the table cannot be stored as it stands, and what is stored instead, a sentence each. */
export function storedOtherwise(): readonly string[] {
  return mapCases.flatMap(({ name, object }) => {
    const isHeavy = object.values?.some((each) => each.isTombstone && each.value.length > 0)
    return isHeavy === true ? [`"${name}" is stored without it: Riak’s deletions keep none`] : []
  })
}

export interface GoldenCluster {
  readonly riak: RiakKv
  close(): Promise<void>
}

/**
 * @param open - a cluster that has our bucket types, and our module where `erlang` is asked.
 * @param languages - in which it runs jobs.
 * @param bucket - that nobody else uses.
 */
export function goldenRows(
  name: string,
  open: () => Promise<GoldenCluster>,
  languages: readonly JobLanguage[],
  bucket = 'golden',
): void {
  const cases = mapCases.map(({ object }, n) => ({ ...object, bucket, key: `${object.key} ${n}` }))
  const types = [...new Set(cases.map(({ type }) => type))]

  describe(`golden table through ${name}`, () => {
    let cluster: GoldenCluster
    beforeAll(async () => {
      cluster = await open()
      for (const object of cases) await store(cluster.riak, object)
    }, 120_000)
    afterAll(() => cluster.close())

    const asked = languages.flatMap((language) =>
      types.flatMap((type) => mapNames.map((map) => ({ language, type, map }))),
    )
    test.each(asked)('$map over $type, as $language', async ({ language, type, map }) => {
      const objects = cases.filter(
        (each) => each.type === type && (language === 'erlang' || isUtf8(each)),
      )
      const keys = objects.map(({ key }) => key)
      const answer = await cluster.riak.mapReduce({
        inputs: jobInputs({ type, bucket }, keys),
        query: jobPhases(language, map, { type, bucket }, true),
      })
      const rows = objects.flatMap((object) => ringpostModule.map[map](object))
      expect(answer).toEqual(ringpostModule.reduce.reduce_rows(rows as readonly Json[]))
    })

    test.runIf(languages.includes('javascript'))(
      'bytes that are not UTF-8 cannot be given to JavaScript: the job fails, as in Riak 2.x',
      async () => {
        const damaged = cases.filter((each) => each.type === 'posts' && !isUtf8(each))
        expect(damaged.length).toBeGreaterThan(5)
        for (const { type, key } of damaged) {
          const job = cluster.riak.mapReduce({
            inputs: jobInputs({ type, bucket }, [key]),
            query: jobPhases('javascript', 'map_posts', { type, bucket }),
          })
          await expect(job).rejects.toThrow('bad_utf8_character_code')
        }
      },
    )
  })
}

/**
 * Its values as siblings, on every replica: a job reads any one of them.
 *
 * A tombstone is made of a value that only its deletion has seen, so that the others stay beside it.
 */
async function store(
  riak: RiakKv,
  { type, bucket, key, values = [] }: MappedObject,
): Promise<void> {
  const place = { type, bucket, key }
  const put = (value: Uint8Array): Promise<unknown> =>
    riak.put(place, { value, contentType: 'application/json' }, { w: 'all', dw: 'all' })
  const deleted = values.filter(({ isTombstone }) => isTombstone)
  for (const { value } of deleted) await put(value)
  const seen = deleted.length === 0 ? undefined : await riak.get(place)
  for (const { value, isTombstone } of values) if (!isTombstone) await put(value)
  if (seen !== undefined) await riak.delete(place, { context: seen.context, rw: 'all' })
}

function isUtf8({ values = [] }: MappedObject): boolean {
  return values.every(({ value }) => isUtf8Bytes(value))
}
