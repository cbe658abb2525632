import { describe, expect, test } from 'vitest'
import { VclockError, encodeVclock } from '../../../src/causality/vclock.ts'
import type { EmbeddedRiakNode } from '../../../src/embedded/node.ts'
import type { NodeGetResult, NodePutOptions } from '../../../src/embedded/requests.ts'
import { objectKey, partitionRange } from '../../../src/embedded/vnode/disk-keys.ts'
import { metaKeys } from '../../../src/embedded/vnode/meta-keys.ts'
import type { RiakObject } from '../../../src/embedded/vnode/riak-object.ts'
import { MemoryDisk } from '../../../src/runtime/memory-disk.ts'
import { FaultyDisk } from '../../support/faulty-disk.ts'
import { bucketId, bytes, openEmbedded, text, withType } from '../../support/open-embedded.ts'

const raw = bucketId('default', 'raw')
const posts = bucketId('posts', 'site')
const texts = (result: NodeGetResult | RiakObject): string[] => {
  const object =
    'values' in result ? result : result.kind === 'notfound' ? undefined : result.object
  return (object?.values ?? []).map((v) => (v.isTombstone ? '(deleted)' : text(v.value)))
}
const contextOf = (result: NodeGetResult): NodePutOptions =>
  result.kind === 'notfound' ? {} : { vclock: encodeVclock(result.object.vclock) }
const put = (node: EmbeddedRiakNode, value: string, options: NodePutOptions = {}, of = posts) =>
  node.put(of, bytes('k'), { value: bytes(value), contentType: 'text/plain' }, options)
async function opened(options: Parameters<typeof openEmbedded>[0] = {}) {
  const all = await openEmbedded(options)
  if (all.node.bucketTypes.status('posts').kind === 'undefined') await withType(all.node, 'posts')
  return all
}
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 300; turn++) await Promise.resolve()
}

