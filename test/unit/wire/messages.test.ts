import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fieldTable } from '../../../src/wire/fields.ts'
import type { FieldSpec } from '../../../src/wire/fields.ts'
import { messageCodes, messageNameOf } from '../../../src/wire/message-codes.ts'
import type { MessageName } from '../../../src/wire/message-codes.ts'
import {
  decodeMessage,
  encodeBody,
  encodeFrame,
  MalformedMessageError,
} from '../../../src/wire/messages.ts'
import { decodeQuorum, encodeQuorum } from '../../../src/wire/quorum-words.ts'

const bytes = (text: string): Buffer => Buffer.from(text)

describe('messages against bytes captured from a real Riak 3.2.3', () => {
  test('a put is written as the captured client wrote it', () => {
    const frame = encodeFrame('RpbPutReq', {
      bucket: bytes('raw'),
      key: bytes('k'),
      content: { value: bytes('v'), content_type: bytes('text/plain') },
      return_body: true,
    })
    expect(frame.toString('hex')).toBe(
      '0000001c0b0a0372617712016b220f0a0176120a746578742f706c61696e3801',
    )
  })

  test('an answer with content is read field by field, and written back to the same bytes', () => {
    const body = Buffer.from(
      '0a260a0276322a163455373569455072653449634264677653306462353738cfd98fd80640c5dd3912276bce61606060cc60ca05523cdc875542f5f4565c6060d09f92c194c89cc7ca703ea3e2095f1600',
      'hex',
    )
    const answer = decodeMessage('RpbGetResp', body)
    expect(answer.content).toHaveLength(1)
    const content = answer.content?.[0]
    expect(Buffer.from(content?.value ?? []).toString()).toBe('v2')
    expect(Buffer.from(content?.vtag ?? []).toString()).toBe('4U75iEPre4IcBdgvS0db578'.slice(0, 22))
    expect(content?.last_mod).toBe(1795419343)
    expect(content?.last_mod_usecs).toBe(945861)
    expect(encodeBody('RpbGetResp', answer).toString('hex')).toBe(body.toString('hex'))
  })

  test('quorum words in bucket properties are the four numbers at the top of uint32', () => {
    const props = decodeMessage(
      'RpbGetBucketResp',
      Buffer.from(
        '0a8b010803100118002801380142220a0e7269616b5f636f72655f7574696c121063686173685f7374645f6b657966756e4a2b0a167269616b5f6b765f776d5f6c696e6b5f77616c6b657212116d61707265647563655f6c696e6b66756e5080a305581460326832700078fdffffff0f8001fdffffff0f8801009001fdffffff0f9801fdffffff0fa00100a80101',
        'hex',
      ),
    ).props
    expect(decodeQuorum(props?.r ?? 0)).toBe('quorum')
    expect(props?.pr).toBe(0)
    expect(props?.notfound_ok).toBe(true)
    expect(props?.precommit).toEqual([])
    expect(props?.backend).toBeUndefined()
  })

  test('counters travel zig-zag and are bigint on our side', () => {
    expect(encodeFrame('DtUpdateResp', { counter_value: 5n }).toString('hex')).toBe(
      '0000000353180a',
    )
    const fetched = decodeMessage('DtFetchResp', Buffer.from('10011a02080a', 'hex'))
    expect(fetched.value?.counter_value).toBe(5n)
    const lowest = -(2n ** 63n)
    const body = encodeBody('RpbCounterUpdateReq', { amount: lowest })
    expect(decodeMessage('RpbCounterUpdateReq', body).amount).toBe(lowest)
  })

  test('a counter beyond 64 bits is sent as its low 64 bits, which is what clients keep of it', () => {
    const sent = (value: bigint): bigint | undefined =>
      decodeMessage('DtUpdateResp', encodeBody('DtUpdateResp', { counter_value: value }))
        .counter_value
    expect(sent(2n ** 63n - 1n)).toBe(2n ** 63n - 1n)
    expect(sent(-(2n ** 63n))).toBe(-(2n ** 63n))
    expect(sent(2n ** 64n + 5n)).toBe(5n)
    expect(sent(2n ** 63n)).toBe(0n)
  })
})

