/** What the parts of the contract suite share: the backend, what it supports, short ways to say things. */

import type { Content, Fetched, RiakKv } from '../../src/riak/riak-kv.ts'

/** True, or why not. */
type Support = true | string

export interface Supports {
  /** A tombstone goes after Riak's delete_mode, about 3 s. */
  readonly reaping: Support
  /** Properties of a bucket type can be changed while it is in use. */
  readonly settingTypes: Support
  /** `dvv_enabled` can be read from the properties. */
  readonly readingDvv: Support
  /** MapReduce jobs, with `contractModule` registered as `contract_jobs`. */
  readonly jobs: Support
  /** JavaScript phases are refused, as by Riak 3. */
  readonly javascriptOff: Support
  /** Bucket type `counters` exists (datatype counter). */
  readonly counters: Support
}

export interface Backend {
  readonly name: string
  readonly supports: Supports
  /** What its buckets' names begin with. Default: `contract`. */
  readonly buckets?: string
  /** Bucket types `posts` (allow_mult, dvv) and `default` exist; a type called `nosuch` does not. */
  open(): Promise<{ readonly kv: RiakKv; readonly close: () => Promise<void> }>
}

/** What the parts of the suite are given. */
export interface Suite {
  readonly kv: () => RiakKv
  /** A bucket that no other test uses. */
  readonly freshBucket: () => string
  /** A promise that holds only where the backend supports something. */
  readonly promiseIf: (
    needs: keyof Supports,
    name: string,
    run: () => Promise<void>,
    timeoutMs?: number,
  ) => void
}

export function text(value: string, more: Partial<Content> = {}): Content {
  return { value: new TextEncoder().encode(value), contentType: 'text/plain', ...more }
}

/** All live values, sorted. */
export function values(found: Fetched | undefined): string[] {
  return (found?.siblings ?? [])
    .filter((sibling) => !sibling.isTombstone)
    .map((sibling) => new TextDecoder().decode(sibling.value))
    .sort()
}
