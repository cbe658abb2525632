import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { storedBytes } from '../../../buckets/canonical-json.ts'
import { planPage, showPage } from '../../../buckets/listing-pages.ts'
import { planRelocation, relocated } from '../../../buckets/listing-split.ts'
import {
  compareFreshness,
  emptyDirectory,
  emptySegment,
  entryKey,
  mergeDirectories,
  mergeSegments,
  placeOf,
  putEntries,
  segmentId,
  sortKey,
} from '../../../buckets/listing.ts'
import type { Directory, Entry } from '../../../buckets/listing-schema.ts'
import { limits } from '../../../src/kernel/limits.ts'
import { interleave, ListingWorld } from '../../support/listing-world.ts'
import type { Row } from '../../support/listing-world.ts'

const bytesMax = 500

/** Where a post of the model is listed at a clock: it moves with every save. */
const homeOf = (id: number, clock: number): number => (id * 7 + clock * 11) % 31

/**
 * Few ids and times, so that writers meet; an entry is about 90 bytes. As derivation has it, a save
 * says "present" at one place and "absent" at others.
 */
const entries: fc.Arbitrary<Entry<Row>> = fc
  .tuple(fc.nat(11), fc.option(fc.nat(30), { freq: 3 }), fc.integer({ min: 1, max: 6 }))
  .map(([id, place, clock]) => {
    const home = homeOf(id, clock)
    const at = place ?? home
    return entryOf(id, at, clock, at === home)
  })

function entryOf(id: number, at: number, clock = 1, present = true): Entry<Row> {
  const name = `p${id}`
  const version = String(clock * 100 + id)
  return {
    id: name,
    sort: `${String(at).padStart(2, '0')}${name}`,
    clock,
    version,
    present,
    data: present ? id : null,
  }
}

/** Everything a reader meets who walks all pages by `next`. */
function walk(world: ListingWorld): readonly Entry<Row>[] {
  const directory = world.directory()
  const segments = world.segments()
  const met: Entry<Row>[] = []
  for (let cursor: string | undefined; ;) {
    const plan = planPage(directory, {
      order: 'descending',
      limit: 3,
      ...(cursor === undefined ? {} : { cursor }),
    })
    expect(plan.segments.length).toBeLessThanOrEqual(3)
    const read = new Map(plan.segments.map((ref) => [ref.id, segments.get(ref.id)!]))
    const page = showPage(directory, plan, read)
    met.push(...page.entries)
    if (page.next === null) return met
    cursor = page.next
  }
}

/**
 * A run that once hid an entry: two programs cut one segment at different keys, and a third wrote
 * between the two cuts.
 */
const twoCutsOfOneSegment = {
  // prettier-ignore
  written: ([
    [0, 13, 4], [0, 11, 1], [5, 15, 1], [0, 11, 1], [0, 11, 1], [0, 2, 3], [0, 11, 1], [0, 0, 1],
    [1, 0, 1], [0, 4, 1], [0, 11, 1], [6, 2, 2], [0, 3, 1], [0, 0, 1], [0, 11, 1], [3, 1, 1], [0, 0, 1],
    [4, 8, 1], [0, 11, 1], [0, 4, 6], [0, 0, 1], [0, 0, 1], [0, 0, 1], [0, 11, 1], [0, 11, 1], [0, 0, 1],
    [0, 11, 1], [1, 18, 1],
  ] as const).map(([id, at, clock]) => entryOf(id, at, clock, at === homeOf(id, clock))),
  // prettier-ignore
  picks: [
    [0, 5], [1, 3], [1, 6], [2, 3], [0, 2], [0, 1], [2, 6], [0, 3], [1, 10], [1, 10], [0, 4], [0, 10],
    [2, 4], [0, 1], [0, 8], [2, 12], [3, 9], [2, 9], [0, 2], [0, 8], [0, 7], [2, 6], [0, 4], [0, 2],
    [1, 9], [0, 1], [0, 1], [0, 1], [3, 3], [3, 12], [0, 1], [0, 1], [3, 8],
    ...Array.from({ length: 32 }, () => [0, 1]),
  ] as [number, number][],
  cuts: [false, false, true],
}

