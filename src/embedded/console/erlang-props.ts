/**
 * Bucket properties as riak-admin reads and prints them: JSON in, Erlang terms out.
 *
 * Source: basho/riak_kv src/riak_kv_console.erl `bucket_type_print_props/1`, riak_kv_wm_utils.erl
 * `erlify_bucket_prop/1`.
 */

import { printAtom, printTerm } from '../../causality/print-term.ts'
import type { BucketPropsMap, PropValue } from '../ring/bucket-props.ts'

/** Texts that are binaries in Riak; every other text is an atom. */
const binaries = new Set(['search_index', 'backend'])

const binary = (text: string): string => printTerm(Buffer.from(text))

/** One property's value in Erlang's print. */
export function printProp(name: string, value: PropValue): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return binaries.has(name) ? binary(value) : printAtom(value)
  if (!('mod' in value)) return `[${value.map(printHook).join(',')}]`
  const call = `${printAtom(value.mod)},${printAtom(value.fun)}`
  return name === 'linkfun' ? `{modfun,${call}}` : `{${call}}`
}

function printHook(hook: PropValue): string {
  if (typeof hook === 'object' && 'mod' in hook) {
    return `{struct,[{<<"mod">>,${binary(hook.mod)}},{<<"fun">>,${binary(hook.fun)}}]}`
  }
  return `{struct,[{<<"name">>,${binary(typeof hook === 'string' ? hook : '')}}]}`
}

export type ReadProps =
  | { readonly kind: 'props'; readonly props: BucketPropsMap }
  | { readonly kind: 'invalid json' }
  | { readonly kind: 'no props field found in json' }

/** `{"props":{…}}`; nothing at all means no properties. */
export function readProps(json: string): ReadProps {
  if (json === '') return { kind: 'props', props: new Map() }
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch {
    return { kind: 'invalid json' }
  }
  if (!isObject(parsed)) return { kind: 'invalid json' }
  const { props } = parsed
  if (!isObject(props)) return { kind: 'no props field found in json' }
  const entries = Object.entries(props).map(([name, value]) => [name, toValue(value)] as const)
  return { kind: 'props', props: new Map(entries) }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What Riak has no shape for becomes its JSON text, which no property accepts. */
function toValue(value: unknown): PropValue {
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') {
    return value
  }
  if (Array.isArray(value)) return value.map(toValue)
  if (isObject(value)) {
    const { mod, fun, name } = value
    if (typeof mod === 'string' && typeof fun === 'string') return { mod, fun }
    if (typeof name === 'string') return name
  }
  return JSON.stringify(value)
}
