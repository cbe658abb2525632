/**
 * A job in JSON, once it is read: checked in Riak's order, refused in Riak's words.
 *
 *     {"inputs": I, "query": [{"map": {…}}, {"reduce": {…}}, {"link": {…}}], "timeout": ms}
 *
 * Pure. Long lists of inputs are checked a part at a time (`checkInputs` of `parse-job.ts`).
 *
 * Source: basho/riak_kv src/riak_kv_mapred_json.erl `parse_request/1`; captures/mapred.
 */

import {
  atom,
  chars,
  isAtom,
  isFloat,
  isInteger,
  isList,
  tuple,
} from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import { limits } from '../../kernel/limits.ts'
import type { JobBucket, JobInputs, Phase, PhaseFunction } from './job.ts'
import { bucketOf } from './job.ts'
import { indexInputs } from './index-inputs.ts'
import { jsonIolist, structOf } from './json-writer.ts'
import { memberOf } from './props.ts'

/** Why it was refused: a term that both protocols print, each in its own frame. */
export class JobRefusedError extends Error {
  readonly part: 'inputs' | 'query'
  readonly reason: Term

  constructor(part: 'inputs' | 'query', reason: Term) {
    super(`the ${part} of the job were refused`)
    this.name = 'JobRefusedError'
    this.part = part
    this.reason = reason
  }
}

const helpTexts = [
  'Valid formats are:\n',
  '\nKey List:\n',
  '  - Map/Reduce over the provided set of keys.\n',
  '  - {"inputs":[["mybucket","mykey1"], ["mybucket","mykey2"], ...]}\n',
  '\n',
  'Key List with Key Data:\n',
  '  - Map/Reduce over the provided set of keys.\n',
  '  - {"inputs":[["mybucket","mykey1", "mykeydata1"], ["mybucket","mykey2", "mykeydata1"], ...]}\n',
  '\n',
  'Index Query - Exact Match:\n',
  '  - Indexing backend must be enabled.\n',
  '  - {"inputs":{"bucket":"mybucket", "index":"myindex_bin", "key":"mykey"}}\n',
  '\n',
  'Index Query - Range Search:\n',
  '  - Indexing backend must be enabled.\n',
  '  - Use secondary indexes to generate a starting set of keys.\n',
  '  - {"inputs":{"bucket":"mybucket", "index":"myindex_bin", "start":"key1", "end":"key2"}}\n',
  '\n',
  'Search Query:\n',
  '  - Riak Search must be enabled and bucket hook installed.\n',
  '  - {"inputs":{"bucket":"mybucket", "query":"foo OR bar"}}\n',
  '\n',
  'Search Query With Filter:\n',
  '  - Riak Search must be enabled and bucket hook installed.\n',
  '  - {"inputs":{"bucket":"mybucket", "query":"field1:(foo OR bar)", "filter":"field2:baz"}}\n',
  '\n',
  'Bucket:\n',
  '  - Map/Reduce over all keys in the provided bucket.\n',
  '  - WARNING: THIS CAN BE A SLOW OPERATION!\n',
  '  - {"inputs":"mybucket"}\n\n',
  'Bucket With Key Filter:\n',
  '  - Filter keys in a bucket, then Map/Reduce.\n',
  '  - WARNING: THIS CAN BE A SLOW OPERATION!\n',
  '  - {"inputs":{"bucket":"mybucket", "key_filters":[["matches", "foo.*"]]}}\n\n',
]

export function invalidInput(term: Term): JobRefusedError {
  return new JobRefusedError('inputs', [
    chars('Unrecognized format of "inputs" field:'),
    chars('   '),
    jsonIolist(term),
    chars('\n\n'),
    ...helpTexts.map(chars),
  ])
}

/** One input of a list. @throws JobRefusedError */
export function keyInput(input: Term): Term {
  if (!isList(input)) throw invalidInput(input)
  const [bucket, key, keyData, type] = input
  const hasKey = bucket instanceof Uint8Array && key instanceof Uint8Array
  if (!hasKey) throw invalidInput(input)
  if (input.length === 2) return tuple(bucket, key)
  if (keyData === undefined || input.length > 4) throw invalidInput(input)
  if (type === undefined) return tuple(tuple(bucket, key), keyData)
  if (!(type instanceof Uint8Array)) throw invalidInput(input)
  return tuple(tuple(tuple(type, bucket), key), keyData)
}

/**
 * Inputs other than a list of keys.
 *
 * @returns undefined for such a list: its elements are for `keyInput`.
 * @throws JobRefusedError
 */
export function otherInputs(term: Term): JobInputs | undefined {
  if (term instanceof Uint8Array) {
    return { kind: 'bucket', of: { type: Buffer.from('default'), bucket: term } }
  }
  if (isList(term)) {
    const [type, bucket] = term
    const isPair = type !== undefined && bucket !== undefined && term.length === 2
    const of = isPair ? bucketOf(tuple(type, bucket)) : undefined
    return of === undefined ? undefined : { kind: 'bucket', of }
  }
  const props = structOf(term)
  if (props === undefined) throw invalidInput(term)
  return structInputs(props, term)
}

