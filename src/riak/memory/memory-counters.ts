/** Riak counters of the memory backend: one number a key, siblings are never seen. */

import { OperationError } from '../../kernel/errors.ts'
import type { Location } from '../../kernel/ids.ts'
import type { BucketProps } from '../riak-kv.ts'
import { bucketName } from './memory-props.ts'

export class MemoryCounters {
  readonly #counts = new Map<string, number>()

  add(at: Location, amount: number, props: BucketProps): number {
    const count = (this.read(at, props) ?? 0) + amount
    this.#counts.set(nameOf(at), count)
    return count
  }

  /** @throws OperationError as Riak, where the bucket is of no counters. */
  read(at: Location, { datatype = 'undefined' }: BucketProps): number | undefined {
    if (datatype !== 'counter') {
      const text = `Bucket datatype \`${datatype}\` is not a supported type`
      throw new OperationError('BLOG_REFUSED_BY_RIAK', `Riak refused: ${text}`)
    }
    return this.#counts.get(nameOf(at))
  }
}

function nameOf(at: Location): string {
  return `${bucketName(at)}\n${at.key}`
}
