/** Gets and puts go past joi: what leaves must be what a command that joi has checked would send. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { causalContext } from '../../../src/causality/causal-context.ts'
import type { ClientCommand } from '../../../src/riak/client/client-types.ts'
import { Encoder } from '../../../src/riak/client/encode.ts'
import { loadClient } from '../../../src/riak/client/load-client.ts'
import type { Content, GetOptions, PutOptions } from '../../../src/riak/riak-kv.ts'

/** What `RiakConnection#execute` asks of a command, and writes. */
interface Sendable {
  getRiakMessage(): { readonly header: Buffer; readonly protobuf?: Buffer }
}

const client = loadClient()
const encoder = new Encoder(client)

function sent(command: ClientCommand): Buffer {
  const { header, protobuf } = (command as ClientCommand & Sendable).getRiakMessage()
  return Buffer.concat(protobuf === undefined ? [header] : [header, protobuf])
}

/** What was asked, without what joi fills in: it takes `null` as a default only. */
function asked({ options }: ClientCommand): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null))
}

const names = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
const locations = fc.record({ type: names, bucket: names, key: names })
const quorums = fc.oneof(
  fc.constantFrom('one' as const, 'quorum' as const, 'all' as const, 'default' as const),
  fc.nat(9),
)
const timeouts = fc.integer({ min: 1, max: 60_000 })
const gets: fc.Arbitrary<GetOptions> = fc.record(
  {
    r: quorums,
    pr: quorums,
    notFoundOk: fc.boolean(),
    basicQuorum: fc.boolean(),
    deletedContext: fc.boolean(),
    head: fc.boolean(),
  },
  { requiredKeys: [] },
)
const puts: fc.Arbitrary<PutOptions> = fc.record(
  {
    w: quorums,
    dw: quorums,
    pw: quorums,
    context: fc.uint8Array({ minLength: 1, maxLength: 40 }).map(causalContext),
    returnBody: fc.boolean(),
    ifNoneMatch: fc.boolean(),
    ifNotModified: fc.boolean(),
  },
  { requiredKeys: [] },
)
const contents: fc.Arbitrary<Content> = fc.record(
  {
    value: fc.uint8Array({ maxLength: 600 }),
    contentType: names,
    indexes: fc.array(fc.record({ field: fc.constantFrom('a_bin', 'b_bin'), value: names })),
    userMeta: fc.dictionary(names, names),
  },
  { requiredKeys: ['value', 'contentType'] },
)

describe('a command that joi has not seen', () => {
  test('asks for a value byte for byte as one that joi has checked', () => {
    fc.assert(
      fc.property(locations, gets, timeouts, (at, options, timeout) => {
        const quick = encoder.get(at, options, timeout)
        const checked = new client.commands.KV.FetchValue(asked(quick), () => undefined)
        expect(sent(quick)).toEqual(sent(checked))
        expect(quick.expectedCode).toBe(checked.expectedCode)
      }),
    )
  })

  test('stores a value byte for byte as one that joi has checked', () => {
    fc.assert(
      fc.property(locations, contents, puts, timeouts, (at, content, options, timeout) => {
        const quick = encoder.put(at, content, options, timeout)
        const checked = new client.commands.KV.StoreValue(asked(quick), () => undefined)
        expect(sent(quick)).toEqual(sent(checked))
        expect(quick.expectedCode).toBe(checked.expectedCode)
      }),
    )
  })

  test('takes nothing over from the command before it', () => {
    const at = { type: 't', bucket: 'b', key: 'k' }
    const plain = sent(encoder.get(at, {}, 4_000))
    const other = sent(encoder.get({ ...at, key: 'other' }, { r: 3, head: true }, 1))
    expect(other).not.toEqual(plain)
    expect(sent(encoder.get(at, {}, 4_000))).toEqual(plain)
  })

  test('is a frame of its own: a second one leaves the first as it was', () => {
    const at = { type: 't', bucket: 'b', key: 'k' }
    const first = sent(encoder.get(at, {}, 4_000))
    const copy = Buffer.from(first)
    sent(encoder.get({ ...at, key: 'q'.repeat(500) }, {}, 4_000))
    expect(first).toEqual(copy)
    expect(first.readUInt32BE(0)).toBe(first.length - 4)
  })
})
