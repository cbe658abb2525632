import { inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareBytes, equalBytes } from '../../../src/causality/bytes.ts'
import { encodeTerm, atom, tuple } from '../../../src/causality/external-term.ts'
import {
  VclockError,
  decodeVclock,
  descends,
  descendsDot,
  dominates,
  encodeVclock,
  equalVclocks,
  gregorianEpochSeconds,
  increment,
  mergeVclocks,
  prune,
  startEpoch,
  vclockToTerm,
} from '../../../src/causality/vclock.ts'
import type { Vclock } from '../../../src/causality/vclock.ts'

const inflate = (bytes: Uint8Array): Uint8Array => Uint8Array.from(inflateRawSync(bytes))
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))
const show = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const actor = (n: number): Uint8Array => Uint8Array.of(9, 9, 9, 9, 0, 0, 0, n)

const clocks: fc.Arbitrary<Vclock> = fc
  .uniqueArray(fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 4 }), fc.nat(3)), {
    selector: ([n]) => n,
  })
  .map((entries) =>
    entries
      .map(([n, counter, timestamp]) => ({ actor: actor(n), counter, timestamp }))
      .toSorted((a, b) => compareBytes(a.actor, b.actor)),
  )

describe('vclock on the wire', () => {
  // Clocks that a Riak KV 3.2.3 sent (pb-raw-2.txt, pb-raw.txt, pb-client.txt).
  test.each([
    [
      '6bce61606060cc60ca05523cdc875542f5f4565c6060d09f92c194c894c7ca702ea3e2095f1600',
      [['0bc324552e2ea8d000002f94', 2]],
    ],
    [
      '6bce61606060cc60ca05523cdc875542f5b436e73130e82fcc604a64ca6365989351f1842f0b00',
      [['0bc324552e2ab36e00002fa1', 2]],
    ],
    [
      '6bce61606060ca60ca05523cdc875542f5b4962f63605017cc604a64cc6365b89154f1840f22cd01915e53882c950500',
      [
        ['0bc324552e2aa7a600002711', 1],
        ['0bc324552e2aac71', 1],
      ],
    ],
  ])('a captured clock of Riak reads as its actors and counters: %s', (bytes, entries) => {
    const clock = decodeVclock(hex(bytes), inflate)
    expect(clock.map((entry) => [show(entry.actor), entry.counter])).toEqual(entries)
    expect(clock.every((entry) => entry.timestamp > gregorianEpochSeconds)).toBe(true)
    expect(decodeVclock(encodeVclock(clock), inflate)).toEqual(clock)
  })

  test('the sample of the documentation is one 8-byte actor with counter 1', () => {
    const sample = Buffer.from('a85hYGBgzGDKBVIcypz/fgaUHjmdwZTImMfKcN3h1Um+LAA=', 'base64')
    const [entry, ...rest] = decodeVclock(sample, inflate)
    expect(rest).toEqual([])
    expect(entry?.counter).toBe(1)
    expect(entry?.actor.length).toBe(8)
  })

  test('the empty clock is deflated byte for byte as by zlib', () => {
    expect(show(encodeVclock([]))).toBe('6bce0200')
    expect(Buffer.from(encodeVclock([])).toString('base64')).toBe('a84CAA==')
    expect(decodeVclock(hex('6bce0200'), inflate)).toEqual([])
  })

  test('a raw clock in {encode_raw, Clock} is read as well', () => {
    const clock = [{ actor: actor(1), counter: 7, timestamp: 63_000_000_000 }]
    const raw = encodeTerm(tuple(atom('encode_raw'), vclockToTerm(clock)))
    expect(decodeVclock(raw, inflate)).toEqual(clock)
  })

  test('every clock survives the way to a client and back', () => {
    fc.assert(
      fc.property(clocks, (clock) => {
        expect(decodeVclock(encodeVclock(clock), inflate)).toEqual(clock)
      }),
    )
  })

  test('entries in another order, or twice, are put in order (a foreign encoder)', () => {
    const entry = (n: number, counter: number) => tuple(actor(n), tuple(counter, 1))
    const bytes = encodeTerm(tuple(atom('encode_raw'), [entry(2, 1), entry(1, 3), entry(2, 5)]))
    const counters = decodeVclock(bytes, inflate).map((dot) => [dot.actor[7], dot.counter])
    expect(counters).toEqual([
      [1, 3],
      [2, 5],
    ])
  })

  test.each(['', '7a7a7a', '836a', '6bce', 'ffffffff'])('garbage is refused: %s', (bytes) => {
    expect(() => decodeVclock(hex(bytes), inflate)).toThrow(VclockError)
  })

  test('a term that is no clock is refused', () => {
    for (const term of [5, atom('x'), [1, 2], [tuple(actor(1), 5)], [tuple(1, tuple(1, 2))]]) {
      expect(() => decodeVclock(encodeTerm(tuple(atom('encode_raw'), term)), inflate)).toThrow(
        VclockError,
      )
    }
  })
})

