/**
 * Bucket properties: Riak's names to plain values, their defaults, and what each may hold.
 *
 * Pure.
 *
 *     default type ◀── bucket of the default type       overrides of a bucket beat its type;
 *     typed        ◀── type ◀── bucket of that type     a typed bucket never sees the default type
 *
 * Invariant: a map that passed `validateProps` resolves to `BucketSettings` without a further check.
 * Not here: the life of a type (`bucket-types.ts`), where properties are kept (`buckets.ts`).
 *
 * Source: basho/riak_core src/riak_core_bucket_props.erl, riak_kv src/riak_kv_bucket.erl; RIAK.md §4.
 */

import { printTerm } from '../../causality/print-term.ts'
import { atom, tuple } from '../../causality/external-term.ts'
import type { PruneLimits } from '../../causality/vclock.ts'

/** A quorum word, number, boolean, text, {module,function} pair or list of hooks. */
export type PropValue =
  number | boolean | string | { readonly mod: string; readonly fun: string } | readonly PropValue[]

/** In the order in which Riak shows them. */
export type BucketPropsMap = ReadonlyMap<string, PropValue>

/** Why one property was refused. */
export interface PropError {
  readonly property: string
  /** An atom of Riak (`not_integer`, `not_boolean`, `not_valid_quorum`) or a whole sentence. */
  readonly reason: string
  readonly isSentence: boolean
}

/** Properties as requests use them. */
export interface BucketSettings {
  readonly nVal: number
  readonly allowMult: boolean
  readonly lastWriteWins: boolean
  readonly dvvEnabled: boolean
  readonly notFoundOk: boolean
  readonly basicQuorum: boolean
  /** `r`, `w`, `dw`, `rw`, `pr`, `pw`, `node_confirms`: a word or a number. */
  readonly quorums: Readonly<Record<QuorumName, string | number>>
  readonly prune: PruneLimits
  readonly keyFun: KeyFun
}

/** What is hashed to place a key: bucket and key, or the bucket alone. */
export type KeyFun = 'chash_std_keyfun' | 'chash_bucketonly_keyfun'

export type QuorumName = 'r' | 'w' | 'dw' | 'rw' | 'pr' | 'pw' | 'node_confirms'

const shared: readonly (readonly [string, PropValue])[] = [
  ['basic_quorum', false],
  ['big_vclock', 50],
  ['chash_keyfun', { mod: 'riak_core_util', fun: 'chash_std_keyfun' }],
  ['dw', 'quorum'],
  ['last_write_wins', false],
  ['linkfun', { mod: 'riak_kv_wm_link_walker', fun: 'mapreduce_linkfun' }],
  ['n_val', 3],
  ['node_confirms', 0],
  ['notfound_ok', true],
  ['old_vclock', 86_400],
  ['postcommit', []],
  ['pr', 0],
  ['precommit', []],
  ['pw', 0],
  ['r', 'quorum'],
  ['rw', 'quorum'],
  ['small_vclock', 50],
  ['sync_on_write', 'backend'],
  ['w', 'quorum'],
  ['young_vclock', 20],
]

function byName(a: readonly [string, PropValue], b: readonly [string, PropValue]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0
}

export function sortedProps(props: Iterable<readonly [string, PropValue]>): BucketPropsMap {
  return new Map([...props].toSorted(byName))
}

export const defaultTypeProps: BucketPropsMap = sortedProps([
  ...shared,
  ['allow_mult', false],
  ['dvv_enabled', false],
  ['repl', true],
  ['write_once', false],
])

/** A new type shows its properties backwards until it is first updated (captures/admin-single). */
export const newTypeProps: BucketPropsMap = new Map(
  [...sortedProps([...shared, ['allow_mult', true], ['dvv_enabled', true]])].reverse(),
)

