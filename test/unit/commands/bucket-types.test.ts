import { describe, expect, test } from 'vitest'
import { roomTypes } from '../../../buckets/rooms.ts'
import { wrongBucketTypes } from '../../../src/commands/bucket-types.ts'
import { OperationError } from '../../../src/kernel/errors.ts'
import type { BucketProps, RiakKv } from '../../../src/riak/riak-kv.ts'

/** A cluster of which only the properties of types can be asked. */
const cluster = (props: (type: string) => BucketProps): RiakKv =>
  ({ typeProps: async (type: string) => props(type) }) as unknown as RiakKv
const wanted = (type: string): BucketProps => {
  // What Protocol Buffers has a field for.
  const { props } = roomTypes.find((room) => room.type === type)!
  return Object.fromEntries(Object.entries(props).filter(([name]) => name !== 'dvv_enabled'))
}

describe('the bucket types of a cluster', () => {
  test('all as they must be, as the protocol shows them (dvv_enabled it cannot show): nothing', async () => {
    expect(await wrongBucketTypes(cluster(wanted))).toEqual([])
  })

  test('a type that is missing, and a property that would lose writes, are each a sentence', async () => {
    const wrong = await wrongBucketTypes(
      cluster((type) => {
        if (type === 'slugs') throw new OperationError('BLOG_NO_BUCKET_TYPE', 'no_type')
        if (type === 'posts') return { ...wanted(type), allow_mult: false }
        if (type === 'counters') return { n_val: 3, allow_mult: true }
        return wanted(type)
      }),
    )
    expect([...wrong].sort()).toEqual([
      'bucket type counters: datatype is not set, must be counter',
      'bucket type posts: allow_mult is false, must be true',
      'bucket type slugs does not exist, or is not active',
    ])
  })

  test('a cluster that does not answer is an error, not a missing type', async () => {
    const away = cluster(() => {
      throw new OperationError('BLOG_UNAVAILABLE', 'away')
    })
    await expect(wrongBucketTypes(away)).rejects.toThrow('away')
  })
})