describe('vclock order', () => {
  test('merge is the least upper bound: commutative, associative, idempotent, above both', () => {
    fc.assert(
      fc.property(clocks, clocks, clocks, (a, b, c) => {
        const ab = mergeVclocks(a, b)
        expect(equalVclocks(ab, mergeVclocks(b, a))).toBe(true)
        expect(equalVclocks(mergeVclocks(ab, c), mergeVclocks(a, mergeVclocks(b, c)))).toBe(true)
        expect(equalVclocks(mergeVclocks(a, a), a)).toBe(true)
        expect(descends(ab, a) && descends(ab, b)).toBe(true)
        if (descends(c, a) && descends(c, b)) expect(descends(c, ab)).toBe(true)
      }),
    )
  })

  test('descends is a partial order, and dominates its strict part', () => {
    fc.assert(
      fc.property(clocks, clocks, clocks, (a, b, c) => {
        expect(descends(a, a)).toBe(true)
        expect(descends(a, [])).toBe(true)
        if (descends(a, b) && descends(b, c)) expect(descends(a, c)).toBe(true)
        expect(dominates(a, b)).toBe(descends(a, b) && !descends(b, a))
        expect(dominates(a, a)).toBe(false)
      }),
    )
  })

  test('an increment dominates what it was made from, and its dot is new', () => {
    fc.assert(
      fc.property(clocks, fc.nat(6), (clock, n) => {
        const { clock: next, dot } = increment(clock, actor(n), 99)
        expect(dominates(next, clock)).toBe(true)
        expect(descendsDot(clock, dot)).toBe(false)
        expect(descendsDot(next, dot)).toBe(true)
        expect(next.map((entry) => entry.actor)).toEqual(
          next.map((entry) => entry.actor).toSorted(compareBytes),
        )
      }),
    )
  })

  test('timestamps take no part in causality, but make clocks unequal', () => {
    const early = [{ actor: actor(1), counter: 1, timestamp: 1 }]
    const late = [{ actor: actor(1), counter: 1, timestamp: 2 }]
    expect(descends(early, late) && descends(late, early)).toBe(true)
    expect(equalVclocks(early, late)).toBe(false)
    expect(mergeVclocks(early, late)).toEqual(late)
  })

  test('an actor of 8 bytes and the same with an epoch are two actors', () => {
    const base = [{ actor: actor(1), counter: 9, timestamp: 0 }]
    const epoch = Uint8Array.of(...actor(1), 0, 0, 0, 1)
    expect(descends(base, [{ actor: epoch, counter: 1, timestamp: 0 }])).toBe(false)
    expect(startEpoch(base, epoch, 0).map((entry) => entry.counter)).toEqual([9, 0])
    expect(startEpoch(base, actor(1), 0)).toEqual(base)
  })
})

describe('vclock pruning', () => {
  const limits = { small: 3, big: 5, young: 20, old: 1_000 }
  const aged = (...ages: number[]): Vclock =>
    ages.map((age, n) => ({ actor: actor(n), counter: 1, timestamp: 10_000 - age }))

  test.each([
    ['a small clock is left alone, however old', [9_000, 9_000, 9_000], 3],
    ['young entries stay, however many', [1, 2, 3, 4, 5, 6, 7, 8], 8],
    ['between small and big only old entries go', [2_000, 900, 800, 700], 3],
    ['between small and big nothing goes while nothing is old', [900, 800, 700, 600, 500], 5],
    ['above big the oldest go until big is reached', [900, 800, 700, 600, 500, 400, 300], 5],
    [
      'above big old entries go until small is reached',
      [5_000, 4_000, 3_000, 2_500, 2_400, 2_300],
      3,
    ],
  ])('%s', (_, ages, left) => {
    const pruned = prune(aged(...ages), 10_000, limits)
    expect(pruned.length).toBe(left)
  })

  test('what goes is the oldest, and the order by actor stays', () => {
    const clock = aged(100, 5_000, 200, 300)
    const pruned = prune(clock, 10_000, limits)
    expect(pruned).toEqual([clock[0], clock[2], clock[3]])
  })

  test('a pruned clock is below the whole one, never above it', () => {
    fc.assert(
      fc.property(clocks, (clock) => {
        expect(descends(clock, prune(clock, 10_000, limits))).toBe(true)
      }),
    )
  })
})

test('bytes compare as Erlang binaries do', () => {
  expect(compareBytes(hex('01'), hex('0100'))).toBeLessThan(0)
  expect(compareBytes(hex('ff'), hex('0100'))).toBeGreaterThan(0)
  expect(equalBytes(hex('0102'), hex('0102'))).toBe(true)
  expect(equalBytes(hex('0102'), hex('0103'))).toBe(false)
})
