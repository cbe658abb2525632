/**
 * A job as a term of Erlang (`application/x-erlang-binary`): checked as Riak checks it.
 *
 *     [{inputs, I}, {query, [{map, Fun, Arg, Keep} | {reduce, …} | {link, Bucket, Tag, Keep}]}, {timeout, Ms}]
 *
 * Pure. Funs themselves (`{qfun, F}`) are code of the client's own node: nothing here can run one.
 *
 * Source: basho/riak_kv src/riak_kv_mapred_term.erl; RIAK.md §7.1.
 */

import {
  TermError,
  atom,
  chars,
  decodeTerm,
  isAtom,
  isAtomOf,
  isList,
  isTuple,
  tuple,
} from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import { limits } from '../../kernel/limits.ts'
import { indexInputs } from './index-inputs.ts'
import type { Job, JobInputs, Phase, PhaseFunction } from './job.ts'
import { bucketOf, isNull, undefinedTerm } from './job.ts'
import { timeoutOf } from './parse-json-job.ts'
import { optionOf } from './props.ts'

/** The term that Riak prints: a reason, or `{inputs, Reason}`, `{query, Reason}`. */
export class TermJobError extends Error {
  readonly term: Term

  constructor(term: Term) {
    super('the job was refused')
    this.name = 'TermJobError'
    this.term = term
  }
}

function refuse(part: 'inputs' | 'query', reason: Term): TermJobError {
  return new TermJobError(tuple(atom(part), reason))
}

/** @throws TermJobError */
export function parseTermJob(bytes: Uint8Array): Job {
  if (bytes.length > limits.mapReduceTermJobBytesMax) {
    throw new TermJobError(tuple(atom('too_large'), bytes.length))
  }
  const props = readProps(bytes)
  const inputs = parseInputs(optionOf(props, 'inputs') ?? undefinedTerm)
  const phases = parsePhases(optionOf(props, 'query') ?? undefinedTerm)
  return { inputs, phases, timeoutMs: timeoutOf(optionOf(props, 'timeout')) }
}

function readProps(bytes: Uint8Array): readonly Term[] {
  let term: Term
  try {
    term = decodeTerm(bytes)
  } catch (error) {
    if (error instanceof TermError) throw new TermJobError(atom('badarg'))
    throw error
  }
  if (!isList(term)) throw new TermJobError(atom('function_clause'))
  return term
}

function parseInputs(term: Term): JobInputs {
  const bucket = bucketOf(term)
  if (bucket !== undefined) return { kind: 'bucket', of: bucket }
  if (isList(term)) return keyInputs(term)
  return (isTuple(term) ? tupleInputs(term.tuple) : undefined) ?? refuseInputs(term)
}

function refuseInputs(term: Term): never {
  const said =
    'Inputs must be a binary bucket, a tuple of bucket and key-filters, a list of target tuples, or a search, index, or modfun tuple:'
  throw refuse('inputs', tuple(chars(said), term))
}

function keyInputs(list: readonly Term[]): JobInputs {
  const at = list.findIndex((input) => !isTarget(input))
  if (at === -1) return { kind: 'keys', list }
  const said = chars('Inputs target tuples must be {B,K} or {{B,K},KeyData}:')
  throw refuse('inputs', tuple(said, list.slice(at)))
}

/** `{B,K}`, `{{B,K},KeyData}` or `{{{T,B},K},KeyData}`. */
function isTarget(input: Term): boolean {
  if (!isTuple(input) || input.tuple.length !== 2) return false
  const [first, second] = input.tuple
  if (first instanceof Uint8Array) return second instanceof Uint8Array
  if (first === undefined || !isTuple(first) || first.tuple.length !== 2) return false
  const [bucket, key] = first.tuple
  return bucketOf(bucket) !== undefined && key instanceof Uint8Array
}

function tupleInputs(elements: readonly Term[]): JobInputs | undefined {
  const [tag, second, third, ...rest] = elements
  if (tag === undefined || second === undefined) return undefined
  if (!isAtom(tag)) {
    const of = bucketOf(tag)
    const isFiltered = of !== undefined && elements.length === 2 && isList(second)
    return isFiltered ? { kind: 'filtered', of, filters: second } : undefined
  }
  if (tag.atom === 'search' && (elements.length === 3 || elements.length === 4)) {
    return { kind: 'search' }
  }
  if (third === undefined) return undefined
  const [last] = rest
  const isNamed = isAtom(second) && isAtom(third) && last !== undefined && elements.length === 4
  if (tag.atom === 'modfun' && isNamed) {
    return { kind: 'function', module: second.atom, function: third.atom, arg: last }
  }
  const of = bucketOf(second)
  if (tag.atom !== 'index' || of === undefined || rest.length < 1 || rest.length > 2) {
    return undefined
  }
  const found = indexInputs(of, third, rest)
  if (found.kind === 'refused') throw refuse('inputs', found.reasons)
  return found
}

function parsePhases(term: Term): readonly Phase[] {
  if (!isList(term)) throw refuse('query', tuple(chars('Query takes a list of step tuples'), term))
  if (term.length > limits.mapReducePhasesMax) throw refuse('query', atom('too_many_phases'))
  return term.map((phase) => parsePhase(phase) ?? badPhase(phase))
}

/** Riak crashes on what is no phase, where it builds the pipe. */
function badPhase(phase: Term): never {
  throw new TermJobError(tuple(atom('function_clause'), phase))
}

function parsePhase(phase: Term): Phase | undefined {
  if (!isTuple(phase) || phase.tuple.length !== 4) return undefined
  const [kind, first, second, keep] = phase.tuple
  if (kind === undefined || first === undefined || second === undefined) return undefined
  const isKept = isAtomOf(keep, 'true')
  const name = isAtom(kind) ? kind.atom : ''
  if (name === 'link') return { kind: 'link', bucket: matchOf(first), tag: matchOf(second), isKept }
  if (name !== 'map' && name !== 'reduce') return undefined
  return { kind: name, function: phaseFunction(first), arg: second, isKept }
}

function matchOf(term: Term): Uint8Array | undefined {
  return term instanceof Uint8Array ? term : undefined
}

function phaseFunction(term: Term): PhaseFunction {
  const [tag, first, second] = isTuple(term) ? term.tuple : []
  const kind = tag !== undefined && isAtom(tag) ? tag.atom : ''
  if (first === undefined || isNull(term)) return { kind: 'unknown', term }
  if (kind === 'modfun' && isAtom(first) && second !== undefined && isAtom(second)) {
    return { kind: 'modfun', module: first.atom, function: second.atom }
  }
  if (kind === 'strfun' || kind === 'jsanon') return { kind, of: first }
  return kind === 'jsfun' ? { kind, name: first } : { kind: 'unknown', term }
}