describe('get and put', () => {
  test('what was acknowledged is read at once, with all that came with it', async () => {
    const { node } = await opened()
    const content = {
      value: bytes('{"a":1}'),
      contentType: 'application/json',
      charset: 'utf-8',
      contentEncoding: 'identity',
      userMeta: [{ key: bytes('Who'), value: bytes('me') }],
      links: [{ bucket: bytes('b'), key: bytes('k'), tag: bytes('t') }],
      indexes: [{ field: 'Tag_Bin', value: bytes('x') }],
    }
    await node.put(posts, bytes('k'), content, {})
    const result = await node.get(posts, bytes('k'), {})
    expect(result.kind).toBe('found')
    if (result.kind !== 'found') return
    const [value] = result.object.values
    expect(value).toMatchObject({
      contentType: 'application/json',
      charset: 'utf-8',
      isTombstone: false,
    })
    expect(text(value?.value ?? bytes(''))).toBe('{"a":1}')
    expect(value?.userMeta?.map((pair) => text(pair.key))).toEqual(['Who'])
    expect(value?.links?.map((link) => text(link.tag))).toEqual(['t'])
    expect(value?.indexes?.map(({ field }) => field)).toEqual(['tag_bin'])
    expect(value?.vtag).toMatch(/^[0-9A-Za-z]{15,22}$/)
    expect(value?.lastModified.seconds).toBe(Date.parse('2026-11-23T12:00:00Z') / 1_000)
  })

  test('a put without key is given one in base 62', async () => {
    const { node } = await opened()
    const { key } = await node.put(posts, undefined, { value: bytes('v') }, {})
    expect(text(key)).toMatch(/^[0-9A-Za-z]{20,27}$/)
    expect(texts(await node.get(posts, key, {}))).toEqual(['v'])
  })

  test('returnBody gives all siblings, returnHead the same without values, neither nothing', async () => {
    const { node } = await opened()
    expect((await put(node, 'one')).object).toBeUndefined()
    const { object } = await put(node, 'two', { returnBody: true })
    expect(object && texts(object)).toEqual(['one', 'two'])
    const head = (await put(node, 'three', { returnHead: true })).object
    expect(head?.values.map((v) => [v.value.length, v.contentType])).toEqual([
      [0, 'text/plain'],
      [0, 'text/plain'],
      [0, 'text/plain'],
    ])
  })

  test('a put with the context of what was read replaces it; without, it is a sibling', async () => {
    const { node } = await opened()
    await put(node, 'one')
    const read = await node.get(posts, bytes('k'), {})
    await put(node, 'two', contextOf(read))
    expect(texts(await node.get(posts, bytes('k'), {}))).toEqual(['two'])
    await put(node, 'stale', contextOf(read))
    expect(texts(await node.get(posts, bytes('k'), {}))).toEqual(['stale', 'two'])
  })

  test('the default type keeps one value: the newest', async () => {
    const { node } = await opened()
    await put(node, 'one', {}, raw)
    await put(node, 'two', {}, raw)
    expect(texts(await node.get(raw, bytes('k'), {}))).toEqual(['two'])
  })

  test('a hundred puts of one key at once all stay, none twice (allow_mult, no context)', async () => {
    const { node } = await opened()
    const names = Array.from({ length: 100 }, (_, n) => `v${String(n).padStart(2, '0')}`)
    await Promise.all(names.map((name) => put(node, name)))
    expect(texts(await node.get(posts, bytes('k'), {}))).toEqual(names)
  })

  test('two tags and dates of one millisecond differ, and follow a clock that is set back', async () => {
    const { node, clock } = await opened()
    const stamps: string[] = []
    const stamp = async (): Promise<void> => {
      const { object } = await put(node, 'v', { returnBody: true }, raw)
      const { vtag, lastModified } = object?.values[0] ?? { vtag: '', lastModified: undefined }
      stamps.push(vtag)
      seconds.push(lastModified?.seconds ?? 0)
    }
    const seconds: number[] = []
    await stamp()
    await stamp()
    clock.jump(-3_600_000)
    await node.delete(raw, bytes('k'), {})
    const { object } = await node.put(
      raw,
      bytes('other'),
      { value: bytes('v') },
      { returnBody: true },
    )
    expect(new Set(stamps).size).toBe(2)
    expect((seconds[0] ?? 0) - (object?.values[0]?.lastModified.seconds ?? 0)).toBe(3_600)
  })

  test('an unknown or inactive type is no_type', async () => {
    const { node } = await opened()
    await node.bucketTypes.create('sleeping', new Map())
    for (const type of ['nosuch', 'sleeping']) {
      const of = bucketId(type, 'b')
      await expect(node.get(of, bytes('k'), {})).rejects.toThrow('no_type')
      await expect(node.put(of, bytes('k'), { value: bytes('v') }, {})).rejects.toThrow('no_type')
      await expect(node.delete(of, bytes('k'), {})).rejects.toThrow('no_type')
    }
  })

  test('a context that is none is an internal error, before anything is stored', async () => {
    const { node } = await opened()
    await expect(put(node, 'v', { vclock: bytes('zzz') })).rejects.toThrow(VclockError)
    const bomb = Buffer.from('636018050000', 'hex')
    await expect(put(node, 'v', { vclock: bomb })).rejects.toThrow(VclockError)
    expect((await node.get(posts, bytes('k'), {})).kind).toBe('notfound')
  })

  test("an index field that cannot be is the precommit hook's refusal (captures/pb-client-2)", async () => {
    const { node } = await opened()
    const bad = node.put(
      posts,
      bytes('k'),
      { value: bytes('v'), indexes: [{ field: 'bad', value: bytes('x') }] },
      {},
    )
    await expect(bad).rejects.toThrow('{precommit_fail,[{unknown_field_type,<<"bad">>}]}')
    // The quorum is checked before any hook runs.
    const worse = node.put(
      posts,
      bytes('k'),
      { value: bytes('v'), indexes: [{ field: 'bad', value: bytes('x') }] },
      { w: 4 },
    )
    await expect(worse).rejects.toThrow('{n_val_violation,3}')
  })

  test('the preference list of raw/kd is 43, 44, 45, all primaries (captures/pb-raw-2)', async () => {
    const { node } = await opened()
    expect(node.preflist(raw, bytes('kd'))).toEqual(
      [43, 44, 45].map((partition) => ({ partition, node: 'dev1@127.0.0.1', isPrimary: true })),
    )
  })
})

