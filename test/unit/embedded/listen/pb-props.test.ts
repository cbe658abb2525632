import { describe, expect, test } from 'vitest'
import { decodeProps, encodeProps } from '../../../../src/embedded/listen/pb-props.ts'
import { defaultTypeProps, newTypeProps } from '../../../../src/embedded/ring/bucket-props.ts'
import { encodeBody } from '../../../../src/wire/messages.ts'

describe('bucket properties on the wire', () => {
  test('the defaults are written as a real Riak 3.2.3 wrote them (bucket raw, type sib)', () => {
    const hex = [defaultTypeProps, newTypeProps].map((props) =>
      encodeBody('RpbGetBucketResp', { props: encodeProps(props) }).toString('hex'),
    )
    const middle =
      '2801380142220a0e7269616b5f636f72655f7574696c121063686173685f7374645f6b657966756e4a2b0a167269616b5f6b765f776d5f6c696e6b5f77616c6b657212116d61707265647563655f6c696e6b66756e5080a305581460326832700078fdffffff0f8001fdffffff0f8801009001fdffffff0f9801fdffffff0fa00100a80101'
    expect(hex).toEqual([`0a9101080310001800${middle}c00103e00100`, `0a8b01080310011800${middle}`])
  })

  test('what is written is read again', () => {
    const props = new Map(
      Object.entries({
        n_val: 2,
        allow_mult: true,
        precommit: [{ mod: 'm', fun: 'f' }, 'a JavaScript name'],
        postcommit: [],
        linkfun: { mod: 'a', fun: 'b' },
        r: 'one',
        pw: 2,
        repl: 'realtime',
        datatype: 'counter',
        hll_precision: 14,
      }),
    )
    expect(decodeProps(encodeProps(props))).toEqual(props)
  })

  test('a list of hooks counts only where the client says it has one', () => {
    expect(decodeProps({ precommit: [{ name: Buffer.from('x') }] }).size).toBe(0)
    expect([...decodeProps({ has_precommit: true })]).toEqual([['precommit', []]])
  })

  test('nothing sent, nothing set; what the wire has no field for stays here', () => {
    expect(decodeProps(undefined).size).toBe(0)
    expect(encodeProps(new Map([['node_confirms', 1]]))).toEqual({})
  })
})
