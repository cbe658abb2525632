import { beforeAll, describe, expect, test } from 'vitest'
import { checkRead, checkWrite, place } from '../../../../src/embedded/quorum/request.ts'
import type { Cluster } from '../../../../src/embedded/quorum/request.ts'
import { Buckets } from '../../../../src/embedded/ring/buckets.ts'
import { claimFresh } from '../../../../src/embedded/ring/claim.ts'
import type { NodeGetOptions, NodePutOptions } from '../../../../src/embedded/requests.ts'
import { MemoryDisk } from '../../../../src/runtime/memory-disk.ts'

const at = { type: Buffer.from('default'), bucket: Buffer.from('q'), key: Buffer.from('k0') }
let buckets: Buckets
beforeAll(async () => {
  buckets = new Buckets(new MemoryDisk(), 'a')
  await buckets.load()
})
const three = claimFresh(64, ['a', 'b', 'c'])
/** Nodes that are up, of three. */
const cluster = (up: string): Cluster => ({
  ring: three,
  isUp: (node) => up.includes(node),
  buckets,
})
const refusal = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    return (error as Error).message
  }
  return 'ok'
}
const read = (up: string, options: NodeGetOptions): string =>
  refusal(() => checkRead(place(cluster(up), at, options), options))
const write = (up: string, options: NodePutOptions): string =>
  refusal(() => checkWrite(place(cluster(up), at, options), options))

describe('before a read (captures/quorum/*/pb.txt)', () => {
  test.each<[string, NodeGetOptions, string]>([
    ['abc', {}, 'ok'],
    ['abc', { r: 4 }, '{n_val_violation,3}'],
    ['abc', { r: 0 }, 'ok'],
    ['abc', { r: -1 }, 'ok'],
    ['abc', { pr: 4 }, '{n_val_violation,3}'],
    ['abc', { nVal: 4 }, '{n_val_violation,4}'],
    ['abc', { nVal: 0 }, '{n_val_violation,0}'],
    ['abc', { nVal: 1 }, 'ok'],
    ['abc', { nodeConfirms: 4 }, '{insufficient_nodes,3,need,4}'],
    ['a', { nodeConfirms: 2 }, '{insufficient_nodes,1,need,2}'],
    ['a', { pr: 2 }, '{pr_val_unsatisfied,2,1}'],
    ['a', { pr: 'quorum' }, '{pr_val_unsatisfied,2,1}'],
    ['a', { sloppyQuorum: false }, '{insufficient_vnodes,1,need,2}'],
    ['a', { sloppyQuorum: false, r: 3 }, '{insufficient_vnodes,1,need,3}'],
    ['a', { r: 'all' }, 'ok'],
    ['a', { r: 4, pr: 4 }, '{n_val_violation,3}'],
    ['a', { r: 4, pr: 3, nodeConfirms: 4 }, '{n_val_violation,3}'],
    ['a', { pr: 3, nodeConfirms: 4 }, '{pr_val_unsatisfied,3,1}'],
  ])('with %s up, %o: %s', (up, options, expected) => {
    expect(read(up, options)).toBe(expected)
  })
})

describe('before a write', () => {
  test.each<[string, NodePutOptions, string]>([
    ['abc', {}, 'ok'],
    ['abc', { w: 4 }, '{n_val_violation,3}'],
    ['abc', { dw: 4 }, '{n_val_violation,3}'],
    ['abc', { pw: 4 }, '{n_val_violation,3}'],
    ['abc', { nodeConfirms: 4 }, '{n_val_violation,3}'],
    ['abc', { dw: 0, w: 0 }, 'ok'],
    ['a', { pw: 3 }, '{pw_val_unsatisfied,3,1}'],
    ['a', { nodeConfirms: 3 }, 'ok'],
    ['a', { sloppyQuorum: false }, '{insufficient_vnodes,1,need,2}'],
    ['', {}, 'all_nodes_down'],
    ['', { w: 4 }, '{n_val_violation,3}'],
  ])('with %s up, %o: %s', (up, options, expected) => {
    expect(write(up, options)).toBe(expected)
  })

  test('the coordinator always stores: dw=0 asks for one', () => {
    expect(checkWrite(place(cluster('abc'), at, {}), { dw: 0 }).dw).toBe(1)
  })
})

describe("a key's place", () => {
  test('an unknown type is no_type, a key above 65,536 bytes key_too_large', () => {
    const typed = { ...at, type: Buffer.from('nosuch') }
    expect(refusal(() => place(cluster('abc'), typed, {}))).toBe('no_type')
    const long = { ...at, key: Buffer.alloc(65_537) }
    expect(refusal(() => place(cluster('abc'), long, {}))).toBe('key_too_large')
    expect(refusal(() => place(cluster('abc'), { ...at, key: Buffer.alloc(65_536) }, {}))).toBe(
      'ok',
    )
  })
})
