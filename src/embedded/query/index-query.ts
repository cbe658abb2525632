/**
 * A secondary index query: exact or range, over `x_bin`, `x_int`, `$key` or `$bucket`.
 *
 * Depends on the world for the clock (deadline) and the vnodes' folds.
 *
 *     unsorted   vnode after vnode, in batches
 *     sorted     all vnodes of the plan at once, merged by (term, key); max_results cuts a page
 *
 *     continuation = base64 of the external term of the last result:
 *         exact, $key, $bucket   Key              range   {Term, Key}
 *
 * Invariants: pages laid together are the whole sorted answer; a continuation is there exactly when a
 * page is full. An object with two matching terms appears twice.
 *
 * Source: basho/riak_kv src/riak_index.erl, riak_kv_index_fsm.erl, riak_kv_pb_index.erl; RIAK.md §5.3.
 */

import { compareBytes } from '../../causality/bytes.ts'
import {
  TermError,
  atom,
  decodeTerm,
  encodeTerm,
  isInteger,
  isTuple,
  tuple,
} from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import { printTerm } from '../../causality/print-term.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { NodeIndexQuery, NodeIndexResult } from '../requests.ts'
import { decodeIntTerm, encodeIntTerm } from '../vnode/disk-keys.ts'
import { parseIntTerm } from '../vnode/index-entries.ts'
import type { FoldedTerm } from '../vnode/vnode-transport.ts'
import { Deadline, batchSize, coverageFor, isCovered, settingsFor } from './coverage.ts'
import type { QueryMachinery } from './coverage.ts'
import type { CoveredVnode } from './coverage-plan.ts'
import { mergeSorted } from './merge-sorted.ts'
import { InvalidQueryError, termFilter } from './term-filter.ts'
import type { TermFilter } from './term-filter.ts'

/** Bytes that no node ever gave out as a continuation: an internal error in Riak. */
export class ContinuationError extends Error {
  override readonly name = 'ContinuationError'
}

/** A pattern that matches nothing must not outlive its deadline unseen. */
const entriesBetweenChecks = 200

type Kind = 'key' | 'bucket' | 'bin' | 'int'

interface Plan {
  readonly kind: Kind
  readonly isRange: boolean
  readonly field: Uint8Array
  /** Terms as on the disk, or keys. */
  readonly from: Uint8Array
  readonly to: Uint8Array
  readonly after: FoldedTerm | undefined
  /** undefined: every term is wanted. */
  readonly accepts: TermFilter | undefined
}

function kindOf(field: string, original: Uint8Array): Kind {
  if (field === '$key') return 'key'
  if (field === '$bucket') return 'bucket'
  if (field.endsWith('_bin')) return 'bin'
  if (field.endsWith('_int')) return 'int'
  throw new InvalidQueryError(printTerm(tuple(atom('unknown_field_type'), original)))
}

function storedTerm(kind: Kind, field: Uint8Array, value: Uint8Array): Uint8Array {
  if (kind !== 'int') return value
  const number = parseIntTerm(value)
  if (number === undefined) {
    throw new InvalidQueryError(printTerm(tuple(atom('field_parsing_failed'), tuple(field, value))))
  }
  return encodeIntTerm(number)
}

function filterOf(query: NodeIndexQuery, kind: Kind, clock: Clock): TermFilter | undefined {
  const { termRegex } = query
  if (termRegex === undefined || termRegex === '') return undefined
  const filter = termFilter(termRegex, clock)
  if (kind !== 'int') return filter
  throw new InvalidQueryError('Can not use term regular expression in integer query')
}

function makePlan(query: NodeIndexQuery, clock: Clock): Plan {
  const field = Buffer.from(query.field).toString().toLowerCase()
  const kind = kindOf(field, query.field)
  const { match } = query
  const isRange = match.kind === 'range'
  const first = isRange ? match.from : match.value
  const last = isRange ? match.to : match.value
  return {
    kind,
    isRange,
    field: Buffer.from(field),
    from: storedTerm(kind, query.field, first),
    to: storedTerm(kind, query.field, last),
    after: readContinuation(query.continuation, kind, first),
    accepts: filterOf(query, kind, clock),
  }
}

function termFrom(kind: Kind, term: Term | undefined): Uint8Array {
  if (term instanceof Uint8Array) return term
  if (kind === 'int' && isInteger(term)) {
    return encodeIntTerm(BigInt(term))
  }
  throw new ContinuationError('bad continuation')
}

function readContinuation(
  continuation: Uint8Array | undefined,
  kind: Kind,
  exact: Uint8Array,
): FoldedTerm | undefined {
  if (continuation === undefined || continuation.length === 0) return undefined
  const text = Buffer.from(continuation).toString('latin1')
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw new ContinuationError('bad continuation')
  let term: Term
  try {
    term = decodeTerm(bytes)
  } catch (error) {
    if (error instanceof TermError) throw new ContinuationError('bad continuation')
    throw error
  }
  if (term instanceof Uint8Array) {
    return { term: kind === 'int' ? storedTerm(kind, exact, exact) : exact, key: term }
  }
  if (!isTuple(term)) throw new ContinuationError('bad continuation')
  const [found, key] = term.tuple
  if (!(key instanceof Uint8Array)) throw new ContinuationError('bad continuation')
  return { term: termFrom(kind, found), key }
}

