import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { comments } from '../../../buckets/comments/room.ts'
import { claimsOf } from '../../../buckets/posts/merge.ts'
import { posts } from '../../../buckets/posts/room.ts'
import { view } from '../../../buckets/posts/view.ts'
import { slugs } from '../../../buckets/slugs/room.ts'
import { commentRows } from '../../../mapreduce/comment-rows.ts'
import { javascriptSource } from '../../../mapreduce/javascript-source.ts'
import { postRows } from '../../../mapreduce/post-rows.ts'
import { ringpostModule } from '../../../mapreduce/ringpost-mapreduce.ts'
import type { Json, MapName, MappedObject } from '../../../mapreduce/ringpost-mapreduce.ts'
import { damagedObject, wholeObject } from '../../support/mapreduce-arbitraries.ts'
import {
  javascriptValue,
  mapCases,
  mapNames,
  sortedRows,
  toldOf,
} from '../../support/mapreduce-cases.ts'
import { openPhase } from '../../support/quickjs.ts'

/** The function for objects of each bucket type. */
const mapOf: Readonly<Record<string, MapName>> = {
  posts: 'map_posts',
  comments: 'map_threads',
  slugs: 'map_slugs',
}

function rowsOf(object: MappedObject, map: MapName): readonly Json[] {
  return sortedRows(ringpostModule.map[map](object))
}

function isLeft(rows: readonly Json[]): boolean {
  const [row] = rows
  return rows.length === 1 && Array.isArray(row) && row[0] === 'unresolved' && row.length === 4
}

/** What the store says of the only value; undefined: it cannot read it, or it would read more. */
function storeRows({ type, key, values }: MappedObject): readonly Json[] | undefined {
  const bytes = values![0]!.value
  if (type === 'comments') {
    const parsed = comments.parse(bytes)
    return parsed.kind === 'value' ? commentRows(parsed.value) : undefined
  }
  if (type === 'slugs') {
    const parsed = slugs.parse(bytes)
    if (parsed.kind !== 'value') return undefined
    return parsed.value.claims.map((claim) => claimRow(key, claim.postId, claim))
  }
  const parsed = posts.parse(bytes)
  if (parsed.kind !== 'value') return undefined
  const post = parsed.value
  const seen = view(post, new Map())
  if (seen === undefined || seen.isPending || post.heads.length > 1) return undefined
  return [
    ...postRows({ ...post, fields: seen.fields, clock: seen.clock }),
    ...claimsOf(post.slugs).map((held) => claimRow(held.slug, post.id, held)),
    ...seen.fields.aliases.map((path) =>
      claimRow(`alias/${path}`, post.id, { sinceMs: 0, untilMs: 0 }),
    ),
  ] as readonly Json[]
}

function claimRow(key: string, postId: string, times: { sinceMs: number; untilMs?: number }): Json {
  return ['slug', key, postId, times.sinceMs, times.untilMs ?? null]
}

describe('rows and what the store itself makes of a value', () => {
  test('a value as our codecs write it gives the rows that the store derives from it', () => {
    fc.assert(
      fc.property(wholeObject, (object) => {
        const rows = rowsOf(object, mapOf[object.type]!)
        const stored = Buffer.from(object.values![0]!.value).toString('utf8')
        // What a phase in JavaScript could not tell from damage is left to the store.
        if (/\ufffd|\\ud/i.test(stored)) expect(isLeft(rows)).toBe(true)
        else expect(text(rows)).toBe(text(sortedRows(storeRows(object)!)))
      }),
      { numRuns: 300 },
    )
  })

  test('a damaged value gives the rows that the store would derive, or is left to it', () => {
    fc.assert(
      fc.property(damagedObject, (object) => {
        const rows = rowsOf(object, mapOf[object.type]!)
        const expected = storeRows(object)
        if (expected === undefined) expect(isLeft(rows)).toBe(true)
        else if (!isLeft(rows)) expect(text(rows)).toBe(text(sortedRows(expected)))
      }),
      { numRuns: 1_000 },
    )
  })

  test('the golden table says what the store says, or leaves it to the store', () => {
    const judged = mapCases.filter(
      ({ object: { values } }) => values?.length === 1 && !values[0]!.isTombstone,
    )
    expect(judged.length).toBeGreaterThan(100)
    for (const { name, object, rows } of judged) {
      const map = mapOf[object.type]!
      const expected = storeRows(object)
      if (expected === undefined) expect(isLeft(rows[map]), name).toBe(true)
      else if (!isLeft(rows[map])) expect(text(rows[map]), name).toBe(text(sortedRows(expected)))
    }
  })

  test('tags and months are those rows of a post and no others', () => {
    fc.assert(
      fc.property(wholeObject, (object) => {
        const all = rowsOf(object, 'map_posts')
        if (isLeft(all)) return
        const wanted = (test: (index: string) => boolean): readonly Json[] =>
          all.filter((row) => Array.isArray(row) && row.length === 6 && test(String(row[0])))
        expect(rowsOf(object, 'map_tags')).toEqual(wanted((index) => index.startsWith('tag/')))
        expect(rowsOf(object, 'map_months')).toEqual(
          wanted((index) => /^(all$|month\/)/.test(index)),
        )
      }),
    )
  })
})

