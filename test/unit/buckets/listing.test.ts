import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { planPage, showPage } from '../../../buckets/listing-pages.ts'
import type { Page, PageRequest } from '../../../buckets/listing-pages.ts'
import { planRelocation, relocated } from '../../../buckets/listing-split.ts'
import {
  absentMsMax,
  compact,
  compareFreshness,
  countPresent,
  emptyDirectory,
  mergeListings,
  noteCount,
  putEntries,
  segmentId,
  sortKey,
  sortTime,
} from '../../../buckets/listing.ts'
import type { Directory, Entry, Listing, Segment } from '../../../buckets/listing-schema.ts'
import { mergeLaws } from '../../support/laws.ts'

const texts = fc.constantFrom('', 'a', 'b', 'c')
const entry: fc.Arbitrary<Entry<number>> = fc.record({
  id: fc.constantFrom('p', 'q', 'r'),
  sort: fc.constantFrom('1', '2', '3'),
  clock: fc.nat(3),
  version: fc.constantFrom('x', 'y', 'x.y'),
  present: fc.boolean(),
  data: fc.option(fc.nat(2)),
})
const directories: fc.Arbitrary<Listing<number>> = fc.record({
  schema: fc.constant(1),
  kind: fc.constant('directory'),
  floor: texts,
  segments: fc.array(
    fc
      .tuple(texts, fc.nat(3), fc.nat(3))
      .map(([from, count, clock]) => ({ id: segmentId(from), from, count, clock })),
    { maxLength: 3 },
  ),
  entries: fc.array(entry, { maxLength: 5 }),
})
const segments: fc.Arbitrary<Listing<number>> = fc.record({
  schema: fc.constant(1),
  kind: fc.constant('segment'),
  from: fc.constant('a'),
  entries: fc.array(entry, { maxLength: 5 }),
})

describe('merging directories', () => {
  mergeLaws<Listing<number>>(mergeListings, directories)
})
describe('merging segments', () => {
  mergeLaws<Listing<number>>(mergeListings, segments)
})

describe('sort keys', () => {
  test('order by time, then id, also before 1970', () => {
    const times = [-2_000_000_000_000, -1, 0, 1, 999, 1_000, 1_764_000_000_000]
    const keys = times.map((ms) => sortKey(ms, 'b'))
    expect([...keys].sort()).toEqual(keys)
    expect(keys.map(sortTime)).toEqual(times)
    expect(sortKey(5, 'a') < sortKey(5, 'b')).toBe(true)
  })
})

describe('an entry', () => {
  const at = (clock: number, version: string): Entry<number> => ({
    id: 'p',
    sort: '1',
    clock,
    version,
    present: true,
    data: 1,
  })

  test('of a later clock replaces an earlier one; of one clock the one that knows more heads', () => {
    const [a, b] = ['a'.repeat(64), 'b'.repeat(64)]
    expect(compareFreshness(at(2, a), at(1, b))).toBeGreaterThan(0)
    expect(compareFreshness(at(2, `${a}.${b}`), at(2, b))).toBeGreaterThan(0)
    expect(compareFreshness(at(2, b), at(2, a))).toBeGreaterThan(0)
  })

  test('absent is remembered for 30 days, so that an old copy cannot bring it back, then forgotten', () => {
    const now = absentMsMax * 2
    const gone: Entry<number> = { ...at(now - absentMsMax, 'a'), present: false, data: null }
    const value = putEntries(emptyDirectory<number>(), [at(1, 'a'), gone])
    expect(value.entries).toEqual([gone])
    expect(compact(value, now)).toBe(value)
    expect(compact(value, now + 1).entries).toEqual([])
  })
})

/** A listing of `count` posts, one a day, cut to small segments; every third may be absent. */
function listing(
  count: number,
  isAbsent: (n: number) => boolean = () => false,
): { directory: Directory<number>; segments: Map<string, Segment<number>> } {
  const entries = Array.from({ length: count }, (_, n): Entry<number> => {
    const id = `p${String(n).padStart(3, '0')}`
    const present = !isAbsent(n)
    return {
      id,
      sort: sortKey(n * 1_000, id),
      clock: 1,
      version: 'v',
      present,
      data: present ? n : null,
    }
  })
  const whole = putEntries(emptyDirectory<number>(), entries)
  const plan = planRelocation(whole, whole, 1_500)
  if (plan === undefined) return { directory: whole, segments: new Map() }
  const segments = new Map(plan.moves.map((move) => [segmentId(move.from), move]))
  const directory = plan.moves.reduce<Directory<number>>(
    (noted, move) => noteCount(noted, move.from, countPresent(noted, move), 5),
    relocated(whole, plan),
  )
  return { directory, segments }
}

type Cut = ReturnType<typeof listing>

function pageOf(cut: Cut, request: PageRequest): Page<number> & { readonly reads: number } {
  const plan = planPage(cut.directory, request)
  const read = new Map(plan.segments.map((ref) => [ref.id, cut.segments.get(ref.id)!]))
  return { ...showPage(cut.directory, plan, read), reads: plan.segments.length }
}

