/**
 * What an HTTP request says of an object: quorums, links, indexes, metadata.
 *
 * Pure. All wrong parameters are named in one answer; links are kept in reverse, as Riak keeps them.
 *
 * Source: basho/riak_kv src/riak_kv_wm_object.erl `malformed_request/2`, `get_link_heads/2`,
 * `extract_index_fields/1`, `extract_user_meta/1`; riak_index.erl `parse_fields/1`.
 */

import { compareBytes } from '../../causality/bytes.ts'
import type { QuorumWord } from '../requests.ts'
import { parseIntTerm } from '../vnode/index-entries.ts'
import type { ObjectContent } from '../vnode/riak-object.ts'
import { CrashError } from './crash-text.ts'
import { latin1, toBytes } from './erlang-text.ts'
import { unquote } from './http-target.ts'
import type { ParsedRequest } from './http-request.ts'

/** Or what is wrong: the text of a 400. */
export type Parsed<T> =
  { readonly kind: 'ok'; readonly value: T } | { readonly kind: 'bad'; readonly text: string }

const ok = <T>(value: T): Parsed<T> => ({ kind: 'ok', value })

type QuorumParameter = 'r' | 'w' | 'dw' | 'rw' | 'pw' | 'node_confirms' | 'pr'

export interface ObjectParameters {
  /** Those that were given. */
  readonly quorums: Readonly<Partial<Record<QuorumParameter, QuorumWord>>>
  readonly basicQuorum: boolean | undefined
  readonly notFoundOk: boolean | undefined
  readonly asis: boolean | undefined
  readonly timeoutMs: number | undefined
}

const quorumNames: readonly QuorumParameter[] = ['r', 'w', 'dw', 'rw', 'pw', 'node_confirms', 'pr']
const words = new Set(['one', 'quorum', 'all', 'default'])
/** `setTimeout` takes no more; longer is for ever to any client. */
const timeoutMsMax = 2_147_483_647

/** Erlang's `list_to_integer`. */
function parseInteger(text: string): number | undefined {
  return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined
}

export function parseTimeout(request: ParsedRequest): Parsed<number | undefined> {
  const text = request.parameter('timeout')
  if (text === undefined) return ok(undefined)
  const timeoutMs = parseInteger(text)
  if (timeoutMs === undefined) {
    // Erlang prints an empty text as the empty list that it is.
    const shown = text === '' ? '[]' : `"${text.replace(/["\\]/g, '\\$&')}"`
    return { kind: 'bad', text: `Bad timeout value ${shown}\n` }
  }
  return ok(Math.min(timeoutMs, timeoutMsMax))
}

export function parseParameters(request: ParsedRequest): Parsed<ObjectParameters> {
  const timeout = parseTimeout(request)
  if (timeout.kind === 'bad') return timeout
  const wrong: string[] = []
  const quorums: Partial<Record<QuorumParameter, QuorumWord>> = {}
  for (const name of quorumNames) {
    const text = request.parameter(name) ?? 'default'
    if (text === 'default') continue
    const quorum = words.has(text) ? (text as QuorumWord) : parseInteger(text)
    if (quorum !== undefined) quorums[name] = quorum
    else {
      wrong.push(
        `${name} query parameter must be an integer or one of the following words: ` +
          `'one', 'quorum' or 'all'\n`,
      )
    }
  }
  const sync = (request.parameter('sync_on_write') ?? 'default').toLowerCase()
  if (!['default', 'backend', 'one', 'all'].includes(sync)) {
    const words = 'sync_on_write query parameter must be one of the following words: ['
    // As Erlang breaks a list that is too long for its line.
    const pad = ' '.repeat(words.length)
    wrong.push(`${words}default,\n${pad}backend,\n${pad}one,all]\n`)
  }
  const boolean = (name: string): boolean | undefined => {
    const text = (request.parameter(name) ?? 'default').toLowerCase()
    if (text === 'true' || text === 'false') return text === 'true'
    if (text !== 'default') wrong.push(`${name} query parameter must be true or false\n`)
    return undefined
  }
  const basicQuorum = boolean('basic_quorum')
  const notFoundOk = boolean('notfound_ok')
  const asis = boolean('asis')
  if (wrong.length > 0) return { kind: 'bad', text: wrong.join('') }
  return ok({ quorums, basicQuorum, notFoundOk, asis, timeoutMs: timeout.value })
}

type Links = NonNullable<ObjectContent['links']>

const bucketLinks = {
  old: /<\/riak\/([^/]+)>; ?rel="([^"]+)"/,
  now: /<\/buckets\/([^/]+)>; ?rel="([^"]+)"/,
}
const keyLinks = {
  old: /<\/riak\/([^/]+)\/([^/]+)>; ?riaktag="([^"]+)"/,
  now: /<\/buckets\/([^/]+)\/keys\/([^/]+)>; ?riaktag="([^"]+)"/,
}

