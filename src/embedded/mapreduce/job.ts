/**
 * A MapReduce job as it was understood: inputs, phases, timeout.
 *
 *     inputs ──▶ phase 0 ──▶ phase 1 ──▶ … ──▶ last phase
 *                   └ keep ──▶ client             └ keep ──▶ client
 *
 * Values are terms, whatever language a job was written in: Riak knows nothing else.
 *
 * Source: basho/riak_kv src/riak_kv_mrc_pipe.erl (types of a job); RIAK.md §7.1.
 */

import { atom, isAtomOf, isList, isTuple, tuple } from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import type { BucketId } from '../requests.ts'

/** A bucket as a job names it. */
export interface JobBucket extends BucketId {
  /** The default type by its name: another bucket to Riak, and no request but a job's leads there. */
  readonly isVoid?: boolean
}

export type JobInputs =
  /** `{B,K}`, `{{B,K},KeyData}` or `{{{T,B},K},KeyData}`, each; never empty in JSON. */
  | { readonly kind: 'keys'; readonly list: readonly Term[] }
  | { readonly kind: 'bucket'; readonly of: JobBucket }
  /** As they came: what they hold is found out when the job runs. */
  | { readonly kind: 'filtered'; readonly of: JobBucket; readonly filters: readonly Term[] }
  | {
      readonly kind: 'index'
      readonly of: JobBucket
      readonly field: Uint8Array
      /** Both ends alike: an exact match. */
      readonly from: Uint8Array
      readonly to: Uint8Array
      readonly isRange: boolean
    }
  | {
      readonly kind: 'function'
      readonly module: string
      readonly function: string
      readonly arg: Term
    }
  /** Of Riak's search, which is gone. */
  | { readonly kind: 'search' }

/** What a map or reduce phase calls. */
export type PhaseFunction =
  | { readonly kind: 'modfun'; readonly module: string; readonly function: string }
  /** Erlang source, or where an object with some is: not allowed, as in Riak's own settings. */
  | { readonly kind: 'strfun'; readonly of: Term }
  /** Source of JavaScript, or where an object with some is. */
  | { readonly kind: 'jsanon'; readonly of: Term }
  | { readonly kind: 'jsfun'; readonly name: Term }
  /** Something else, from a job of terms. */
  | { readonly kind: 'unknown'; readonly term: Term }

export type Phase =
  | {
      readonly kind: 'map' | 'reduce'
      readonly function: PhaseFunction
      /** The atom `none` where none was given. */
      readonly arg: Term
      readonly isKept: boolean
    }
  | {
      readonly kind: 'link'
      /** undefined: any. */
      readonly bucket: Uint8Array | undefined
      readonly tag: Uint8Array | undefined
      readonly isKept: boolean
    }

export interface Job {
  readonly inputs: JobInputs
  readonly phases: readonly Phase[]
  readonly timeoutMs: number
}

const defaultType = Buffer.from('default')

/** A bucket as terms have it: a name, or `{Type, Name}`. @returns undefined for anything else. */
export function bucketOf(term: Term | undefined): JobBucket | undefined {
  if (term instanceof Uint8Array) return { type: defaultType, bucket: term }
  if (term === undefined || !isTuple(term) || term.tuple.length !== 2) return undefined
  const [type, bucket] = term.tuple
  const isTyped = type instanceof Uint8Array && bucket instanceof Uint8Array
  if (!isTyped) return undefined
  return defaultType.equals(type) ? { type, bucket, isVoid: true } : { type, bucket }
}

/** The other way: the default type is not named. */
export function bucketTerm(of: JobBucket): Term {
  const isUntyped = defaultType.equals(of.type) && of.isVoid !== true
  return isUntyped ? of.bucket : tuple(of.type, of.bucket)
}

export const undefinedTerm: Term = atom('undefined')

/** One key of a bucket as an input: with key data where its bucket has a type. */
export function inputTerm(of: JobBucket, key: Uint8Array): Term {
  const bucket = bucketTerm(of)
  return bucket instanceof Uint8Array
    ? tuple(bucket, key)
    : tuple(tuple(bucket, key), undefinedTerm)
}

/** Where an input points. */
export interface InputKey extends JobBucket {
  readonly key: Uint8Array
}

export interface MapTarget {
  readonly at: InputKey
  /** `{Bucket, Key}` as Riak prints it. */
  readonly bkey: Term
  readonly keyData: Term
}

/**
 * What a map phase looks up for an input.
 *
 * @returns undefined where the input is none: Riak has no clause for it.
 */
export function targetOf(input: Term): MapTarget | undefined {
  if (isTuple(input) && input.tuple.length === 2) {
    const [first, second] = input.tuple
    if (first === undefined || second === undefined) return undefined
    // {{B,K},KeyData}: whatever two-element tuple comes first is taken for the key.
    if (isTuple(first) && first.tuple.length === 2) return makeTarget(first, second)
    return makeTarget(input, undefinedTerm)
  }
  if (!isList(input)) return undefined
  const [bucket, key, data, type] = input
  if (bucket === undefined || key === undefined || input.length > 4) return undefined
  const keyData = data === undefined || isNull(data) ? undefinedTerm : data
  return makeTarget(tuple(type === undefined ? bucket : tuple(type, bucket), key), keyData)
}

/** What is no name is looked up as well, and never found. */
function makeTarget(bkey: Term, keyData: Term): MapTarget | undefined {
  if (!isTuple(bkey)) return undefined
  const [bucket, key] = bkey.tuple
  const of = bucketOf(bucket)
  if (of !== undefined && key instanceof Uint8Array) return { at: { ...of, key }, bkey, keyData }
  return { at: nowhere, bkey, keyData }
}

const nothing = new Uint8Array(0)
const nowhere: InputKey = { type: defaultType, bucket: nothing, key: nothing, isVoid: true }

export function isNull(term: Term): boolean {
  return isAtomOf(term, 'null')
}
