/**
 * Bucket properties: the wire's `RpbBucketProps` ↔ the node's map.
 *
 * What Protocol Buffers has no field for (`node_confirms`, `sync_on_write`, `dvv_enabled`) neither
 * leaves nor enters by it, as in Riak.
 *
 * Source: basho/riak_pb src/riak_pb_codec.erl `encode_bucket_props/1`, `decode_bucket_props/1`.
 */

import type { RpbBucketProps, RpbCommitHook, RpbModFun } from '../../wire/message-types.ts'
import { decodeQuorum, encodeQuorum } from '../../wire/quorum-words.ts'
import type { WireQuorum } from '../../wire/quorum-words.ts'
import type { BucketPropsMap, PropValue } from '../ring/bucket-props.ts'
import { latin1, toBytes } from './erlang-text.ts'

const numberProps = [
  'n_val',
  'old_vclock',
  'young_vclock',
  'big_vclock',
  'small_vclock',
  'hll_precision',
] as const
const booleanProps = [
  'allow_mult',
  'last_write_wins',
  'basic_quorum',
  'notfound_ok',
  'search',
  'consistent',
  'write_once',
] as const
const textProps = ['backend', 'search_index', 'datatype'] as const
const quorumProps = ['pr', 'r', 'w', 'pw', 'dw', 'rw'] as const
const modFunProps = ['chash_keyfun', 'linkfun'] as const

/** By their number on the wire. */
const replModes: readonly PropValue[] = [false, 'realtime', 'fullsync', true]

/** Properties a client sent, by name; those it did not send are not in the map. */
export function decodeProps(props: RpbBucketProps | undefined): BucketPropsMap {
  const decoded = new Map<string, PropValue>()
  if (props === undefined) return decoded
  for (const name of [...numberProps, ...booleanProps]) setIfSent(decoded, name, props[name])
  if (props.has_precommit === true) decoded.set('precommit', decodeHooks(props.precommit))
  if (props.has_postcommit === true) decoded.set('postcommit', decodeHooks(props.postcommit))
  for (const name of modFunProps) {
    const modFun = props[name]
    if (modFun !== undefined) decoded.set(name, decodeModFun(modFun))
  }
  for (const name of textProps) {
    const text = props[name]
    if (text !== undefined) decoded.set(name, latin1(text))
  }
  for (const name of quorumProps) {
    const quorum = props[name]
    if (quorum !== undefined) decoded.set(name, decodeQuorum(quorum))
  }
  if (props.repl !== undefined) setIfSent(decoded, 'repl', replModes[props.repl])
  return decoded
}

export function encodeProps(props: BucketPropsMap): RpbBucketProps {
  const encoded: { -readonly [P in keyof RpbBucketProps]: RpbBucketProps[P] } = {}
  for (const name of numberProps) {
    const value = props.get(name)
    if (typeof value === 'number') encoded[name] = value
  }
  for (const name of booleanProps) {
    const value = props.get(name)
    if (typeof value === 'boolean') encoded[name] = value
  }
  for (const name of textProps) {
    const value = props.get(name)
    if (typeof value === 'string') encoded[name] = toBytes(value)
  }
  for (const name of quorumProps) {
    const value = props.get(name)
    if (isQuorum(value)) encoded[name] = encodeQuorum(value)
  }
  for (const name of modFunProps) {
    const value = props.get(name)
    if (isModFun(value)) encoded[name] = encodeModFun(value)
  }
  const precommit = props.get('precommit')
  if (Array.isArray(precommit)) {
    encoded.precommit = encodeHooks(precommit as readonly PropValue[])
    encoded.has_precommit = true
  }
  const postcommit = props.get('postcommit')
  if (Array.isArray(postcommit)) {
    encoded.postcommit = encodeHooks(postcommit as readonly PropValue[])
    encoded.has_postcommit = true
  }
  const repl = props.get('repl')
  if (repl !== undefined && replModes.includes(repl)) encoded.repl = replModes.indexOf(repl)
  return encoded
}

function setIfSent(
  props: Map<string, PropValue>,
  name: string,
  value: PropValue | undefined,
): void {
  if (value !== undefined) props.set(name, value)
}

interface ModFun {
  readonly mod: string
  readonly fun: string
}

function isModFun(value: PropValue | undefined): value is ModFun {
  return typeof value === 'object' && 'mod' in value
}

function isQuorum(value: PropValue | undefined): value is WireQuorum {
  if (typeof value === 'number') return true
  return value === 'one' || value === 'quorum' || value === 'all' || value === 'default'
}

function encodeModFun({ mod, fun }: ModFun): RpbModFun {
  return { module: toBytes(mod), function: toBytes(fun) }
}

function decodeModFun({ module, function: fun }: RpbModFun): ModFun {
  return { mod: latin1(module ?? toBytes('undefined')), fun: latin1(fun ?? toBytes('undefined')) }
}

/** A hook is a module and function; a text is the name of a JavaScript function. */
function encodeHooks(hooks: readonly PropValue[]): readonly RpbCommitHook[] {
  return hooks.flatMap((hook): readonly RpbCommitHook[] => {
    if (isModFun(hook)) return [{ modfun: encodeModFun(hook) }]
    return typeof hook === 'string' ? [{ name: toBytes(hook) }] : []
  })
}

function decodeHooks(hooks: readonly RpbCommitHook[] | undefined): readonly PropValue[] {
  return (hooks ?? []).flatMap(({ modfun, name }): readonly PropValue[] => {
    if (modfun !== undefined) return [decodeModFun(modfun)]
    return name === undefined ? [] : [latin1(name)]
  })
}
