/**
 * Bucket types and bucket properties of the memory backend.
 *
 * A bucket's own properties cover those of its type; resetting uncovers them again.
 * Source: basho/riak_core src/riak_core_bucket.erl, riak_core_bucket_props.erl.
 */

import { OperationError } from '../../kernel/errors.ts'
import type { BucketProps, Quorum } from '../riak-kv.ts'

const sharedDefaults = {
  n_val: 3,
  last_write_wins: false,
  notfound_ok: true,
  basic_quorum: false,
  r: 'quorum',
  w: 'quorum',
  dw: 'quorum',
  rw: 'quorum',
  pr: 0,
  pw: 0,
} as const satisfies BucketProps

/** Of the untyped buckets: one value, the newest wins. */
const untypedDefaults: BucketProps = { ...sharedDefaults, allow_mult: false, dvv_enabled: false }
/** Of every created type: siblings, tracked by dotted version vectors. */
const typedDefaults: BucketProps = { ...sharedDefaults, allow_mult: true, dvv_enabled: true }

/** How many vnodes a word stands for. */
function resolveQuorum(
  quorum: Quorum | undefined,
  fallback: Quorum | undefined,
  n: number,
): number {
  switch (quorum) {
    case undefined:
    case 'default':
      return fallback === undefined || fallback === 'default' ? 0 : resolveQuorum(fallback, 0, n)
    case 'one':
      return 1
    case 'quorum':
      return Math.floor(n / 2) + 1
    case 'all':
      return n
    default:
      return quorum
  }
}

export class MemoryProps {
  /** `undefined`: any type exists as soon as it is named. */
  readonly #types: Map<string, BucketProps>
  readonly #isOpen: boolean
  readonly #buckets = new Map<string, BucketProps>()

  /** @param types - what exists beside `default`, with what differs from a type's defaults. */
  constructor(types: Readonly<Record<string, BucketProps>> | undefined) {
    this.#types = new Map(Object.entries(types ?? {}))
    this.#isOpen = types === undefined
  }

  /** @throws OperationError `BLOG_NO_BUCKET_TYPE` */
  ofType(type: string): BucketProps {
    const own = this.#types.get(type)
    if (type === 'default') return { ...untypedDefaults, ...own }
    if (own === undefined && !this.#isOpen) {
      throw new OperationError('BLOG_NO_BUCKET_TYPE', `there is no bucket type "${type}"`)
    }
    return { ...typedDefaults, ...own }
  }

  /** @throws OperationError `BLOG_NO_BUCKET_TYPE` */
  ofBucket(of: { readonly type: string; readonly bucket: string }): BucketProps {
    return { ...this.ofType(of.type), ...this.#buckets.get(bucketName(of)) }
  }

  setType(type: string, props: BucketProps): void {
    this.ofType(type)
    if (type === 'default') {
      throw new OperationError('BLOG_REFUSED_BY_RIAK', 'the default bucket type cannot be changed')
    }
    this.#types.set(type, { ...this.#types.get(type), ...props })
  }

  setBucket(of: { readonly type: string; readonly bucket: string }, props: BucketProps): void {
    this.ofType(of.type)
    const name = bucketName(of)
    this.#buckets.set(name, { ...this.#buckets.get(name), ...props })
  }

  resetBucket(of: { readonly type: string; readonly bucket: string }): void {
    this.ofType(of.type)
    this.#buckets.delete(bucketName(of))
  }

  /** @throws OperationError `BLOG_BAD_REQUEST` where more vnodes are asked for than there are. */
  checkQuorums(
    of: { readonly type: string; readonly bucket: string },
    asked: Readonly<Partial<Record<'r' | 'pr' | 'w' | 'dw' | 'pw' | 'rw', Quorum | undefined>>>,
  ): void {
    const props = this.ofBucket(of)
    const n = props.n_val ?? sharedDefaults.n_val
    for (const name of ['r', 'pr', 'w', 'dw', 'pw', 'rw'] as const) {
      if (resolveQuorum(asked[name], props[name], n) > n) {
        throw new OperationError('BLOG_BAD_REQUEST', `{n_val_violation,${n}}`)
      }
    }
  }
}

/** NUL separates: a name with a slash stays apart from a bucket in a type. */
export function bucketName(of: { readonly type: string; readonly bucket: string }): string {
  return `${of.type}\0${of.bucket}`
}