const booleans = new Set([
  'allow_mult',
  'basic_quorum',
  'dvv_enabled',
  'last_write_wins',
  'notfound_ok',
  'stat_tracked',
  'write_once',
])
const positiveIntegers = new Set(['n_val', 'small_vclock', 'big_vclock', 'old_vclock'])
const positiveQuorums = new Set(['r', 'w', 'rw'])
const quorums = new Set(['pr', 'pw', 'dw', 'node_confirms'])
const words = new Set(['one', 'quorum', 'all'])
const datatypes = new Set(['counter', 'set', 'gset', 'hll', 'map'])
/** Held by the node itself; a client's value for them is dropped. */
const internal = new Set(['name', 'active', 'claimant'])

type Checked =
  | { readonly kind: 'ok'; readonly value: PropValue }
  | { readonly kind: 'bad'; readonly reason: string; readonly isSentence: boolean }

const bad = (reason: string): Checked => ({ kind: 'bad', reason, isSentence: false })
const sentence = (reason: string): Checked => ({ kind: 'bad', reason, isSentence: true })

function checkBoolean(value: PropValue): Checked {
  if (typeof value === 'boolean') return { kind: 'ok', value }
  if (value === 'true' || value === 'false') return { kind: 'ok', value: value === 'true' }
  return bad('not_boolean')
}

function checkInteger(value: PropValue, min: number): Checked {
  const isInteger = typeof value === 'number' && Number.isSafeInteger(value)
  return isInteger && value >= min ? { kind: 'ok', value } : bad('not_integer')
}

function checkQuorum(value: PropValue, min: number): Checked {
  if (typeof value === 'string' && words.has(value)) return { kind: 'ok', value }
  const isNumber = typeof value === 'number' && Number.isSafeInteger(value)
  return isNumber && value >= min ? { kind: 'ok', value } : bad('not_valid_quorum')
}

function checkOne(name: string, value: PropValue): Checked {
  if (booleans.has(name)) return checkBoolean(value)
  if (positiveIntegers.has(name)) return checkInteger(value, 1)
  if (name === 'young_vclock') return checkInteger(value, 0)
  if (positiveQuorums.has(name)) return checkQuorum(value, 1)
  if (quorums.has(name)) return checkQuorum(value, 0)
  if (name === 'datatype') {
    const known = typeof value === 'string' && datatypes.has(value)
    return known ? { kind: 'ok', value } : unsupportedDatatype(value)
  }
  if (name === 'hll_precision') {
    const inRange = typeof value === 'number' && value >= 4 && value <= 16
    return inRange && Number.isInteger(value) ? { kind: 'ok', value } : bad('not_integer')
  }
  return { kind: 'ok', value }
}

function unsupportedDatatype(value: PropValue): Checked {
  const shown = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return sentence(`${shown} not supported for bucket datatype property`)
}

/** Fixed at creation, once the type exists. */
function checkFixed(name: string, value: PropValue, before: BucketPropsMap): Checked | undefined {
  const old = before.get(name)
  if (name === 'datatype' && value !== old) return unsupportedDatatype(value)
  if (name === 'write_once' && value !== (old ?? false)) {
    return sentence('Write once property cannot be modified')
  }
  if (name === 'consistent' && value !== (old ?? false)) {
    return sentence('Consistent property cannot be modified')
  }
  if (name === 'hll_precision' && typeof old === 'number' && Number(value) > old) {
    return sentence('hll_precision can only be decreased')
  }
  return undefined
}

function checkTogether(merged: BucketPropsMap): PropError[] {
  const errors: PropError[] = []
  const refuse = (property: string, reason: string): void => {
    errors.push({ property, reason, isSentence: true })
  }
  if (merged.get('last_write_wins') === true && merged.get('dvv_enabled') === true) {
    refuse('last_write_wins', 'If last_write_wins is true, dvv_enabled must be false')
  }
  if (merged.has('datatype') && merged.get('allow_mult') !== true) {
    refuse('allow_mult', 'Data Type buckets must be allow_mult=true')
  }
  return errors
}

