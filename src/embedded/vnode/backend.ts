/**
 * A vnode's storage: objects with their index entries, and ordered reading, over the `Disk` port.
 *
 * Depends on the world for the disk alone. Memory and LevelDB are two disks under this one backend.
 *
 * Invariants: an object and its index entries change in one batch; an object that cannot be read is
 * absent, never an error (a merge or a repair covers it, under a new epoch).
 *
 * Source: basho/riak_kv src/riak_kv_backend.erl, riak_kv_eleveldb_backend.erl.
 */

import type { Disk, DiskChange, DiskRange, Log } from '../../kernel/ports.ts'
import { soon } from '../../kernel/soon.ts'
import type { Soon } from '../../kernel/soon.ts'
import type { VnodeRef } from '../ring/preflist.ts'
import type { BucketId } from '../requests.ts'
import {
  KeyReader,
  afterPrefix,
  bucketRange,
  indexKey,
  objectKey,
  objectKeys,
  termRange,
  typeRange,
} from './disk-keys.ts'
import type { Bkey, IndexTerm } from './disk-keys.ts'
import type { IndexChanges } from './index-entries.ts'
import { ObjectCodecError, decodeObject } from './object-codec.ts'
import type { RiakObject } from './riak-object.ts'
import type { FoldedTerm, KeyFold, TermFold, VnodeFolds } from './vnode-transport.ts'

const noValue = new Uint8Array(0)
const zero = Buffer.of(0)

export class VnodeBackend implements VnodeFolds {
  private readonly disk: Disk
  private readonly log: Log

  constructor(disk: Disk, log: Log) {
    this.disk = disk
    this.log = log
  }

  /**
   * What each partition holds of one object; copies of equal bytes are one object. Rejects with whatever
   * the disk rejects with.
   */
  readCopies(partitions: readonly number[], at: Bkey): Soon<readonly (RiakObject | undefined)[]> {
    const found = this.disk.getMany(objectKeys(partitions, at))
    return soon(found, (copies) => {
      const objects: (RiakObject | undefined)[] = []
      for (const [n, bytes] of copies.entries()) {
        const before = n > 0 ? copies[n - 1] : undefined
        const isSame = bytes && before && Buffer.compare(bytes, before) === 0
        objects.push(isSame === true ? objects[n - 1] : this.decode(partitions[n] ?? 0, at, bytes))
      }
      return objects
    })
  }

  /** Many objects, each of its own partition, in order. Rejects with whatever the disk rejects with. */
  async readMany(
    places: readonly { readonly partition: number; readonly at: Bkey }[],
  ): Promise<readonly (RiakObject | undefined)[]> {
    const found = await this.disk.getMany(
      places.map(({ partition, at }) => objectKey(partition, at)),
    )
    return places.map(({ partition, at }, n) => this.decode(partition, at, found[n]))
  }

  private decode(
    partition: number,
    at: Bkey,
    bytes: Uint8Array | undefined,
  ): RiakObject | undefined {
    if (bytes === undefined) return undefined
    try {
      return decodeObject(bytes)
    } catch (error) {
      if (!(error instanceof ObjectCodecError)) throw error
      this.log.write('error', 'a stored object cannot be read and counts as absent', {
        partition,
        bucket: Buffer.from(at.bucket).toString(),
        key: Buffer.from(at.key).toString(),
        reason: error.message,
      })
      return undefined
    }
  }

  /** The changes that put an object's bytes in the place of whatever is there. */
  replace(
    partition: number,
    at: Bkey,
    bytes: Uint8Array,
    terms: IndexChanges,
  ): readonly DiskChange[] {
    const put: DiskChange = { kind: 'put', key: objectKey(partition, at), value: bytes }
    return [put, ...this.indexChanges(partition, at, terms)]
  }

  remove(partition: number, at: Bkey, terms: IndexChanges): readonly DiskChange[] {
    const del: DiskChange = { kind: 'del', key: objectKey(partition, at) }
    return [del, ...this.indexChanges(partition, at, terms)]
  }

  private indexChanges(partition: number, at: Bkey, terms: IndexChanges): readonly DiskChange[] {
    const { added, removed } = terms
    const key = (term: IndexTerm) => indexKey(partition, at, term)
    return [
      ...added.map((term) => ({ kind: 'put', key: key(term), value: noValue }) as const),
      ...removed.map((term) => ({ kind: 'del', key: key(term) }) as const),
    ]
  }

  async *keys(vnode: VnodeRef, fold: KeyFold): AsyncGenerator<Uint8Array> {
    const whole = bucketRange(vnode.partition, fold.of)
    const at = (key: Uint8Array): Buffer => objectKey(vnode.partition, { ...fold.of, key })
    const from = fold.from === undefined ? whole.gte : at(fold.from)
    const range = {
      gte: fold.after === undefined ? from : later(from, Buffer.concat([at(fold.after), zero])),
      lt: fold.to === undefined ? whole.lt : Buffer.concat([at(fold.to), zero]),
    }
    const skipped = whole.gte.length
    for await (const [key] of this.scan(range)) yield key.subarray(skipped)
  }

  async *terms(vnode: VnodeRef, fold: TermFold): AsyncGenerator<FoldedTerm> {
    const { partition } = vnode
    const whole = termRange(partition, fold.of, fold.field, fold.from, fold.to)
    const { after } = fold
    const next =
      after === undefined
        ? whole.gte
        : Buffer.concat([
            indexKey(
              partition,
              { ...fold.of, key: after.key },
              { field: fold.field, term: after.term },
            ),
            zero,
          ])
    for await (const [key] of this.scan({ gte: later(whole.gte, next), lt: whole.lt })) {
      const reader = new KeyReader(key)
      for (let part = 0; part < 3; part++) reader.part()
      yield { term: reader.part(), key: reader.rest() }
    }
  }

  async *buckets(vnode: VnodeRef, type: Uint8Array): AsyncGenerator<Uint8Array> {
    const whole = typeRange(vnode.partition, type)
    let { gte } = whole
    for (;;) {
      const first = await this.firstKey({ gte, lt: whole.lt })
      if (first === undefined) return
      const reader = new KeyReader(first)
      reader.part()
      const bucket = reader.part()
      yield bucket
      const of: BucketId = { type, bucket }
      gte = afterPrefix(bucketRange(vnode.partition, of).gte)
    }
  }

  private async firstKey(range: DiskRange): Promise<Uint8Array | undefined> {
    for await (const [key] of this.disk.scan({ ...range, limit: 1, keysOnly: true })) return key
    return undefined
  }

  /** An empty range is no reason to ask the disk. */
  private async *scan(
    range: DiskRange,
  ): AsyncGenerator<readonly [key: Uint8Array, value: Uint8Array]> {
    if (Buffer.compare(range.gte, range.lt) >= 0) return
    yield* this.disk.scan({ ...range, keysOnly: true })
  }
}

function later(a: Uint8Array, b: Uint8Array): Uint8Array {
  return Buffer.compare(a, b) >= 0 ? a : b
}
