/**
 * What the facade refuses before anything is sent: every backend checks alike, so that a mistake
 * found on the memory backend is the one that a cluster would show.
 *
 * Each check throws `BLOG_BAD_REQUEST` (or `BLOG_TOO_LARGE`), always definite.
 */

import { OperationError } from '../kernel/errors.ts'
import type { Location } from '../kernel/ids.ts'
import { limits } from '../kernel/limits.ts'
import type { Content, IndexEntry, IndexQuery, JobFunction } from './riak-kv.ts'
import type { MapReduceJob, MapReducePhase, Quorum } from './riak-kv.ts'

const utf8 = new TextEncoder()
const fieldPattern = /^[^A-Z]+_(bin|int)$/
const integerPattern = /^-?\d+$/
/** Half a surrogate pair: it has no UTF-8 form, so that two different keys would meet in one. */
const halfCharacter = /\p{Surrogate}/u

function refuse(message: string): never {
  throw new OperationError('BLOG_BAD_REQUEST', message)
}

function checkName(what: string, name: string): void {
  if (name === '') refuse(`${what} is empty`)
  if (halfCharacter.test(name)) refuse(`${what} is not well-formed Unicode`)
  // UTF-8 needs at most three bytes a UTF-16 unit: short names are not encoded to be measured.
  if (name.length * 3 > limits.keyBytesMax && utf8.encode(name).length > limits.keyBytesMax) {
    refuse(`${what} is longer than ${limits.keyBytesMax} bytes`)
  }
}

export function checkType(type: string): void {
  checkName('the bucket type', type)
}

export function checkBucket(of: { readonly type: string; readonly bucket: string }): void {
  checkType(of.type)
  checkName('the bucket', of.bucket)
}

export function checkLocation(at: Location): void {
  checkBucket(at)
  checkName('the key', at.key)
}

/** @param name - of the option, for the message: `r`, `dw`, … */
export function checkQuorum(name: string, quorum: Quorum | undefined): void {
  if (typeof quorum !== 'number') return
  if (!Number.isInteger(quorum) || quorum < 0 || quorum > 255) {
    refuse(`${name} is not a number of vnodes: ${quorum}`)
  }
}

/** @returns the timeout that goes to Riak, in ms. */
export function checkTimeout(timeoutMs: number | undefined): number {
  if (timeoutMs === undefined) return limits.riakTimeoutMsDefault
  if (!Number.isFinite(timeoutMs) || timeoutMs < 1) {
    refuse(`timeoutMs is not a positive number: ${timeoutMs}`)
  }
  return Math.min(Math.ceil(timeoutMs), limits.riakTimeoutMsMax)
}

/** As `checkTimeout`, for jobs: they take longer than a page may. */
export function checkJobTimeout(timeoutMs: number | undefined): number {
  return checkTimeout(timeoutMs ?? limits.jobTimeoutMsDefault)
}

/** @returns which of its phases gives the answer; undefined: none is kept. */
export function checkJob({ inputs, query }: MapReduceJob): number | undefined {
  if ('bucket' in inputs) {
    if (inputs.field === undefined) checkBucket(inputs)
    else checkIndexQuery(inputs)
  } else {
    // Riak refuses it too: an empty list is taken for a mistake, not for no work.
    if (inputs.length === 0) refuse('a job has at least one input')
    for (const at of inputs) checkLocation(at)
  }
  if (query.length === 0) refuse('a job has at least one phase')
  let answering: number | undefined
  for (const [at, phase] of query.entries()) {
    if (functionOf(phase).keep ?? at === query.length - 1) answering = at
  }
  return answering
}

export function functionOf(phase: MapReducePhase): JobFunction {
  return 'map' in phase ? phase.map : phase.reduce
}

/** @throws OperationError `BLOG_BAD_REQUEST` for what Protocol Buffers would round. */
export function checkAmount(amount: number): void {
  if (!Number.isSafeInteger(amount)) refuse(`a counter is moved by an integer: ${amount}`)
}

function checkIndexEntry(entry: IndexEntry): void {
  if (!fieldPattern.test(entry.field)) {
    refuse(`an index field is lower case and ends in _bin or _int: "${entry.field}"`)
  }
  if (entry.field.endsWith('_int') && !integerPattern.test(entry.value)) {
    refuse(`index ${entry.field}: not a decimal integer: "${entry.value}"`)
  }
  if (halfCharacter.test(entry.value)) refuse(`index ${entry.field}: not well-formed Unicode`)
}

/** @throws OperationError `BLOG_TOO_LARGE` over `limits.objectBytesMax`. */
export function checkContent(content: Content): void {
  if (content.value.length > limits.objectBytesMax) {
    throw new OperationError(
      'BLOG_TOO_LARGE',
      `a value of ${content.value.length} bytes; at most ${limits.objectBytesMax} are stored`,
    )
  }
  if (content.contentType === '') refuse('the content type is empty')
  for (const entry of content.indexes ?? []) checkIndexEntry(entry)
}

/** How a query's terms are compared. */
export type IndexKind = 'bytes' | 'integer'

/** @throws OperationError `BLOG_BAD_REQUEST` unless there is exactly one of `equals` and a range. */
export function checkIndexQuery(query: IndexQuery): IndexKind {
  checkBucket(query)
  const isSpecial = query.field === '$key' || query.field === '$bucket'
  if (!isSpecial && !fieldPattern.test(query.field)) {
    refuse(`an index is $key, $bucket, or lower case and ends in _bin or _int: "${query.field}"`)
  }
  const isRange = query.from !== undefined && query.to !== undefined
  const hasRangePart = query.from !== undefined || query.to !== undefined
  if (hasRangePart && !isRange) refuse('an index range needs both ends')
  if (isRange === (query.equals !== undefined)) {
    refuse('an index query is either equals, or from … to')
  }
  const kind = query.field.endsWith('_int') ? 'integer' : 'bytes'
  for (const term of [query.equals, query.from, query.to]) {
    if (term === undefined) continue
    if (kind === 'integer' && !integerPattern.test(term)) {
      refuse(`index ${query.field}: not a decimal integer: "${term}"`)
    }
  }
  if (
    query.maxResults !== undefined &&
    (!Number.isInteger(query.maxResults) || query.maxResults < 1)
  ) {
    refuse(`maxResults is not a positive integer: ${query.maxResults}`)
  }
  return kind
}
