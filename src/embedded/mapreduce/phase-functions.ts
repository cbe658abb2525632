/**
 * What a phase calls, found and judged before anything runs: Riak's own functions, registered ones,
 * JavaScript; or why there is none, in Riak's words.
 *
 * Pure.
 *
 * Source: basho/riak_pipe src/riak_pipe_v.erl `validate_function/3`; basho/riak_kv
 * src/riak_kv_mrc_map.erl `validate_arg/1`, riak_kv_w_reduce.erl `reduce_compat/1`; captures/mapred 09x.
 */

import { atom, isAtomOf, isList, isTuple, tuple } from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import { printAtom } from '../../causality/print-term.ts'
import { kvLine } from './erlang-stack.ts'
import type { StackFrame } from './erlang-stack.ts'
import type { JavascriptFunction } from '../javascript/javascript-engine.ts'
import { builtInMaps, builtInReduces } from './built-ins.ts'
import type { BuiltInMap, BuiltInReduce } from './built-ins.ts'
import type { JobWorld } from './flow.ts'
import type { MapFunction, ReduceFunction, RegisteredModule } from './functions.ts'
import { JobFailedError } from './job-errors.ts'
import { bucketOf } from './job.ts'
import type { InputKey, Phase, PhaseFunction } from './job.ts'
import { structOf } from './json-writer.ts'
import { memberOf, optionOf } from './props.ts'

/** JavaScript: at hand, or in an object that is read when the phase begins. */
export type JavascriptCode =
  | { readonly kind: 'at-hand'; readonly what: JavascriptFunction }
  | { readonly kind: 'stored'; readonly at: InputKey }

export type MapCall =
  | { readonly kind: 'built-in'; readonly call: BuiltInMap }
  | { readonly kind: 'registered'; readonly call: MapFunction }
  | { readonly kind: 'javascript'; readonly code: JavascriptCode }
  | {
      readonly kind: 'link'
      readonly bucket: Uint8Array | undefined
      readonly tag: Uint8Array | undefined
    }
  /** Source of Erlang: accepted, and never started. */
  | { readonly kind: 'not-allowed' }

export type ReduceCall =
  | { readonly kind: 'built-in'; readonly call: BuiltInReduce }
  | { readonly kind: 'registered'; readonly call: ReduceFunction }
  | { readonly kind: 'javascript'; readonly code: JavascriptCode }

export type PhaseCall =
  | { readonly kind: 'map'; readonly call: MapCall; readonly arg: Term; readonly isKept: boolean }
  | {
      readonly kind: 'reduce'
      readonly call: ReduceCall
      readonly arg: Term
      readonly isKept: boolean
    }

/** @throws JobFailedError `crashed` for a phase Riak cannot build, `refused` for one it will not. */
export function callsOf(world: JobWorld, phases: readonly Phase[]): readonly PhaseCall[] {
  // Riak builds all reduce phases before it judges any phase.
  for (const phase of phases) if (phase.kind === 'reduce') requireBuildable(world, phase.function)
  return phases.map((phase, at) => callOf(world, phase, placeOf(phases, at)))
}

/** The place of a phase in the pipe, as a refusal names it: only the last one's is a number. */
function placeOf(phases: readonly Phase[], at: number): Term {
  const [before, phase] = [phases[at - 1], phases[at]]
  const isAhead = phase?.kind === 'reduce' && before?.kind === 'map' && wantsPrereduce(before.arg)
  if (isAhead) return tuple(atom('prereduce'), at - 1)
  if (at === phases.length - 1) return at
  return tuple(atom(phase?.kind === 'reduce' ? 'reduce' : 'xform_map'), at)
}

/** The next phase, a reduce, is to begin where this one's outputs are made. */
export function wantsPrereduce(arg: Term): boolean {
  const props = structOf(arg) ?? (isList(arg) ? arg : [])
  const asked = memberOf(props, 'do_prereduce') ?? optionOf(props, 'do_prereduce')
  return isAtomOf(asked, 'true')
}

function callOf(world: JobWorld, phase: Phase, at: Term): PhaseCall {
  if (phase.kind === 'link') {
    const { bucket, tag, isKept } = phase
    return { kind: 'map', call: { kind: 'link', bucket, tag }, arg: atom('none'), isKept }
  }
  const { arg, isKept } = phase
  if (phase.kind === 'map')
    return { kind: 'map', call: mapCall(world, phase.function, at), arg, isKept }
  return { kind: 'reduce', call: reduceCall(world, phase.function, at), arg, isKept }
}

function refuse(phase: Term, text: string): JobFailedError {
  return new JobFailedError({ kind: 'refused', phase, text })
}

const phaseSpecForms =
  'The PhaseSpec part of the argument for riak_kv_mrc_map must be of one of the following forms:\n' +
  '   {modfun, Module :: atom(), Function :: atom()}\n' +
  '   {qfun, Function :: function()}\n' +
  '   {strfun, Source :: string()}\n' +
  '   {strfun, {Bucket :: binary(), Key :: binary()}}\n'

function mapCall(world: JobWorld, of: PhaseFunction, at: Term): MapCall {
  if (of.kind === 'modfun') {
    const builtIn = of.module === ownModule ? builtInMaps.get(of.function) : undefined
    if (builtIn !== undefined) return { kind: 'built-in', call: builtIn }
    const call = own(registered(world, of.module)?.map, of.function)
    if (call !== undefined) return { kind: 'registered', call }
    throw noFunction(world, of, 'PhaseSpec', 3, at)
  }
  if (of.kind === 'strfun') return { kind: 'not-allowed' }
  if (world.javascript === undefined || of.kind === 'unknown') throw refuse(at, phaseSpecForms)
  return { kind: 'javascript', code: javascriptCode(of) ?? refuseCode(at) }
}

