/**
 * A `RiakNode` that keeps one value a key in memory: enough for a listener to have something to ask.
 */

import type { BucketId } from '../../src/embedded/requests.ts'
import type { RiakNode } from '../../src/embedded/riak-node.ts'
import { RiakError } from '../../src/embedded/requests.ts'
import type { RiakObject } from '../../src/embedded/vnode/riak-object.ts'

function place(of: BucketId, key: Uint8Array): string {
  return [of.type, of.bucket, key].map((part) => Buffer.from(part).toString('latin1')).join('/')
}

/** @param overrides - what this node does otherwise. */
export function fakeRiakNode(overrides: Partial<RiakNode> = {}): RiakNode {
  const objects = new Map<string, RiakObject>()
  let counter = 0
  return {
    name: 'fake@127.0.0.1',
    version: '3.2.3',
    get: async (of, key) => {
      const object = objects.get(place(of, key))
      return object === undefined ? { kind: 'notfound' } : { kind: 'found', object }
    },
    put: async (of, key = Buffer.from(`made${++counter}`), content, options) => {
      const object: RiakObject = {
        vclock: [{ actor: Buffer.from('actor_id'), counter: ++counter, timestamp: 63_000_000_000 }],
        values: [
          {
            ...content,
            isTombstone: false,
            vtag: '1KI89UurrjIXiRCxnOtPVj',
            lastModified: { seconds: 1_795_419_343, micros: 945_861 },
            dot: undefined,
          },
        ],
      }
      objects.set(place(of, key), object)
      const isReturned = options.returnBody === true || options.returnHead === true
      return { key, object: isReturned ? object : undefined }
    },
    count: (_of, key = Buffer.from(`made${++counter}`), op) =>
      Promise.resolve({ key, value: op.by }),
    delete: (of, key) => Promise.resolve(objects.delete(place(of, key)) ? 'deleted' : 'notfound'),
    listKeys: async function* () {
      yield [Buffer.from('a'), Buffer.from('b')]
    },
    listBuckets: async function* () {
      yield [Buffer.from('posts')]
    },
    index: async function* () {
      yield []
      return undefined
    },
    mapReduce: {
      turns: () => {
        throw new RiakError('no jobs here')
      },
      start: () => {
        throw new RiakError('no jobs here')
      },
      stop: () => undefined,
    },
    bucketProps: () => new Map([['n_val', 3]]),
    setBucketProps: () => Promise.reject(new RiakError('[{n_val,not_integer}]')),
    resetBucketProps: () => Promise.resolve(),
    typeProps: () => {
      throw new RiakError('no_type')
    },
    setTypeProps: () => Promise.resolve(),
    preflist: () => [{ partition: 43, node: 'fake@127.0.0.1', isPrimary: true }],
    stats: () => ({}),
    stop: () => Promise.resolve(),
    ...overrides,
  }
}
