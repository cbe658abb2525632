import { describe, expect, test } from 'vitest'
import type { PropValue } from '../../../../src/embedded/ring/bucket-props.ts'
import { BucketPropsError, Buckets } from '../../../../src/embedded/ring/buckets.ts'
import { MemoryDisk } from '../../../../src/runtime/memory-disk.ts'

const props = (entries: Record<string, PropValue>) => new Map(Object.entries(entries))
const of = (type: string, bucket: string) => ({
  type: Buffer.from(type),
  bucket: Buffer.from(bucket),
})
async function opened(disk = new MemoryDisk()) {
  const buckets = new Buckets(disk, 'dev1@127.0.0.1')
  await buckets.load()
  return { disk, buckets }
}

describe('bucket types', () => {
  test('a type is unknown, then ready, then active, and only then usable', async () => {
    const { buckets } = await opened()
    const { types } = buckets
    expect(types.status('posts')).toEqual({ kind: 'undefined' })
    expect(await types.create('posts', props({ n_val: 2 }))).toEqual({ kind: 'done' })
    expect(types.status('posts').kind).toBe('ready')
    expect(buckets.settings(of('posts', 'b'))).toBeUndefined()
    expect(types.anyActivated()).toBe(false)
    expect(await types.activate('posts')).toEqual({ kind: 'done' })
    expect(types.status('posts').kind).toBe('active')
    expect(buckets.settings(of('posts', 'b'))?.nVal).toBe(2)
    expect(types.anyActivated()).toBe(true)
  })

  test('create may be repeated until the type is active, never afterwards', async () => {
    const { types } = (await opened()).buckets
    await types.create('t', props({ n_val: 2 }))
    expect(await types.create('t', props({ n_val: 1 }))).toEqual({ kind: 'done' })
    await types.activate('t')
    expect(await types.create('t', props({}))).toEqual({
      kind: 'refused',
      reason: 'already_active',
    })
    expect(await types.activate('t')).toEqual({ kind: 'done' })
  })

  test('update needs an active type, and default is never changed', async () => {
    const { types } = (await opened()).buckets
    expect(await types.update('t', props({}))).toEqual({ kind: 'refused', reason: 'undefined' })
    await types.create('t', props({}))
    expect(await types.update('t', props({}))).toEqual({ kind: 'refused', reason: 'not_active' })
    expect(await types.activate('nope')).toEqual({ kind: 'refused', reason: 'undefined' })
    for (const change of [types.create('default', props({})), types.update('default', props({}))]) {
      expect(await change).toEqual({ kind: 'refused', reason: 'default_type' })
    }
  })

  test('a created type shows its properties as Riak: backwards, claimant last; sorted once updated', async () => {
    const { types } = (await opened()).buckets
    await types.create('maps', props({ datatype: 'map' }))
    const names = () => {
      const status = types.status('maps')
      return status.kind === 'undefined' ? [] : [...status.props.keys()]
    }
    expect(names().slice(-4)).toEqual(['allow_mult', 'datatype', 'active', 'claimant'])
    expect(names()[0]).toBe('young_vclock')
    await types.activate('maps')
    await types.update('maps', props({ n_val: 2 }))
    expect(names()).toEqual(names().toSorted())
  })

  test('types and their order survive a restart', async () => {
    const { disk, buckets } = await opened()
    await buckets.types.create('a', props({ n_val: 2 }))
    await buckets.types.create('b', props({}))
    await buckets.types.activate('b')
    const again = (await opened(disk)).buckets
    expect(again.types.list()).toEqual(buckets.types.list())
    expect(again.types.list()).toEqual([
      { type: 'default', active: true },
      { type: 'a', active: false },
      { type: 'b', active: true },
    ])
    expect(again.types.status('a')).toEqual(buckets.types.status('a'))
  })
})

describe('properties of buckets', () => {
  test("a bucket shows its type's properties after its name, sorted with it once it has its own", async () => {
    const { buckets } = await opened()
    expect([...buckets.props(of('default', 'b')).keys()].slice(0, 2)).toEqual([
      'name',
      'allow_mult',
    ])
    await buckets.setProps(of('default', 'b'), props({ allow_mult: true }))
    const own = buckets.props(of('default', 'b'))
    expect([...own.keys()]).toEqual([...own.keys()].toSorted())
    expect(own.get('name')).toBe('b')
    expect(buckets.settings(of('default', 'b'))?.allowMult).toBe(true)
    expect(buckets.settings(of('default', 'other'))?.allowMult).toBe(false)
  })

  test("own properties beat the type's, live through restarts, and are gone after a reset", async () => {
    const { disk, buckets } = await opened()
    const at = of('default', 'b\0c')
    await buckets.setProps(at, props({ r: 1 }))
    await buckets.setProps(at, props({ n_val: 5 }))
    const again = (await opened(disk)).buckets
    expect(again.settings(at)).toMatchObject({ nVal: 5, quorums: { r: 1 } })
    await again.resetProps(at)
    expect(again.settings(at)).toMatchObject({ nVal: 3, quorums: { r: 'quorum' } })
    expect((await opened(disk)).buckets.settings(at)?.nVal).toBe(3)
  })

  test("bad values are refused with Riak's text and change nothing", async () => {
    const { buckets } = await opened()
    const at = of('default', 'b')
    const error = await buckets.setProps(at, props({ n_val: 'x' })).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(BucketPropsError)
    expect((error as BucketPropsError).text).toBe(
      'Invalid bucket properties: [{n_val,not_integer}]',
    )
    expect(buckets.settings(at)?.nVal).toBe(3)
  })

  test('a type of unknown name is refused in the words of each request', async () => {
    const { buckets } = await opened()
    expect(() => buckets.props(of('nosuch', 'b'))).toThrow("No bucket-type named 'nosuch'")
    expect(() => buckets.typeProps(Buffer.from('nosuch'))).toThrow(
      'Invalid bucket type: <<"nosuch">>',
    )
    await expect(buckets.setProps(of('nosuch', 'b'), props({}))).rejects.toThrow('No bucket-type')
  })

  test('a change of the type reaches its buckets at once', async () => {
    const { buckets } = await opened()
    await buckets.types.create('t', props({}))
    await buckets.types.activate('t')
    expect(buckets.settings(of('t', 'b'))?.nVal).toBe(3)
    await buckets.setTypeProps(Buffer.from('t'), props({ n_val: 2 }))
    expect(buckets.settings(of('t', 'b'))?.nVal).toBe(2)
  })
})