describe('conditional puts (32)', () => {
  test('if_none_match: match_found where something is, else stored', async () => {
    const { node } = await opened()
    await put(node, 'one', { ifNoneMatch: true })
    await expect(put(node, 'two', { ifNoneMatch: true })).rejects.toThrow('match_found')
    await node.delete(posts, bytes('k'), {})
    await put(node, 'three', { ifNoneMatch: true })
    expect(texts(await node.get(posts, bytes('k'), {}))).toContain('three')
  })

  test('if_not_modified: notfound, modified, or stored', async () => {
    const { node } = await opened()
    await expect(put(node, 'v', { ifNotModified: true })).rejects.toThrow('notfound')
    await put(node, 'one')
    const read = contextOf(await node.get(posts, bytes('k'), {}))
    await put(node, 'two', { ...read, ifNotModified: true })
    await expect(put(node, 'three', { ...read, ifNotModified: true })).rejects.toThrow('modified')
    expect(texts(await node.get(posts, bytes('k'), {}))).toEqual(['two'])
  })

  test('conditional puts at once: what was acknowledged is there, at most as siblings', async () => {
    const { node } = await opened()
    const all = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => put(node, `v${n}`, { ifNoneMatch: true })),
    )
    const acked = all.flatMap((result, n) => (result.status === 'fulfilled' ? [`v${n}`] : []))
    expect(acked.length).toBeGreaterThan(0)
    expect(texts(await node.get(posts, bytes('k'), {}))).toEqual(acked)
  })
})

describe('delete', () => {
  test('an absent key is deleted without a trace', async () => {
    const { node } = await opened()
    await node.delete(posts, bytes('none'), {})
    expect((await node.get(posts, bytes('none'), {})).kind).toBe('notfound')
  })

  test('as captured: deleted with a clock, written over, single again (pb-raw-2)', async () => {
    const { node } = await opened()
    await put(node, 'v', {}, raw)
    await node.delete(raw, bytes('k'), {})
    const deleted = await node.get(raw, bytes('k'), {})
    expect(deleted.kind).toBe('deleted')
    expect(deleted.kind === 'deleted' && deleted.object.vclock.map((e) => e.counter)).toEqual([2])
    const { object } = await put(node, 'v2', { returnBody: true }, raw)
    expect(object && texts(object)).toEqual(['v2'])
    expect(object?.vclock.map((e) => e.counter)).toEqual([3])
  })

  test("after 2 ms and the delete mode's 3 s nothing is left, on no replica", async () => {
    const { node, clock, disk } = await opened()
    await put(node, 'v')
    await node.delete(posts, bytes('k'), {})
    clock.advance(2)
    await turns()
    clock.advance(3_000)
    await turns()
    expect((await node.get(posts, bytes('k'), {})).kind).toBe('notfound')
    for (let partition = 0; partition < 64; partition++) {
      for await (const entry of disk.scan(partitionRange('o', partition)))
        expect(entry).toBeUndefined()
    }
  })

  test('covers what its clock has seen, and leaves what was written beside it', async () => {
    const { node } = await opened()
    await put(node, 'one')
    const read = await node.get(posts, bytes('k'), {})
    await put(node, 'beside')
    await node.delete(posts, bytes('k'), contextOf(read))
    expect(texts(await node.get(posts, bytes('k'), {}))).toEqual(['(deleted)', 'beside'])
  })

  test.each([
    [{ rw: 4 }, '{n_val_violation,3}'],
    [{ r: 4 }, '{n_val_violation,3}'],
    [{ w: 4 }, '{n_val_violation,3}'],
  ])('quorums beyond N are refused: %o', async (options, expected) => {
    const { node } = await opened()
    await put(node, 'v')
    await expect(node.delete(posts, bytes('k'), options)).rejects.toThrow(expected)
    expect((await node.get(posts, bytes('k'), {})).kind).toBe('found')
  })
})