/** Of the request's own path: `/riak/B/K`, `/buckets/B/keys/K`, or one below `/types`. */
type LinkPath = 'riak' | 'buckets' | 'types'

/** @throws CrashError */
export function parseLinks(
  request: ParsedRequest,
  form: LinkPath,
  bucket: Uint8Array,
): Parsed<Links> {
  const written = form === 'riak' ? 'old' : 'now'
  const ofKeys: Links[number][] = []
  const ofBuckets: string[] = []
  for (const text of (request.header('link') ?? '').split(',')) {
    if (text === '') continue
    const up = bucketLinks[written].exec(text)
    if (up !== null) {
      const [, name = '', rel = ''] = up
      ofBuckets.push(`${unquote(name)}\0${unquote(rel)}`)
      continue
    }
    const [whole, name = '', key = '', tag = ''] = keyLinks[written].exec(text) ?? []
    if (whole === undefined) return badLinks(form, `{invalid_link_header,${quoted(text)}}`)
    ofKeys.unshift({
      bucket: toBytes(unquote(name)),
      key: toBytes(unquote(key)),
      tag: toBytes(unquote(tag)),
    })
  }
  const isOwn = ofBuckets.length === 0 || ofBuckets.join('\n') === `${latin1(bucket)}\0up`
  if (isOwn) return ok(ofKeys)
  const texts = (request.header('link') ?? '').split(',').filter((text) => text !== '')
  return badLinks(form, `{invalid_link_headers,[${texts.map(quoted).join(',')}]}`)
}

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`

/** @param term - what Riak throws: only a path of a bucket type shows it, as a crash. */
function badLinks(form: LinkPath, term: string): Parsed<Links> {
  if (form === 'types') {
    throw new CrashError(
      [`{case_clause,${term}}`],
      [{ module: 'riak_kv_wm_object', function: 'malformed_link_headers', args: 2 }],
    )
  }
  const path = form === 'riak' ? '/riak/BUCKET/KEY' : '/buckets/BUCKET/keys/KEY'
  const text = `Invalid Link header. Links must be of the form\n<${path}>; riaktag="TAG"\n`
  return { kind: 'bad', text }
}

type Indexes = NonNullable<ObjectContent['indexes']>

const indexPrefix = 'x-riak-index-'

/** Sorted and without twins: integers by number, texts by their bytes. */
export function parseIndexes(request: ParsedRequest): Parsed<Indexes> {
  const wrong = new Set<string>()
  const found = new Map<string, Indexes[number]>()
  for (const [name, text] of request.headers) {
    if (!name.toLowerCase().startsWith(indexPrefix)) continue
    const field = name.slice(indexPrefix.length).toLowerCase()
    for (const term of text.split(/,\s/)) {
      if (field.endsWith('_bin')) {
        found.set(`${field}\0${term}`, { field, value: toBytes(term) })
        continue
      }
      if (!field.endsWith('_int')) {
        wrong.add(`Unknown field type for field: '${field}'.\n`)
        continue
      }
      const number = parseIntTerm(toBytes(term))
      if (number === undefined) {
        wrong.add(`Could not parse field '${field}', value '${term}'.\n`)
      } else {
        found.set(`${field}\0${number}`, { field, value: toBytes(String(number)) })
      }
    }
  }
  if (wrong.size > 0) return { kind: 'bad', text: [...wrong].toSorted().join('') }
  return ok([...found.values()].toSorted(compareEntries))
}

function compareEntries(a: Indexes[number], b: Indexes[number]): number {
  if (a.field !== b.field) return a.field < b.field ? -1 : 1
  if (!a.field.endsWith('_int')) return compareBytes(a.value, b.value)
  const difference = BigInt(latin1(a.value)) - BigInt(latin1(b.value))
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

const metaPrefix = 'x-riak-meta-'

/** Stored under the whole name: Protocol Buffers clients read `X-Riak-Meta-Author`. */
export function userMetaOf(request: ParsedRequest): NonNullable<ObjectContent['userMeta']> {
  return request.headers
    .filter(([name]) => name.toLowerCase().startsWith(metaPrefix))
    .map(([name, value]) => ({ key: toBytes(name), value: toBytes(value) }))
}

/** `text/plain; charset=utf-8` in its two parts. */
export function contentTypeOf(header: string): {
  readonly type: string
  readonly charset: string | undefined
} {
  const [type = '', ...parameters] = header.split(/[; ]+/).filter((part) => part !== '')
  const charset = parameters
    .map((parameter) => parameter.split('=').filter((part) => part !== ''))
    .find(([name, value, more]) => name === 'charset' && value !== undefined && more === undefined)
  return { type, charset: charset?.[1] }
}