function structInputs(props: readonly Term[], whole: Term): JobInputs {
  const of = (name: string): Term | undefined => memberOf(props, name)
  const [module, name, arg] = [of('module'), of('function'), of('arg')]
  if (module !== undefined && name !== undefined && arg !== undefined) {
    return { kind: 'function', module: nameOf(module), function: nameOf(name), arg }
  }
  const [bucket, index, query] = [of('bucket'), of('index'), of('query')]
  if ((bucket !== undefined || index !== undefined) && query !== undefined) {
    return { kind: 'search' }
  }
  if (bucket !== undefined && index !== undefined) {
    const [key, start, end] = [of('key'), of('start'), of('end')]
    const isRange = start !== undefined && end !== undefined
    const terms = key !== undefined ? [key] : isRange ? [start, end] : undefined
    if (terms !== undefined) {
      const found = indexInputs(jsonBucket(bucket), index, terms)
      if (found.kind === 'refused') throw new JobRefusedError('inputs', found.reasons)
      return found
    }
  }
  const filters = of('key_filters')
  if (bucket === undefined || filters === undefined) throw invalidInput(whole)
  if (!isList(filters)) throw badArgument('length', [filters])
  if (filters.length === 0) throw invalidInput(whole)
  return { kind: 'filtered', of: jsonBucket(bucket), filters }
}

/** A crash of the parser, not a refusal: Riak answers it as one. */
export class JobCrashError extends Error {
  readonly reason: Term
  readonly function: string
  readonly args: readonly Term[]

  constructor(reason: Term, name: string, args: readonly Term[]) {
    super('the parser of jobs crashed')
    this.name = 'JobCrashError'
    this.reason = reason
    this.function = name
    this.args = args
  }
}

function badArgument(name: string, args: readonly Term[]): JobCrashError {
  return new JobCrashError(atom('badarg'), name, args)
}

/** @throws JobCrashError */
function nameOf(term: Term): string {
  if (term instanceof Uint8Array) return Buffer.from(term).toString()
  throw badArgument('binary_to_atom', [term, atom('utf8')])
}

/** `"bucket"`, or `["type","bucket"]`. @throws JobCrashError */
function jsonBucket(term: Term): JobBucket {
  const [type, bucket] = isList(term) ? term : []
  const isPair = isList(term) && term.length === 2
  const found =
    isPair && type !== undefined && bucket !== undefined
      ? bucketOf(tuple(type, bucket))
      : term instanceof Uint8Array
        ? bucketOf(term)
        : undefined
  if (found !== undefined) return found
  throw new JobCrashError(atom('function_clause'), 'normalize_bucket_and_type', [term])
}

/** @throws JobRefusedError */
export function parseQuery(query: Term): readonly Phase[] {
  if (!isList(query)) {
    const said = [chars('The value of the "query" field was not a list:\n   ')]
    throw refuseQuery([...said, jsonIolist(query), chars('\n')])
  }
  if (query.length > limits.mapReducePhasesMax) {
    throw refuseQuery([chars(`More than ${limits.mapReducePhasesMax} phases.\n`)])
  }
  return query.map((phase, at) => parsePhase(phase, at === query.length - 1))
}

function refuseQuery(reason: Term): JobRefusedError {
  return new JobRefusedError('query', reason)
}

function parsePhase(phase: Term, isLast: boolean): Phase {
  const [member, ...others] = structOf(phase) ?? []
  const pair = member !== undefined && 'tuple' in Object(member) ? memberPair(member) : undefined
  const spec = pair === undefined ? undefined : structOf(pair.value)
  const kind = pair?.name
  const isKnown = kind === 'map' || kind === 'reduce' || kind === 'link'
  if (!isKnown || spec === undefined || others.length > 0) {
    throw refuseQuery([
      chars('Unrecognized format of query phase:\n   '),
      jsonIolist(phase),
      chars(
        '\n\nValid formats are:\n   {"map":{...spec...}}\n   {"reduce":{...spec...}}\n   {"link:{...spec}}\n',
      ),
    ])
  }
  const keep = memberOf(spec, 'keep')
  const isKept = keep === undefined ? isLast : truth(keep)
  if (isKept === undefined) {
    const said = chars('The "keep" field was not a boolean value in:\n   ')
    throw refuseQuery([said, jsonIolist(phase), chars('\n')])
  }
  if (kind === 'link') return linkPhase(spec, isKept)
  const arg = memberOf(spec, 'arg') ?? atom('none')
  return { kind, function: phaseFunction(spec), arg, isKept }
}

function memberPair(term: Term): { readonly name: string; readonly value: Term } | undefined {
  const [name, value] = (term as { readonly tuple: readonly Term[] }).tuple
  if (!(name instanceof Uint8Array) || value === undefined) return undefined
  return { name: Buffer.from(name).toString('latin1'), value }
}

function truth(term: Term): boolean | undefined {
  if (!isAtom(term)) return undefined
  return term.atom === 'true' ? true : term.atom === 'false' ? false : undefined
}