describe('JavaScript gives what TypeScript gives', async () => {
  const phases = new Map(
    await Promise.all(
      mapNames.map(async (map) => [map, await openPhase(javascriptSource(map))] as const),
    ),
  )
  const reduce = await openPhase(javascriptSource('reduce_rows'))
  afterAll(() => {
    for (const phase of phases.values()) phase.close()
    reduce.close()
  })
  const inJavascript = (object: MappedObject, map: MapName): readonly Json[] => {
    const { keyData, arg } = toldOf(object)
    const given = phases.get(map)!.call(javascriptValue(object), keyData, arg)
    return sortedRows(given as readonly Json[])
  }

  test.each([
    ['for values as our codecs write them', wholeObject, 100],
    ['for damaged values', damagedObject, 200],
  ] as const)('%s', (_what, objects, numRuns) => {
    fc.assert(
      fc.property(objects, fc.constantFrom(...mapNames), (object, other) => {
        for (const map of [mapOf[object.type]!, other]) {
          expect(text(inJavascript(object, map))).toBe(text(rowsOf(object, map)))
        }
      }),
      { numRuns },
    )
  })

  test('for rows to be reduced', () => {
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 30 }), (rows) => {
        expect(text(reduce.call(rows as Json, null) as readonly Json[])).toBe(
          text(ringpostModule.reduce.reduce_rows(rows)),
        )
      }),
    )
  })
})

describe('reduce_rows', () => {
  const reduce = ringpostModule.reduce.reduce_rows

  test('gives the same whatever the batches and their order, each fed what came before', () => {
    fc.assert(
      fc.property(
        fc.array(anyRow, { maxLength: 30 }),
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.nat(), { minLength: 30, maxLength: 30 }),
        (rows, batch, dice) => {
          const shuffled = rows
            .map((row, index) => ({ row, at: dice[index]! }))
            .sort((a, b) => a.at - b.at)
            .map(({ row }) => row)
          let fed: readonly Json[] = []
          for (let from = 0; from < shuffled.length; from += batch) {
            fed = reduce([...fed, ...shuffled.slice(from, from + batch)])
          }
          expect(text(fed)).toBe(text(reduce(rows)))
          expect(text(reduce(fed))).toBe(text(fed))
        },
      ),
    )
  })

  test('loses no row and adds none', () => {
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 30 }), (rows) => {
        const names = (given: readonly Json[]): ReadonlySet<string> =>
          new Set(given.map((row) => JSON.stringify(reduce([row])[0])))
        expect(names(reduce(rows))).toEqual(names(rows))
        expect(reduce(rows)).toHaveLength(names(rows).size)
      }),
    )
  })

  test('an object that Riak did not find is a row like any other', () => {
    const found = { bucket: 'blog', key: 'k', keydata: 'k' }
    expect(
      reduce([{ not_found: { bucket_type: 'posts', ...found } }, { not_found: found }]),
    ).toEqual([
      ['unresolved', 'default', 'blog', 'k'],
      ['unresolved', 'posts', 'blog', 'k'],
    ])
  })

  test('what is no row passes, behind the rows', () => {
    const row = ['a', 'b', 1]
    expect(reduce([{ x: 1 }, row, 'text', [['nested']], 1.5, { x: 1 }])).toEqual([
      row,
      'text',
      1.5,
      [['nested']],
      { x: 1 },
    ])
  })
})

const cell = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 3 }),
  fc.constantFrom('a', '😀', '\uff61', '"'),
  fc.maxSafeInteger(),
  fc.constantFrom(0, 1, null, true),
)
const anyRow: fc.Arbitrary<Json> = fc.oneof(
  fc.array(cell, { minLength: 3, maxLength: 6 }),
  fc.constantFrom<Json>(
    ['a', 'b', 1],
    ['a', 'b', 2],
    { x: 1 },
    { not_found: { bucket: 'b', key: 'k', keydata: null } },
    'text',
    [[]],
  ),
)

/** Of rows: `-0` is `0` in JSON. */
function text(rows: readonly Json[]): string {
  return JSON.stringify(rows)
}
