import { describe, expect, test } from 'vitest'
import { roomTypes } from '../../../buckets/rooms.ts'
import { bucketTypeFaults } from '../../../src/commands/bucket-types.ts'
import { OperationError } from '../../../src/kernel/errors.ts'
import type { BucketProps, RiakKv } from '../../../src/riak/riak-kv.ts'

/** A cluster of which only the properties of types can be asked. */
const cluster = (
  props: (type: string) => BucketProps,
  ofBucket: (type: string) => BucketProps = props,
): RiakKv =>
  ({
    typeProps: async (type: string) => props(type),
    bucketProps: async ({ type }: { type: string }) => ofBucket(type),
  }) as unknown as RiakKv
const wanted = (type: string): BucketProps => {
  // What Protocol Buffers has a field for.
  const { props } = roomTypes.find((room) => room.type === type)!
  return Object.fromEntries(Object.entries(props).filter(([name]) => name !== 'dvv_enabled'))
}

describe('the bucket types of a cluster', () => {
  test('all as they must be, as the protocol shows them (dvv_enabled it cannot show): nothing', async () => {
    expect(await bucketTypeFaults(cluster(wanted), 'blog')).toEqual([])
  })

  test('a type that is missing, and a property that would lose writes, are each named', async () => {
    const faults = await bucketTypeFaults(
      cluster((type) => {
        if (type === 'slugs') throw new OperationError('BLOG_NO_BUCKET_TYPE', 'no_type')
        if (type === 'posts') return { ...wanted(type), allow_mult: false }
        if (type === 'counters') return { n_val: 3, allow_mult: true }
        return wanted(type)
      }),
      'blog',
    )
    expect(faults).toEqual([
      { kind: 'type', type: 'posts', property: 'allow_mult', shown: 'false', wanted: true },
      { kind: 'missing', type: 'slugs' },
      {
        kind: 'type',
        type: 'counters',
        property: 'datatype',
        shown: 'not set',
        wanted: 'counter',
      },
    ])
  })

  test('a bucket of the blog with a property of its own is named, though its type is right', async () => {
    const faults = await bucketTypeFaults(
      cluster(wanted, (type) => ({ ...wanted(type), ...(type === 'posts' ? { n_val: 1 } : {}) })),
      'blog',
    )
    expect(faults).toEqual([
      { kind: 'bucket', type: 'posts', bucket: 'blog', property: 'n_val', shown: '1', wanted: 3 },
    ])
  })

  test('a cluster that does not answer is an error, not a missing type', async () => {
    const away = cluster(() => {
      throw new OperationError('BLOG_UNAVAILABLE', 'away')
    })
    await expect(bucketTypeFaults(away, 'blog')).rejects.toThrow('away')
  })
})