function writeContinuation(plan: Plan, last: FoldedTerm): Uint8Array {
  const isPair = plan.isRange && (plan.kind === 'bin' || plan.kind === 'int')
  const number = plan.kind === 'int' ? decodeIntTerm(last.term) : 0n
  const value = plan.kind === 'int' ? number : last.term
  const term = isPair ? tuple(value, last.key) : last.key
  return Buffer.from(Buffer.from(encodeTerm(term)).toString('base64'))
}

/** One vnode's matches, in order of (term, key). */
async function* matches(
  machinery: QueryMachinery,
  query: NodeIndexQuery,
  plan: Plan,
  covered: CoveredVnode,
  deadline: Deadline,
): AsyncGenerator<FoldedTerm> {
  const { folds } = machinery
  const { of } = query
  const isOurs = isCovered(machinery, of, settingsFor(machinery, of), covered)
  const found =
    plan.kind === 'key' || plan.kind === 'bucket'
      ? keysAsTerms(folds.keys(covered.vnode, { of, ...keyBounds(plan) }))
      : folds.terms(covered.vnode, {
          of,
          field: plan.field,
          from: plan.from,
          to: plan.to,
          ...(plan.after === undefined ? {} : { after: plan.after }),
        })
  const wanted = plan.accepts === undefined ? found : accepted(found, plan.accepts, deadline)
  let passed = 0
  for await (const entry of wanted) {
    if (++passed % entriesBetweenChecks === 0) deadline.check()
    if (isOurs(entry.key)) yield entry
  }
}

/** Batch by batch: starting the pattern costs more than a term does. */
async function* accepted(
  found: AsyncIterable<FoldedTerm>,
  accepts: TermFilter,
  deadline: Deadline,
): AsyncGenerator<FoldedTerm> {
  let batch: FoldedTerm[] = []
  const filtered = (): FoldedTerm[] => {
    deadline.check()
    const isAccepted = accepts(batch.map((entry) => entry.term))
    return batch.filter((_entry, at) => isAccepted[at])
  }
  for await (const entry of found) {
    batch.push(entry)
    if (batch.length < entriesBetweenChecks) continue
    yield* filtered()
    batch = []
  }
  if (batch.length > 0) yield* filtered()
}

function keyBounds(plan: Plan) {
  const after = plan.after === undefined ? {} : { after: plan.after.key }
  return plan.kind === 'bucket' ? after : { from: plan.from, to: plan.to, ...after }
}

async function* keysAsTerms(keys: AsyncIterable<Uint8Array>): AsyncGenerator<FoldedTerm> {
  for await (const key of keys) yield { term: key, key }
}

function compareEntries(a: FoldedTerm, b: FoldedTerm): number {
  return compareBytes(a.term, b.term) || compareBytes(a.key, b.key)
}

function toResult(plan: Plan, returnTerms: boolean, entry: FoldedTerm): NodeIndexResult {
  if (!returnTerms) return { term: undefined, key: entry.key }
  const term = plan.kind === 'int' ? Buffer.from(String(decodeIntTerm(entry.term))) : entry.term
  return { term, key: entry.key }
}

/** @returns the continuation, where the page is full. */
export async function* runIndexQuery(
  machinery: QueryMachinery,
  query: NodeIndexQuery,
): AsyncGenerator<readonly NodeIndexResult[], Uint8Array | undefined, undefined> {
  const plan = makePlan(query, machinery.clock)
  const settings = settingsFor(machinery, query.of)
  const deadline = new Deadline(machinery.clock, query.timeoutMs)
  const sources = coverageFor(machinery, settings.nVal).map((covered) =>
    matches(machinery, query, plan, covered, deadline),
  )
  const { maxResults } = query
  const isSorted = maxResults !== undefined || query.paginationSort === true
  const entries = isSorted ? mergeSorted(sources, compareEntries) : oneAfterAnother(sources)
  let batch: NodeIndexResult[] = []
  let count = 0
  for await (const entry of entries) {
    batch.push(toResult(plan, query.returnTerms && plan.isRange, entry))
    count++
    if (count === maxResults) {
      yield batch
      return writeContinuation(plan, entry)
    }
    if (batch.length < batchSize) continue
    yield batch
    batch = []
    deadline.check()
  }
  if (batch.length > 0) yield batch
  return undefined
}

async function* oneAfterAnother<T>(sources: readonly AsyncIterable<T>[]): AsyncGenerator<T> {
  for (const source of sources) yield* source
}