describe('messages', () => {
  test('an absent field is undefined, a field set to 0, false or nothing is not', () => {
    const absent = decodeMessage('RpbGetReq', new Uint8Array(0))
    expect([absent.timeout, absent.head, absent.key]).toEqual([undefined, undefined, undefined])
    const body = encodeBody('RpbGetReq', { timeout: 0, head: false, key: bytes('') })
    const present = decodeMessage('RpbGetReq', body)
    expect([present.timeout, present.head, present.key?.length]).toEqual([0, false, 0])
  })

  test('a value is a view into the body, not a copy', () => {
    const body = encodeBody('RpbGetResp', { content: [{ value: bytes('x'.repeat(100)) }] })
    const value = decodeMessage('RpbGetResp', body).content?.[0]?.value
    expect(value?.buffer).toBe(body.buffer)
  })

  test('unknown fields are skipped and not kept', () => {
    const known = encodeBody('RpbListKeysReq', { bucket: bytes('b') })
    const unknown = Buffer.from('fa0f03616263', 'hex')
    const message = decodeMessage('RpbListKeysReq', Buffer.concat([known, unknown]))
    expect(encodeBody('RpbListKeysReq', message)).toEqual(known)
  })

  test('every code names one message and back', () => {
    for (const [name, code] of Object.entries(messageCodes)) expect(messageNameOf(code)).toBe(name)
    expect(messageNameOf(27)).toBeUndefined()
    expect(messageNameOf(200)).toBeUndefined()
  })

  test('quorum words and numbers survive the wire', () => {
    for (const word of ['one', 'quorum', 'all', 'default', 0, 1, 3] as const) {
      expect(decodeQuorum(encodeQuorum(word))).toBe(word)
    }
  })

  test('garbage is a MalformedMessageError and nothing else (random bytes, every message)', () => {
    const names = Object.keys(messageCodes) as MessageName[]
    expect(() => decodeMessage('RpbGetReq', Buffer.from('ffffffff', 'hex'))).toThrow(
      MalformedMessageError,
    )
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.uint8Array({ maxLength: 60 }), (name, body) => {
        try {
          decodeMessage(name, body)
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessageError)
        }
      }),
    )
  })

  test('what is encoded is decoded again (random messages of every kind)', () => {
    const names = Object.keys(messageCodes) as MessageName[]
    fc.assert(
      fc.property(
        fc.constantFrom(...names).chain((name) => fc.tuple(fc.constant(name), anyMessage(name, 3))),
        ([name, message]) => {
          const body = encodeBody(name, message)
          const again = encodeBody(name, decodeMessage(name, body))
          expect(again.toString('hex')).toBe(body.toString('hex'))
          expect(decodeMessage(name, body)).toMatchObject(message)
        },
      ),
      { numRuns: 300 },
    )
  })
})

/** Any message of this name, nested `depth` deep at most. */
function anyMessage(name: keyof typeof fieldTable, depth: number): fc.Arbitrary<object> {
  const fields = fieldTable[name] as Readonly<Record<string, FieldSpec>>
  const parts = Object.entries(fields).map(
    ([field, spec]) => [field, anyField(spec, depth)] as const,
  )
  return fc.record(Object.fromEntries(parts), { requiredKeys: [] })
}

function anyField(spec: FieldSpec, depth: number): fc.Arbitrary<unknown> {
  const value = anyValue(spec, depth)
  return spec.rule === 'repeated' ? fc.array(value, { minLength: 1, maxLength: 3 }) : value
}

function anyValue({ type }: FieldSpec, depth: number): fc.Arbitrary<unknown> {
  if (type === 'bytes') return fc.uint8Array({ maxLength: 9 }).map((b) => Buffer.from(b))
  if (type === 'uint32') return fc.nat(0xffffffff)
  if (type === 'bool') return fc.boolean()
  if (type === 'sint64') return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  if (type === 'uint64') return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
  return depth === 0 ? fc.constant({}) : anyMessage(type, depth - 1)
}
