import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { descends, mergeVclocks } from '../../../../src/causality/vclock.ts'
import {
  coordinatedPut,
  enforceAllowMult,
  equalObjects,
  mergeObjects,
  reconcile,
  replicaPut,
  syntacticMerge,
} from '../../../../src/embedded/vnode/riak-object.ts'
import type {
  MergeRules,
  ObjectValue,
  RiakObject,
} from '../../../../src/embedded/vnode/riak-object.ts'

const dvv: MergeRules = { allowMult: true, lastWriteWins: false, dvvEnabled: true }
const noDvv: MergeRules = { ...dvv, dvvEnabled: false }
const single: MergeRules = { allowMult: false, lastWriteWins: false, dvvEnabled: false }
const lww: MergeRules = { ...single, lastWriteWins: true }

const actor = (n: number): Uint8Array => Uint8Array.of(1, 1, 1, 1, 0, 0, 0, n)
let stamp = 0
/** A client's value; each put is stamped anew, as the node does. */
function value(text: string, more: Partial<ObjectValue> = {}): ObjectValue {
  stamp++
  return {
    value: Buffer.from(text),
    isTombstone: false,
    vtag: `tag${stamp}`,
    lastModified: { seconds: 1_000, micros: stamp },
    dot: undefined,
    ...more,
  }
}
const incoming = (text: string, context?: RiakObject): RiakObject => ({
  vclock: context?.vclock ?? [],
  values: [value(text)],
})
const texts = (object: RiakObject): string[] =>
  object.values.map((v) => Buffer.from(v.value).toString())
const put = (
  stored: RiakObject | undefined,
  text: string,
  context: RiakObject | undefined,
  rules = dvv,
  by = actor(1),
): RiakObject => coordinatedPut(stored, incoming(text, context), by, 63_000_000_000, rules)

describe('coordinated put', () => {
  test('the first value has the first event of its actor as dot', () => {
    const first = put(undefined, 'a', undefined)
    expect(first.vclock).toEqual([{ actor: actor(1), counter: 1, timestamp: 63_000_000_000 }])
    expect(first.values[0]?.dot).toEqual(first.vclock[0])
  })

  test('a put that has seen what is stored replaces it', () => {
    const first = put(undefined, 'a', undefined)
    const second = put(first, 'b', first)
    expect(texts(second)).toEqual(['b'])
    expect(second.vclock[0]?.counter).toBe(2)
  })

  test('a put without context onto an existing key makes a sibling', () => {
    const first = put(undefined, 'a', undefined)
    expect(texts(put(first, 'b', undefined))).toEqual(['a', 'b'])
  })

  test('two writers with one context: both values stay, and one write over both resolves them', () => {
    const first = put(undefined, 'a', undefined)
    const left = put(first, 'b', first)
    const both = put(left, 'c', first)
    expect(texts(both)).toEqual(['b', 'c'])
    expect(texts(put(both, 'd', both))).toEqual(['d'])
  })

  test('two clients that interleave read-modify-write keep two siblings at most with dots (28)', () => {
    let stored = put(undefined, 'start', undefined)
    let [mary, peter] = [stored, stored]
    for (let round = 0; round < 20; round++) {
      stored = put(stored, `mary ${round}`, mary)
      mary = stored
      stored = put(stored, `peter ${round}`, peter)
      peter = stored
      expect(stored.values.length).toBeLessThanOrEqual(2)
    }
  })

  test('without dots the same interleaving grows with every write (28, dvv off)', () => {
    let stored = put(undefined, 'start', undefined, noDvv)
    let [mary, peter] = [stored, stored]
    for (let round = 0; round < 5; round++) {
      stored = put(stored, `mary ${round}`, mary, noDvv)
      mary = stored
      stored = put(stored, `peter ${round}`, peter, noDvv)
      peter = stored
    }
    expect(stored.values.length).toBeGreaterThan(5)
  })

  test('allow_mult=false keeps the newest, and the clock keeps the merged history', () => {
    const first = put(undefined, 'a', undefined, single)
    const second = put(first, 'b', undefined, single, actor(2))
    expect(texts(second)).toEqual(['b'])
    expect(second.vclock.map((entry) => entry.counter)).toEqual([1, 1])
    expect(second.values[0]?.dot).toBeUndefined()
  })

  test('last_write_wins takes the put whatever is stored', () => {
    const first = put(undefined, 'a', undefined, lww)
    const second = put(first, 'b', undefined, lww)
    expect(texts(second)).toEqual(['b'])
    expect(second.vclock[0]?.counter).toBe(1)
  })
})

describe('replica put', () => {
  test('the newer object wins, whichever is stored', () => {
    const old = put(undefined, 'a', undefined)
    const fresh = put(old, 'b', old)
    expect(replicaPut(old, fresh, dvv)).toBe(fresh)
    expect(replicaPut(fresh, old, dvv)).toBe(fresh)
    expect(replicaPut(fresh, fresh, dvv)).toBe(fresh)
    expect(replicaPut(undefined, fresh, dvv)).toBe(fresh)
  })

  test('concurrent objects become siblings; a value the other has overwritten is not revived', () => {
    const base = put(undefined, 'a', undefined)
    const left = put(base, 'b', base, dvv, actor(1))
    const right = put(base, 'c', base, dvv, actor(2))
    expect(texts(replicaPut(left, right, dvv))).toEqual(['b', 'c'])
    const beside = put(base, 'd', undefined, dvv, actor(2))
    expect(texts(replicaPut(left, beside, dvv))).toEqual(['b', 'd'])
  })

  test('last_write_wins stores what arrives', () => {
    const first = put(undefined, 'a', undefined)
    const second = put(first, 'b', first)
    expect(replicaPut(second, first, lww)).toBe(first)
  })

  test("objects of which each covers the other's dots keep their values (29, riak_kv #1707)", () => {
    const dotOf = (n: number) => ({ actor: actor(n), counter: 1, timestamp: 1 })
    const clock = [dotOf(1), dotOf(2)]
    const a = { vclock: clock, values: [value('a', { dot: dotOf(1) })] }
    const b = { vclock: clock, values: [value('b', { dot: dotOf(2) })] }
    expect(texts(mergeObjects(a, b, true))).toEqual(['a', 'b'])
  })
})