function refuseCode(at: Term): never {
  throw refuse(at, phaseSpecForms)
}

function reduceCall(world: JobWorld, of: PhaseFunction, at: Term): ReduceCall {
  if (of.kind === 'modfun') {
    const builtIn = of.module === ownModule ? builtInReduces.get(of.function) : undefined
    if (builtIn !== undefined) return { kind: 'built-in', call: builtIn }
    const call = own(registered(world, of.module)?.reduce, of.function)
    if (call !== undefined) return { kind: 'registered', call }
    throw noFunction(world, of, 'arg', 2, at)
  }
  const code = of.kind === 'jsanon' || of.kind === 'jsfun' ? javascriptCode(of) : undefined
  if (code === undefined) throw notBuildable(of)
  return { kind: 'javascript', code }
}

/** Riak's own functions. */
const ownModule = 'riak_kv_mapreduce'

/** Modules of every node of Riak whose functions no phase can call: they are told from unknown ones. */
const knownModules = new Set(
  (
    'application base64 binary calendar code crypto dict erlang ets file filename gb_sets gb_trees ' +
    'gen_fsm gen_server init inet io io_lib kernel lists maps math mochijson2 net_kernel orddict ' +
    'ordsets os proc_lib proplists queue rand random re riak riak_client riak_core_ring riak_kv_util ' +
    'riak_kv_wm_link_walker riak_object sets string supervisor sys timer unicode zlib'
  ).split(' '),
)

function registered(world: JobWorld, module: string): RegisteredModule | undefined {
  return world.modules.get(module)
}

/** Names come from clients: `constructor` is no function of a module. */
function own<F>(functions: Readonly<Record<string, F>> | undefined, name: string): F | undefined {
  return functions !== undefined && Object.hasOwn(functions, name) ? functions[name] : undefined
}

function noFunction(
  world: JobWorld,
  of: Extract<PhaseFunction, { readonly kind: 'modfun' }>,
  label: string,
  arity: number,
  at: Term,
): JobFailedError {
  const { module, function: name } = of
  const isKnown = module === ownModule || knownModules.has(module)
  if (!isKnown && registered(world, module) === undefined) {
    return refuse(
      at,
      `invalid module named in ${label} function:\n must be a valid module name ` +
        `(failed to load ${printAtom(module)}: embedded)`,
    )
  }
  const called = `${printAtom(module)}:${printAtom(name)}/${arity}`
  return refuse(at, `${label} specifies ${called}, which is not exported`)
}

/** @returns undefined where it names nothing that could be JavaScript. */
function javascriptCode(
  of: Extract<PhaseFunction, { readonly kind: 'jsanon' | 'jsfun' }>,
): JavascriptCode | undefined {
  const text = (term: Term): string | undefined =>
    term instanceof Uint8Array ? Buffer.from(term).toString() : undefined
  if (of.kind === 'jsfun') {
    const name = text(of.name)
    return name === undefined ? undefined : { kind: 'at-hand', what: { kind: 'name', name } }
  }
  const source = text(of.of)
  if (source !== undefined) return { kind: 'at-hand', what: { kind: 'source', source } }
  const [bucket, key] = isTuple(of.of) ? of.of.tuple : []
  const place = bucket !== undefined && isList(bucket) ? { tuple: bucket } : bucket
  const found = bucketOf(place)
  if (found === undefined || !(key instanceof Uint8Array)) return undefined
  return { kind: 'stored', at: { ...found, key } }
}

/** @throws JobFailedError `crashed` */
function requireBuildable(world: JobWorld, of: PhaseFunction): void {
  if (of.kind === 'modfun') return
  const isJavascript = of.kind === 'jsanon' || of.kind === 'jsfun'
  if (!isJavascript || world.javascript === undefined) throw notBuildable(of)
}

function notBuildable(of: PhaseFunction): JobFailedError {
  const pipe = (name: string, arity: number, line: number): StackFrame =>
    kvLine('riak_kv_mrc_pipe', name, arity, line)
  const callers = [
    pipe('reduce2pipe', 5, 488),
    pipe('-mr2pipe_phases/1-lc$^0/1-0-', 3, 351),
    pipe('mr2pipe_phases', 1, 352),
    pipe('mapred_stream', 2, 253),
    pipe('mapred_stream_sink', 4, 292),
  ]
  const spec = specTerm(of)
  if (of.kind === 'strfun') {
    // Riak's own setting, which it does not have: so nothing matches it.
    const reason = tuple(atom('badmatch'), tuple(atom('allow_strfun'), atom('undefined')))
    const frames = [kvLine('riak_kv_w_reduce', 'reduce_compat', 1, 233), ...callers]
    return new JobFailedError({ kind: 'crashed', reason, frames })
  }
  const frames = [kvLine('riak_kv_w_reduce', 'reduce_compat', [spec], 228), ...callers]
  return new JobFailedError({ kind: 'crashed', reason: atom('function_clause'), frames })
}

function specTerm(of: PhaseFunction): Term {
  switch (of.kind) {
    case 'modfun':
      return tuple(atom('modfun'), atom(of.module), atom(of.function))
    case 'strfun':
    case 'jsanon':
      return tuple(atom(of.kind), of.of)
    case 'jsfun':
      return tuple(atom('jsfun'), of.name)
    case 'unknown':
      return of.term
  }
}
