import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeTerm } from '../../../../src/causality/external-term.ts'
import { decodeCounter, encodeCounter } from '../../../../src/embedded/datatype/counter-codec.ts'
import type { CounterForm } from '../../../../src/embedded/datatype/counter-codec.ts'
import { counterFrom } from '../../../../src/embedded/datatype/pn-counter.ts'

const actor = Buffer.from('0bc324552e321d1700002711', 'hex')
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const counters = fc
  .array(
    fc.record({
      actor: fc.uint8Array({ minLength: 8, maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
      up: fc.bigInt({ min: 0n, max: 2n ** 200n }),
      down: fc.bigInt({ min: 0n, max: 2n ** 200n }),
    }),
    { maxLength: 6 },
  )
  .map((entries) => counterFrom(entries.filter(({ up, down }) => up + down > 0n)))

describe('the bytes of a counter', () => {
  test('a typed one is tag, version, module name and term, as riak_kv_crdt writes it', () => {
    const bytes = encodeCounter('typed', [{ actor, up: 5n, down: 0n }])
    const term = `836c0000000168036d0000000c${hex(actor)}610561006a`
    const name = hex(Buffer.from('riak_dt_pncounter'))
    expect(hex(bytes)).toBe(`450200000011${name}4702${term}`)
  })

  test('an old one holds increments and decrements apart, as riak_kv_pncounter writes it', () => {
    const bytes = encodeCounter('old', [{ actor, up: 3n, down: 0n }])
    const ups = `4601836c0000000168026d0000000c${hex(actor)}61036a`
    expect(hex(bytes)).toBe(`450147010000001e${ups}000000044601836a`)
  })

  test.each<CounterForm>(['typed', 'old'])('what is written is read back: %s', (form) => {
    fc.assert(
      fc.property(counters, (counter) => {
        expect(decodeCounter(encodeCounter(form, counter))).toEqual({ form, counter })
      }),
    )
  })

  test('a term that Riak stored compressed is read', () => {
    const many = Array.from({ length: 40 }, (_, n) => ({
      actor: Buffer.concat([actor.subarray(0, 11), Buffer.of(n)]),
      up: 1n,
      down: 0n,
    }))
    const plain = encodeCounter('typed', many)
    const head = plain.subarray(0, 25)
    const term = encodeTerm(many.map((one) => ({ tuple: [one.actor, one.up, one.down] })))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(term.length - 1)
    const zipped = deflateSync(term.subarray(1), { level: 1 })
    const bytes = Buffer.concat([head, Buffer.of(131, 80), length, zipped])
    expect(bytes.length).toBeLessThan(plain.length)
    expect(decodeCounter(bytes)).toEqual({ form: 'typed', counter: many })
  })

  test('a compressed term that claims gigabytes is no counter, and nothing is unfolded', () => {
    const head = encodeCounter('typed', []).subarray(0, 25)
    const claims = Buffer.from('8350ffffffff', 'hex')
    const bytes = Buffer.concat([head, claims, deflateSync(Buffer.alloc(10_000_000))])
    expect(decodeCounter(bytes)).toBeUndefined()
  })

  test('any other bytes are no counter, and never an exception', () => {
    const whole = encodeCounter('typed', [{ actor, up: 5n, down: 7n }])
    const old = encodeCounter('old', [{ actor, up: 5n, down: 7n }])
    for (const bytes of [whole, old]) {
      for (let end = 0; end < bytes.length; end++) {
        expect(decodeCounter(bytes.subarray(0, end))).toBeUndefined()
      }
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(60), fc.nat(255), (noise, at, byte) => {
        decodeCounter(Buffer.concat([Buffer.of(69, 1), noise]))
        decodeCounter(Buffer.concat([Buffer.of(69, 2), noise]))
        const changed = Buffer.from(whole)
        changed[at % changed.length] = byte
        decodeCounter(changed)
        return true
      }),
    )
    expect(decodeCounter(Buffer.from('English text begins with byte 69'))).toBeUndefined()
  })
})
