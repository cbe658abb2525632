import { describe, expect, test } from 'vitest'
import type { Room } from '../../../buckets/room.ts'
import { slugs } from '../../../buckets/slugs/room.ts'
import { ParsedValues } from '../../../src/store/parsed-values.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const room: Room<unknown> = slugs
const other: Room<unknown> = { ...slugs }

describe('values kept parsed', () => {
  test('a value is given for the bytes it was parsed from, by the room that parsed them, alone', () => {
    const values = new ParsedValues(1_000)
    const value = { claims: [] }
    values.set(room, 'a', bytes('one'), value)
    expect(values.get(room, 'a', bytes('one'))).toBe(value)
    expect(values.get(room, 'a', bytes('two'))).toBeUndefined()
    expect(values.get(room, 'a', bytes('one '))).toBeUndefined()
    expect(values.get(room, 'b', bytes('one'))).toBeUndefined()
    expect(values.get(other, 'a', bytes('one'))).toBeUndefined()
  })

  test('bytes that the caller changes later do not change what is known', () => {
    const values = new ParsedValues(1_000)
    const given = bytes('one')
    values.set(room, 'a', given, 1)
    given[0] = 0
    expect(values.get(room, 'a', given)).toBeUndefined()
    expect(values.get(room, 'a', bytes('one'))).toBe(1)
  })

  test('are bounded by bytes: what was asked for longest ago goes first', () => {
    const values = new ParsedValues(100)
    const ten = bytes('0123456789')
    for (let n = 0; n < 10; n++) values.set(room, `k${n}`, ten, n)
    expect(values.get(room, 'k0', ten)).toBe(0)
    values.set(room, 'k10', ten, 10)
    expect(values.get(room, 'k1', ten)).toBeUndefined()
    expect(values.get(room, 'k0', ten)).toBe(0)
    expect(values.get(room, 'k10', ten)).toBe(10)
  })

  test('one large value does not push out all others', () => {
    const values = new ParsedValues(100)
    values.set(room, 'small', bytes('0123456789'), 1)
    values.set(room, 'large', bytes('0'.repeat(50)), 2)
    expect(values.get(room, 'large', bytes('0'.repeat(50)))).toBeUndefined()
    expect(values.get(room, 'small', bytes('0123456789'))).toBe(1)
  })

  test('a value that is set again takes the room of the one before', () => {
    const values = new ParsedValues(100)
    const ten = bytes('0123456789')
    for (let n = 0; n < 50; n++) values.set(room, 'same', ten, n)
    for (let n = 0; n < 9; n++) values.set(room, `k${n}`, ten, n)
    expect(values.get(room, 'same', ten)).toBe(49)
  })
})