function linkPhase(spec: readonly Term[], isKept: boolean): Phase {
  const anything = Buffer.from('_')
  const bucket = memberOf(spec, 'bucket') ?? anything
  const tag = memberOf(spec, 'tag') ?? anything
  if (!(bucket instanceof Uint8Array) || !(tag instanceof Uint8Array)) {
    throw refuseQuery([
      chars('Invalid link step specification:\n   '),
      jsonIolist(tuple(atom('struct'), spec)),
      chars('\n\n "bucket" and "tag" fields must have string values.\n'),
    ])
  }
  const given = (of: Uint8Array): Uint8Array | undefined => (anything.equals(of) ? undefined : of)
  return { kind: 'link', bucket: given(bucket), tag: given(tag), isKept }
}

function phaseFunction(spec: readonly Term[]): PhaseFunction {
  const language = memberOf(spec, 'language')
  const name = language instanceof Uint8Array ? Buffer.from(language).toString('latin1') : undefined
  if (name === 'javascript') return javascriptFunction(spec)
  if (name === 'erlang') return erlangFunction(spec)
  const shown = jsonIolist(tuple(atom('struct'), spec))
  if (language === undefined) {
    const said = chars('No "language" was specified for the phase:\n')
    throw refuseQuery([said, chars('   '), shown, chars('\n')])
  }
  const said = [chars('Unknown language '), jsonIolist(language), chars(' in phase:\n')]
  throw refuseQuery([...said, chars('   '), shown, chars('\n')])
}

const functionsMayBe = '\n\nFunctions may be specified by:\n'

function javascriptFunction(spec: readonly Term[]): PhaseFunction {
  const source = memberOf(spec, 'source')
  if (source !== undefined) return { kind: 'jsanon', of: source }
  const name = memberOf(spec, 'name')
  if (name !== undefined) return { kind: 'jsfun', name }
  const [bucket, key] = [memberOf(spec, 'bucket'), memberOf(spec, 'key')]
  const shown = jsonIolist(tuple(atom('struct'), spec))
  if (bucket === undefined) {
    throw refuseQuery([
      chars('No function specified in Javascript phase:\n   '),
      shown,
      chars(
        `${functionsMayBe}   - a "source" field, with source for a Javascript function\n` +
          '   - a "name" field, naming a predefined Javascript function\n' +
          '   - "bucket" and "key" fields, specifying a Riak object containing Javascript function source\n',
      ),
    ])
  }
  if (key === undefined) {
    throw refuseQuery([
      chars(
        'Javascript phase was missing a "key" field to match the "bucket" field, pointing to the function to evaluate in:   ',
      ),
      shown,
      chars('\n'),
    ])
  }
  return { kind: 'jsanon', of: tuple(bucket, key) }
}

function erlangFunction(spec: readonly Term[]): PhaseFunction {
  const of = (name: string): Term | undefined => memberOf(spec, name)
  const [source, bucket, key] = [of('source'), of('bucket'), of('key')]
  const [module, name] = [of('module'), of('function')]
  const hasStored = bucket !== undefined || key !== undefined
  const hasNames = module !== undefined || name !== undefined
  const isText = source instanceof Uint8Array || (source !== undefined && isList(source))
  if (isText && !hasStored && !hasNames) return { kind: 'strfun', of: source }
  const isStored = bucket instanceof Uint8Array && key instanceof Uint8Array
  if (source === undefined && isStored && !hasNames) {
    return { kind: 'strfun', of: tuple(bucket, key) }
  }
  const isNamed = module instanceof Uint8Array && name instanceof Uint8Array
  if (source === undefined && !hasStored && isNamed) return namedFunction(module, name, spec)
  throw refuseQuery([
    chars('No function specified in Erlang phase:\n   '),
    jsonIolist(tuple(atom('struct'), spec)),
    chars(
      `${functionsMayBe}   - a "source" field, with source for an Erlang function\n` +
        '   - "module" and "function" fields, specifying an Erlang module and function\n' +
        '   - "bucket" and "key" fields, specifying a Riak object containing Erlang function source\n',
    ),
  ])
}

/** Longer names are no atoms. */
const atomCharsMax = 255

function namedFunction(module: Uint8Array, name: Uint8Array, spec: readonly Term[]): PhaseFunction {
  for (const [what, bytes] of Object.entries({ module, function: name })) {
    if (bytes.length <= atomCharsMax) continue
    throw refuseQuery([
      chars(`Could not convert "${what}" field value to an atom in:   `),
      jsonIolist(tuple(atom('struct'), spec)),
      chars('\n'),
    ])
  }
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
  return { kind: 'modfun', module: text(module), function: text(name) }
}

/** What is not a number above 0 counts as none. */
export function timeoutOf(term: Term | undefined): number {
  const whole = isInteger(term) ? Number(term) : NaN
  const ms = term !== undefined && isFloat(term) ? Math.ceil(term.float) : whole
  const isUsable = Number.isFinite(ms) && ms > 0
  return isUsable ? Math.min(ms, 2 ** 31 - 1) : limits.mapReduceTimeoutMsDefault
}