describe('a stored object that cannot be read', () => {
  test('counts as absent on that replica, is logged, repaired by a read and covered by a write', async () => {
    const log: string[] = []
    const disk = new MemoryDisk()
    const { node } = await opened({ disk, log: { write: (_, event) => void log.push(event) } })
    await put(node, 'v')
    const at = { ...posts, key: bytes('k') }
    const [first] = node.preflist(posts, bytes('k'))
    const damaged = objectKey(first?.partition ?? 0, at)
    await disk.write([{ kind: 'put', key: damaged, value: bytes('rubbish') }])
    expect(texts(await node.get(posts, bytes('k'), { r: 3 }))).toEqual(['v'])
    expect(log).toContain('a stored object cannot be read and counts as absent')
    await turns()
    expect((await disk.get(damaged))?.[0]).toBe(53)
    for (const { partition } of node.preflist(posts, bytes('k'))) {
      await disk.write([{ kind: 'put', key: objectKey(partition, at), value: bytes('rubbish') }])
    }
    expect((await node.get(posts, bytes('k'), {})).kind).toBe('notfound')
    await put(node, 'again')
    expect(texts(await node.get(posts, bytes('k'), {}))).toEqual(['again'])
  })
})

describe('overload and stopping', () => {
  test('requests beyond the limit are answered overload, and counted', async () => {
    const { node } = await opened({ fsmLimit: 3 })
    const all = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => put(node, `v${n}`)))
    const refused = all.filter((result) => result.status === 'rejected')
    expect(refused.length).toBe(7)
    expect(refused.every((result) => String(result.reason).includes('overload'))).toBe(true)
    expect(node.stats()['node_put_fsm_rejected_total']).toBe(7)
    await put(node, 'later')
  })

  test('stop lets what is under way end, then refuses', async () => {
    const disk = new MemoryDisk()
    const { node } = await opened({ disk })
    const under = put(node, 'v')
    const stopped = node.stop()
    await under
    await stopped
    await expect(put(node, 'late')).rejects.toThrow('all_nodes_down')
    await node.stop()
  })

  test('a disk that refuses writes fails puts, and nothing else', async () => {
    const disk = new FaultyDisk()
    const { node } = await opened({ disk })
    await put(node, 'v')
    disk.failWrites(new Error('disk full'))
    await expect(put(node, 'w')).rejects.toThrow('disk_failure')
    expect(texts(await node.get(posts, bytes('k'), {}))).toEqual(['v'])
    disk.failWrites(undefined)
    await put(node, 'x')
    expect(texts(await node.get(posts, bytes('k'), {}))).toEqual(['v', 'x'])
  })
})

describe('opening', () => {
  const options = (disk: MemoryDisk, more = {}) => openEmbedded({ disk, ...more })

  test('another name, another ring size, or a newer format are refused in words', async () => {
    const disk = new MemoryDisk()
    await options(disk, { ringSize: 16 })
    await expect(options(disk, { name: 'dev2@127.0.0.1' })).rejects.toThrow(
      'the data belongs to node dev1@127.0.0.1, not dev2@127.0.0.1',
    )
    await expect(options(disk, { ringSize: 64 })).rejects.toThrow('a ring of 16 partitions')
    expect((await options(disk)).node.ring().size).toBe(16)
    const newer = Buffer.from(JSON.stringify({ format: 99 }))
    await disk.write([{ kind: 'put', key: metaKeys.node(), value: newer }])
    await expect(options(disk)).rejects.toThrow('written by a newer version (format 99')
  })

  test.each([0, 7, 12, 2_048])('a ring of %i partitions is refused', async (ringSize) => {
    await expect(options(new MemoryDisk(), { ringSize })).rejects.toThrow('power of two')
  })

  test("the ring is the node's alone, and stats say so", async () => {
    const { node } = await opened()
    expect(node.ring()).toMatchObject({ size: 64, members: ['dev1@127.0.0.1'] })
    await put(node, 'v')
    await node.get(posts, bytes('k'), {})
    expect(node.stats()).toMatchObject({
      node_gets: 1,
      node_gets_total: 1,
      node_puts: 1,
      node_puts_total: 1,
      vnode_gets: 3,
      vnode_puts: 3,
      ring_num_partitions: 64,
      ring_members: ['dev1@127.0.0.1'],
      ring_ownership: "[{'dev1@127.0.0.1',64}]",
      riak_kv_vnodes_running: 64,
      storage_backend: 'riak_kv_eleveldb_backend',
      sys_system_version: 'Ringpost, embedded node, as Riak 3.2.3',
      read_repairs_total: 0,
    })
  })

  test("a minute later the minute's numbers are gone, the totals stay", async () => {
    const { node, clock } = await opened()
    await put(node, 'v')
    clock.advance(61_000)
    expect(node.stats()).toMatchObject({ node_puts: 0, node_puts_total: 1 })
  })
})