function walk(cut: Cut, request: PageRequest): (number | null)[] {
  const met: (number | null)[] = []
  for (let next: string | null | undefined; next !== null;) {
    const page = pageOf(cut, next === undefined ? request : { ...request, cursor: next })
    expect(page.reads).toBeLessThanOrEqual(3)
    expect(page.entries.length).toBeLessThanOrEqual(request.limit)
    met.push(...page.entries.map((found) => found.data))
    next = page.next
  }
  return met
}

describe('pages', () => {
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

  test('walked by next meet every present entry once, in order, at three reads a page at most', () => {
    const requests = fc.record({
      count: fc.integer({ min: 0, max: 120 }),
      limit: fc.integer({ min: 1, max: 40 }),
      gap: fc.integer({ min: 2, max: 9 }),
      order: fc.constantFrom('ascending' as const, 'descending' as const),
    })
    fc.assert(
      fc.property(requests, ({ count, limit, gap, order }) => {
        const isAbsent = (n: number): boolean => n % gap === 0
        const expected = numbers(count).filter((n) => !isAbsent(n))
        if (order === 'descending') expected.reverse()
        expect(walk(listing(count, isAbsent), { order, limit })).toEqual(expected)
      }),
    )
  })

  test('by number are those that next leads to, without reading what lies before', () => {
    const cut = listing(120)
    expect(cut.segments.size).toBeGreaterThan(6)
    for (let page = 1; page <= 12; page++) {
      const found = pageOf(cut, { order: 'descending', limit: 10, page })
      expect(found.entries.map((each) => each.data)).toEqual(
        numbers(120)
          .reverse()
          .slice((page - 1) * 10, page * 10),
      )
      expect(found.reads).toBeLessThanOrEqual(3)
      expect(found.total).toBe(120)
      expect(found.next === null).toBe(page === 12)
    }
    expect(pageOf(cut, { order: 'descending', limit: 10, page: 40 }).entries).toEqual([])
  })

  test('from any bound on are full, wherever the listing was cut', () => {
    const cut = listing(120)
    for (let n = 0; n <= 120; n++) {
      const cursor = sortKey(n * 1_000, '')
      const page = pageOf(cut, { order: 'descending', limit: 8, cursor })
      const expected = numbers(n).reverse().slice(0, 8)
      expect(page.entries.map((found) => found.data)).toEqual(expected)
    }
  })

  test('the first page of the newest costs no segment where the directory holds enough', () => {
    expect(pageOf(listing(120), { order: 'descending', limit: 5 }).reads).toBe(0)
  })

  test('hide what is not yet published, count it out, and go on below it', () => {
    const cut = listing(60)
    const below = sortKey(57 * 1_000 + 1, '')
    const page = pageOf(cut, { order: 'descending', limit: 4, below })
    expect(page.entries.map((found) => found.data)).toEqual([57, 56, 55, 54])
    expect(page.total).toBe(58)
    expect(walk(cut, { order: 'descending', limit: 7, below })).toEqual(numbers(58).reverse())
  })

  test('show an entry left in the directory by an old writer in the place that covers it', () => {
    const cut = listing(60)
    const stray: Entry<number> = {
      id: 'x',
      sort: sortKey(500, 'x'),
      clock: 1,
      version: 'v',
      present: true,
      data: 77,
    }
    const withStray = { ...cut, directory: putEntries(cut.directory, [stray]) }
    expect(pageOf(withStray, { order: 'descending', limit: 60, page: 1 }).entries[0]?.data).toBe(59)
    expect(walk(withStray, { order: 'descending', limit: 60 }).slice(-2)).toEqual([77, 0])
    expect(walk(withStray, { order: 'ascending', limit: 60 }).slice(0, 2)).toEqual([0, 77])
  })

  test('show a post that moved once, at its new place, also while its old one was not told', () => {
    const cut = listing(5)
    const moved: Entry<number> = {
      ...cut.directory.entries[0]!,
      sort: sortKey(9_000, 'p000'),
      clock: 2,
    }
    const directory = putEntries(cut.directory, [moved])
    expect(walk({ ...cut, directory }, { order: 'descending', limit: 9 })).toEqual([0, 4, 3, 2, 1])
    const gone: Entry<number> = {
      ...cut.directory.entries[0]!,
      clock: 2,
      present: false,
      data: null,
    }
    const told = putEntries(directory, [gone])
    expect(walk({ ...cut, directory: told }, { order: 'descending', limit: 9 })).toEqual([
      0, 4, 3, 2, 1,
    ])
  })

  test('say when a segment was not at hand, and still lead on', () => {
    const cut = listing(60)
    const plan = planPage(cut.directory, { order: 'ascending', limit: 5 })
    const page = showPage(cut.directory, plan, new Map())
    expect(page).toMatchObject({ entries: [], isComplete: false })
    expect(page.next).not.toBeNull()
  })

  test('can be filtered: approved comments only', () => {
    const cut = listing(10)
    const plan = planPage(cut.directory, { order: 'ascending', limit: 3 })
    const page = showPage(cut.directory, plan, cut.segments, (found) => (found.data ?? 0) % 2 === 0)
    expect(page.entries.map((found) => found.data)).toEqual([0, 2, 4])
  })
})