/**
 * Check properties that are to be laid over others.
 *
 * @param phase - `create` while a type is not active, `update` afterwards and for buckets: then
 * `datatype`, `write_once` and `consistent` are fixed.
 * @param before - what they are laid over, defaults included.
 * @returns the accepted ones, coerced; or every refusal, in the client's order.
 */
export function validateProps(
  phase: 'create' | 'update',
  before: BucketPropsMap,
  props: BucketPropsMap,
):
  | { readonly kind: 'valid'; readonly props: BucketPropsMap }
  | { readonly kind: 'invalid'; readonly errors: readonly PropError[] } {
  const accepted = new Map<string, PropValue>()
  const errors: PropError[] = []
  for (const [name, value] of props) {
    if (internal.has(name)) continue
    const fixed = phase === 'update' ? checkFixed(name, value, before) : undefined
    const checked = fixed ?? checkOne(name, value)
    if (checked.kind === 'ok') accepted.set(name, checked.value)
    else errors.push({ property: name, reason: checked.reason, isSentence: checked.isSentence })
  }
  errors.push(...checkTogether(new Map([...before, ...accepted])))
  return errors.length > 0 ? { kind: 'invalid', errors } : { kind: 'valid', props: accepted }
}

/** As Protocol Buffers clients read it: `[{n_val,not_integer}]`. */
export function printPropErrors(errors: readonly PropError[]): string {
  const reason = (error: PropError) =>
    error.isSentence ? [...Buffer.from(error.reason, 'latin1')] : atom(error.reason)
  return printTerm(errors.map((error) => tuple(atom(error.property), reason(error))))
}

/** As riak-admin prints it under `Error creating bucket type T:`. */
export function describePropError(error: PropError): string {
  if (error.isSentence) return error.reason
  switch (error.reason) {
    case 'not_integer':
      return `${error.property} must be an integer`
    case 'not_boolean':
      return `${error.property} should be "true" or "false"`
    case 'not_valid_quorum':
      return `${error.property} must be an integer or (one|quorum|all)`
    default:
      return `${error.property}: ${error.reason}`
  }
}

function quorumOf(props: BucketPropsMap, name: QuorumName): string | number {
  const value = props.get(name)
  return typeof value === 'string' || typeof value === 'number' ? value : 0
}

function numberOf(props: BucketPropsMap, name: string, otherwise: number): number {
  const value = props.get(name)
  return typeof value === 'number' ? value : otherwise
}

/** @param props - with all defaults. */
export function settingsOf(props: BucketPropsMap): BucketSettings {
  const keyFun = props.get('chash_keyfun')
  const isBucketOnly =
    typeof keyFun === 'object' && 'fun' in keyFun && keyFun.fun === 'chash_bucketonly_keyfun'
  return {
    nVal: numberOf(props, 'n_val', 3),
    allowMult: props.get('allow_mult') === true,
    lastWriteWins: props.get('last_write_wins') === true,
    dvvEnabled: props.get('dvv_enabled') === true,
    notFoundOk: props.get('notfound_ok') !== false,
    basicQuorum: props.get('basic_quorum') === true,
    quorums: {
      r: quorumOf(props, 'r'),
      w: quorumOf(props, 'w'),
      dw: quorumOf(props, 'dw'),
      rw: quorumOf(props, 'rw'),
      pr: quorumOf(props, 'pr'),
      pw: quorumOf(props, 'pw'),
      node_confirms: quorumOf(props, 'node_confirms'),
    },
    prune: {
      small: numberOf(props, 'small_vclock', 50),
      big: numberOf(props, 'big_vclock', 50),
      young: numberOf(props, 'young_vclock', 20),
      old: numberOf(props, 'old_vclock', 86_400),
    },
    keyFun: isBucketOnly ? 'chash_bucketonly_keyfun' : 'chash_std_keyfun',
  }
}