describe('writers and cutters in any interleaving', () => {
  const runs = fc.record({
    written: fc.array(entries, { minLength: 12, maxLength: 40 }),
    picks: fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 12 })), {
      minLength: 40,
      maxLength: 200,
    }),
    cuts: fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }),
  })

  /** Four programs write their share; now and then one of them cuts the directory or a segment. */
  function play(
    run: {
      readonly written: readonly Entry<Row>[]
      readonly picks: readonly (readonly [number, number])[]
      readonly cuts: readonly boolean[]
    },
    afterEach: (world: ListingWorld) => void,
  ): ListingWorld {
    const world = new ListingWorld(bytesMax)
    const program = function* (mine: readonly Entry<Row>[]): Generator<undefined, void> {
      for (const [n, entry] of mine.entries()) {
        yield* world.write(entry)
        if (run.cuts[n % run.cuts.length] === true) yield* world.cut()
        else yield* world.cut(placeOf(world.directory(), entry.sort)?.from)
      }
    }
    const programs = [0, 1, 2, 3].map((who) =>
      program(run.written.filter((_entry, n) => n % 4 === who)),
    )
    interleave(programs, run.picks, () => {
      afterEach(world)
    })
    return world
  }

  test('lose no acknowledged entry at any moment', () => {
    fc.assert(
      fc.property(runs, (run) => {
        let steps = 0
        play(run, (world) => {
          // Every third moment: an entry that was lost stays lost.
          if (steps++ % 3 !== 0) return
          const stored = world.stored()
          for (const [register, entry] of world.acknowledged) {
            const found = stored.get(register)
            expect(found).toBeDefined()
            expect(compareFreshness(found!, entry)).toBeGreaterThanOrEqual(0)
          }
        })
      }),
      { numRuns: 40 },
    )
  })

  test('leave every entry where readers look, in its newest state, with no one tidying up after them', () => {
    fc.assert(
      fc.property(runs, (run) => {
        const world = play(run, () => undefined)
        const shown = new Map(walk(world).map((entry) => [entryKey(entry), entry]))
        const newestOf = new Map<string, number>()
        for (const { id, clock } of world.acknowledged.values()) {
          newestOf.set(id, Math.max(clock, newestOf.get(id) ?? 0))
        }
        for (const [register, entry] of world.acknowledged) {
          if (!entry.present) expect(shown.has(register)).toBe(false)
          else if (entry.clock === newestOf.get(entry.id))
            expect(shown.get(register)).toEqual(entry)
        }
      }),
      { numRuns: 200, examples: [[twoCutsOfOneSegment]] },
    )
  })

  test('a writer whose directory is old by two cuts finds the entry its place', () => {
    const world = new ListingWorld(bytesMax)
    const finish = (program: Generator<undefined, void>): void => {
      interleave([program], [])
    }
    for (let at = 0; at < 12; at += 2) finish(world.write(entryOf(at, at)))
    finish(world.cut())
    const late = world.write(entryOf(5, 5))
    // It has read the directory, and sleeps.
    late.next()
    for (let at = 12; at < 40; at++) finish(world.write(entryOf(at, at % 12)))
    finish(world.cut())
    for (const ref of world.directory().segments) finish(world.cut(ref.from))
    const home = placeOf(world.directory(), entryOf(5, 5).sort)!.from
    expect(home).not.toBe('')
    finish(late)
    expect(world.segment(home).entries).toContainEqual(entryOf(5, 5))
  })

  test('bring every place under its size (an entry is a fifth of it)', () => {
    fc.assert(
      fc.property(runs, (run) => {
        const world = play(run, () => undefined)
        interleave(
          [world.cut(), ...world.directory().segments.map((ref) => world.cut(ref.from))],
          [],
        )
        const directory = world.directory()
        for (const place of [directory, ...world.segments().values()]) {
          expect(storedBytes(place.entries)).toBeLessThanOrEqual(bytesMax + 90)
          for (const entry of place.entries) {
            const from = place.kind === 'segment' ? place.from : undefined
            expect(placeOf(directory, entry.sort)?.from).toBe(from)
          }
        }
      }),
      { numRuns: 100 },
    )
  })
})

