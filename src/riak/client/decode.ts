/**
 * Answers read from the client's decoded messages, not from its response objects: those drop the
 * vtag, pass `_int` terms through parseInt, and differ between tombstones and values.
 *
 * Each function throws on a message that no Riak sends; the connection it came on is given up then.
 */

import { causalContext } from '../../causality/causal-context.ts'
import { OperationError } from '../../kernel/errors.ts'
import type { JsonValue } from '../../kernel/json.ts'
import type {
  BucketProps,
  Fetched,
  IndexEntry,
  IndexQuery,
  PreflistEntry,
  Sibling,
} from '../riak-kv.ts'
import type {
  ClientBytes,
  ContentMessage,
  FetchedCounterMessage,
  IndexMessage,
  ObjectMessage,
  PairMessage,
  PreflistMessage,
  PropsMessage,
  ServerInfoMessage,
  UpdatedCounterMessage,
} from './client-types.ts'
import { toQuorum } from './encode.ts'

/** A plain view: nothing above knows of Buffers. */
function bytes(of: ClientBytes): Uint8Array {
  const view = of.toBuffer()
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

function text(of: ClientBytes | null): string {
  return of === null ? '' : of.toBuffer().toString('utf8')
}

function indexEntry(pair: PairMessage): IndexEntry {
  return { field: text(pair.key), value: text(pair.value) }
}

function sibling(content: ContentMessage): Sibling {
  const seconds = content.last_mod ?? 0
  const micros = content.last_mod_usecs ?? 0
  return {
    value: content.value === null ? new Uint8Array(0) : bytes(content.value),
    contentType: text(content.content_type),
    indexes: content.indexes.map(indexEntry),
    // Not by assignment: a name like __proto__ is a name.
    userMeta: Object.fromEntries(content.usermeta.map((p) => [text(p.key), text(p.value)])),
    isTombstone: content.deleted === true,
    vtag: text(content.vtag),
    lastModifiedMs: seconds * 1_000 + Math.floor(micros / 1_000),
  }
}

/** What stands for an object that was deleted: Riak then answers with the context alone. */
const bareTombstone: Sibling = {
  value: new Uint8Array(0),
  contentType: '',
  indexes: [],
  userMeta: {},
  isTombstone: true,
  vtag: '',
  lastModifiedMs: 0,
}

/** @param message - null, or without context: there is nothing. */
export function decodeFetched(message: unknown): Fetched | undefined {
  const found = message as ObjectMessage | null
  if (found?.vclock == null) {
    if (found !== null && found.content.length > 0) throw new Error('an object without a context')
    return undefined
  }
  // A copy: the view would keep the whole message alive for as long as its context.
  const context = causalContext(bytes(found.vclock).slice())
  if (found.content.length === 0) return { context, siblings: [bareTombstone] }
  return { context, siblings: found.content.map(sibling) }
}

export function decodeServerInfo(message: unknown): { node: string; version: string } {
  const info = message as ServerInfoMessage | null
  return { node: text(info?.node ?? null), version: text(info?.server_version ?? null) }
}

export function decodeNames(names: readonly ClientBytes[]): string[] {
  return names.map((name) => text(name))
}

/** The entries of one part of an answer. */
export function decodeIndexEntries(
  query: IndexQuery,
  part: IndexMessage,
): { key: string; term?: string }[] {
  const withTerms = query.returnTerms === true
  const pairs = part.results.map((pair) => ({ key: text(pair.value), term: text(pair.key) }))
  if (!withTerms) {
    return [...pairs.map(({ key }) => ({ key })), ...part.keys.map((key) => ({ key: text(key) }))]
  }
  const term = query.equals ?? ''
  return [...pairs, ...part.keys.map((key) => ({ key: text(key), term }))]
}

export function decodeContinuation(part: IndexMessage): Uint8Array | undefined {
  if (part.continuation === null) return undefined
  const continuation = bytes(part.continuation)
  return continuation.length === 0 ? undefined : continuation.slice()
}

export function decodeProps(message: unknown): BucketProps {
  const answer = message as PropsMessage | null
  if (answer === null) throw new Error('bucket properties without properties')
  const { props } = answer
  const decoded: Record<string, unknown> = {}
  const plain = ['n_val', 'allow_mult', 'last_write_wins', 'notfound_ok', 'basic_quorum'] as const
  for (const name of plain) if (props[name] !== null) decoded[name] = props[name]
  for (const name of ['r', 'w', 'dw', 'rw', 'pr', 'pw'] as const) {
    const value = props[name]
    if (value !== null) decoded[name] = toQuorum(value)
  }
  if (props.datatype !== null) decoded['datatype'] = text(props.datatype)
  return decoded
}

export function decodePreflist(message: unknown): PreflistEntry[] {
  const answer = message as PreflistMessage | null
  return (answer?.preflist ?? []).map((entry) => ({
    partition: entry.partition.toNumber(),
    node: text(entry.node),
    isPrimary: entry.primary,
  }))
}

/**
 * The rows in one part of a job's answer.
 *
 * @throws OperationError `BLOG_UNREADABLE_VALUE` where they are no list: Riak makes one object of a
 *   list of pairs, with repeated names of which only one would be left, and of an error term
 *   `{"error":"notfound"}`.
 */
export function decodeRows(response: ClientBytes): readonly JsonValue[] {
  const json = text(response)
  let rows: unknown
  try {
    rows = JSON.parse(json)
  } catch (error) {
    throw unreadableRows(json, 'no JSON', error)
  }
  if (!Array.isArray(rows)) throw unreadableRows(json, 'no list')
  return rows as readonly JsonValue[]
}

function unreadableRows(json: string, what: string, cause?: unknown): OperationError {
  const shown = json.length > 100 ? `${json.slice(0, 100)}…` : json
  const message = `mapReduce: the results of a phase are ${what}: ${shown}`
  return new OperationError('BLOG_UNREADABLE_VALUE', message, 'definite', { cause })
}

/** Beyond 2^53 rounded, as every number of JavaScript. */
export function decodeFetchedCounter(message: unknown): number | undefined {
  const answer = message as FetchedCounterMessage | null
  if (answer?.value == null) return undefined
  if (answer.value.counter_value === null) throw new Error('a counter without a number')
  return answer.value.counter_value.toNumber()
}

/** @throws OperationError `BLOG_REFUSED_BY_RIAK`, indefinite: it was counted, or may have been. */
export function decodeUpdatedCounter(message: unknown): number {
  const answer = message as UpdatedCounterMessage | null
  if (answer?.counter_value == null) {
    const reason = 'updateCounter: the update was acknowledged without the counter'
    throw new OperationError('BLOG_REFUSED_BY_RIAK', reason, 'indefinite')
  }
  return answer.counter_value.toNumber()
}