describe('which single value stays (allow_mult=false)', () => {
  const at = (micros: number, more: Partial<ObjectValue> = {}) =>
    value('x', { lastModified: { seconds: 1, micros }, ...more })
  test('the newest by date', () => {
    const values = [at(1), at(3), at(2)]
    expect(enforceAllowMult({ vclock: [], values }, false).values).toEqual([values[1]])
  })
  test('of one date a live value beats a tombstone', () => {
    const values = [at(1, { isTombstone: true }), at(1)]
    expect(enforceAllowMult({ vclock: [], values }, false).values).toEqual([values[1]])
  })
  test('of one date and kind always the same one, whatever the order', () => {
    const values = [at(1, { vtag: 'a' }), at(1, { vtag: 'b' }), at(1, { vtag: 'c' })]
    const pick = (list: ObjectValue[]) => enforceAllowMult({ vclock: [], values: list }, false)
    expect(pick(values).values).toEqual(pick(values.toReversed()).values)
  })
})

/**
 * Objects as a cluster makes them: three vnodes, clients that read one and write at another with what
 * they read, or blindly, and merges between vnodes. Every object that ever existed is collected.
 */
const histories = fc.array(
  fc.record({
    kind: fc.constantFrom('write', 'blind', 'merge'),
    from: fc.nat(2),
    to: fc.nat(2),
  }),
  { minLength: 1, maxLength: 14 },
)
function play(steps: readonly { kind: string; from: number; to: number }[]): {
  all: RiakObject[]
  last: (RiakObject | undefined)[]
  acked: RiakObject[]
} {
  const last: (RiakObject | undefined)[] = [undefined, undefined, undefined]
  const all: RiakObject[] = []
  const acked: RiakObject[] = []
  for (const [n, { kind, from, to }] of steps.entries()) {
    const source = last[from]
    if (kind === 'merge' && source === undefined) continue
    const next =
      kind === 'merge' && source !== undefined
        ? replicaPut(last[to], source, dvv)
        : put(last[to], `v${n}`, kind === 'write' ? source : undefined, dvv, actor(to))
    if (kind !== 'merge') acked.push(next)
    last[to] = next
    all.push(next)
  }
  return { all, last, acked }
}

describe('merge laws, over objects that a cluster can make', () => {
  test('syntactic merge is idempotent, commutative and associative', () => {
    fc.assert(
      fc.property(histories, fc.nat(), fc.nat(), fc.nat(), (steps, i, j, k) => {
        const { all } = play(steps)
        const pick = (n: number): RiakObject | undefined => all[n % Math.max(1, all.length)]
        const [a, b, c] = [pick(i), pick(j), pick(k)]
        if (a === undefined || b === undefined || c === undefined) return
        const merge = (x: RiakObject, y: RiakObject): RiakObject => syntacticMerge(x, y, true)
        expect(equalObjects(merge(a, a), a)).toBe(true)
        expect(equalObjects(merge(a, b), merge(b, a))).toBe(true)
        expect(equalObjects(merge(merge(a, b), c), merge(a, merge(b, c)))).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('no object is ever empty, and every merge descends what it was made of', () => {
    fc.assert(
      fc.property(histories, (steps) => {
        const { all } = play(steps)
        for (const a of all) {
          for (const b of all) {
            const merged = syntacticMerge(a, b, true)
            expect(merged.values.length).toBeGreaterThan(0)
            expect(descends(merged.vclock, mergeVclocks(a.vclock, b.vclock))).toBe(true)
          }
        }
      }),
      { numRuns: 50 },
    )
  })

  test('an acknowledged value is among the siblings at the end, or its write was seen by a later one', () => {
    fc.assert(
      fc.property(histories, (steps) => {
        const { last, acked, all } = play(steps)
        const there = last.filter((object) => object !== undefined)
        if (there.length === 0) return
        const end = reconcile(there, dvv)
        for (const object of acked) {
          // Its own value is the one whose dot the put's clock ends with.
          for (const own of object.values) {
            const isThere = end.values.some((v) => v.vtag === own.vtag)
            const { dot } = own
            const isSeen = all.some(
              (later) =>
                dot !== undefined &&
                descends(later.vclock, [dot]) &&
                !later.values.some((v) => v.vtag === own.vtag),
            )
            expect(isThere || isSeen).toBe(true)
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  test('replicas that hear of everything end equal, whatever the order', () => {
    fc.assert(
      fc.property(histories, fc.infiniteStream(fc.nat()), (steps, dice) => {
        const { last } = play(steps)
        const there = last.filter((object) => object !== undefined)
        const shuffled = there
          .map((object) => ({ object, at: Number(dice.next().value) }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ object }) => object)
        if (there.length === 0) return
        expect(equalObjects(reconcile(there, dvv), reconcile(shuffled, dvv))).toBe(true)
      }),
    )
  })
})