describe('a cut', () => {
  const many = Array.from({ length: 40 }, (_, at) => entryOf(at, at))
  const full: Directory<Row> = putEntries(emptyDirectory<Row>(), many)
  const plan = planRelocation(full, full, bytesMax)!

  test('is not planned while the entries fit', () => {
    const small = putEntries(emptyDirectory<Row>(), many.slice(0, 5))
    expect(planRelocation(small, small, bytesMax)).toBeUndefined()
  })

  test('leaves the newest in the directory, and covers everything below by segments', () => {
    const after = relocated(full, plan)
    expect(after.segments[0]?.from).toBe('')
    expect(after.entries.at(-1)).toEqual(many.at(-1))
    expect(after.entries.every((entry) => entry.sort >= after.floor)).toBe(true)
    expect([...plan.moves.flatMap((move) => move.entries), ...after.entries]).toEqual(many)
    for (const move of plan.moves) {
      expect(after.segments.find((ref) => ref.from === move.from)).toMatchObject({
        id: segmentId(move.from),
        count: move.entries.length,
      })
    }
  })

  test('of equal values is the same on two servers: they write the same objects', () => {
    const other = mergeDirectories(full, full)
    expect(planRelocation(other, other, bytesMax)).toEqual(plan)
  })

  test('keeps in the directory what came meanwhile, and a newer state of what was moved', () => {
    const renewed = { ...many[0]!, clock: 9 }
    const came = entryOf(50, 99)
    const after = relocated(putEntries(full, [came, renewed]), plan)
    expect(after.entries).toContainEqual(came)
    expect(after.entries).toContainEqual(renewed)
    expect(after.entries).not.toContainEqual(many[1])
    // It is a stray now, and a second plan takes it home.
    expect(planRelocation(after, after, bytesMax)).toMatchObject({
      moves: [{ from: '', entries: [renewed] }],
    })
  })

  test('of a segment leaves its oldest part in it and names the new one in the directory', () => {
    const directory: Directory<Row> = {
      ...emptyDirectory<Row>(),
      floor: '99',
      segments: [{ id: segmentId(''), from: '', count: 40, clock: 1 }],
    }
    const segment = putEntries(emptySegment<Row>(''), many)
    const cut = planRelocation(directory, segment, bytesMax)!
    expect(cut.directory.floor).toBe('99')
    expect(cut.directory.segments.map((ref) => ref.from)).toEqual([
      '',
      ...cut.moves.map((move) => move.from),
    ])
    const rest = relocated(segment, cut)
    expect([...rest.entries, ...cut.moves.flatMap((move) => move.entries)]).toEqual(many)
    expect(mergeSegments(rest, segment).entries).toEqual(many)
  })

  test('of 10,000 posts in one directory makes segments that all fit and count what they hold', () => {
    const posts = Array.from({ length: 10_000 }, (_, n) => ({
      ...entryOf(n, 0),
      id: `id${n}`,
      sort: sortKey(n * 86_400_000, `id${n}`),
      data: n,
    }))
    const directory = putEntries(emptyDirectory<Row>(), posts)
    const cut = planRelocation(directory, directory)!
    for (const move of cut.moves) {
      expect(storedBytes(move.entries)).toBeLessThanOrEqual(limits.segmentBytesMax)
    }
    const after = relocated(directory, cut)
    expect(storedBytes(after)).toBeLessThanOrEqual(limits.segmentBytesMax)
    const counted = after.segments.reduce((sum, ref) => sum + ref.count, after.entries.length)
    expect(counted).toBe(10_000)
  })
})
