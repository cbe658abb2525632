/**
 * What an HTTP client is told when something fails: Riak's words for the node's errors, and pages for
 * crashes.
 *
 * Source: basho/riak_kv src/riak_kv_wm_object.erl `handle_common_error/3`; RIAK.md §2.7;
 * captures/http 031, 034, 035, 042, 253, 261.
 */

import { VclockError } from '../../causality/vclock.ts'
import type { RiakError } from '../requests.ts'
import { CrashError } from './crash-text.ts'
import type { CrashFrame } from './crash-text.ts'
import type { Reply } from './http-reply.ts'

const unsatisfied = /^\{(r|pr|w|dw|pw|node_confirms)_val_unsatisfied,(\d+),(\d+)\}$/
const violation = /^\{n_val_violation,(\d+)\}$/

/**
 * @param type - the bucket type of the request, one character a byte.
 * @returns the status; the reply has the words.
 */
export function tellRiakError(error: RiakError, reply: Reply, type: string): number {
  const { text } = error
  switch (text) {
    case 'notfound':
      reply.say('not found\n')
      return 404
    case 'no_type':
      reply.say(`Unknown bucket type: ${type}`)
      return 404
    case 'timeout':
      reply.say('request timed out\n')
      return 503
    case 'precommit_fail':
      reply.say('PUT aborted by pre-commit hook.')
      return 403
  }
  const tooMany = violation.exec(text)
  if (tooMany !== null) {
    // Without a type of its own: it has that of the answer that was to come, if any.
    const [, n = ''] = tooMany
    reply.append(`Specified w/dw/pw/node_confirms values invalid for bucket n value of ${n}\n`)
    return 400
  }
  const missed = unsatisfied.exec(text)
  if (missed !== null) {
    const [, name = '', wanted = '', got = ''] = missed
    const shown = name === 'node_confirms' ? name : name.toUpperCase()
    const words = `${shown}-value unsatisfied: ${got}/${wanted}\n`
    if (name === 'pw' || name === 'node_confirms') reply.append(words)
    else reply.say(words)
    return 503
  }
  reply.say(`Error:\n${text}\n`)
  return 500
}

/** A page that prints one term, as Riak printed it. */
export class CrashTerm extends Error {
  override readonly name = 'CrashTerm'
}

/** A crash of WebMachine itself: its page is the bare stack. @param calls - the innermost first. */
export function stackOnly(
  calls: readonly (readonly [module: string, name: string, args: number | string])[],
): CrashTerm {
  const frames = calls.map(([module, name, args]) => `{${module},${name},${args},[]}`)
  return new CrashTerm(`[${frames.join(',\n ')}]`)
}

/** Where a crash happened decides how deep Riak wraps it. */
export type CrashStage = 'deciding' | 'accepting'

const decisions: readonly CrashFrame[] = [
  { module: 'webmachine_resource', function: 'resource_call', args: 3 },
  { module: 'webmachine_resource', function: 'do', args: 3 },
  { module: 'webmachine_decision_core', function: 'resource_call', args: 1 },
]

/** The printed term of a crash page; never a path, a stack or a message of ours. */
export function printCrash(stage: CrashStage, error: unknown): string {
  if (error instanceof CrashTerm) return error.message
  const crash = asCrash(error)
  const pad = stage === 'accepting' ? '        ' : '    '
  const frames = [...crash.frames, ...decisions].map(
    ({ module, function: name, args }) => `{${module},${name},${args},[]}`,
  )
  const stack = `[${frames.join(`,\n${pad} `)}]`
  const term = `{error,${crash.reason.join('\n')},\n${pad}${stack}}`
  return stage === 'accepting' ? `{error,\n    ${term}}` : term
}

function asCrash(error: unknown): CrashError {
  if (error instanceof CrashError) return error
  if (!(error instanceof VclockError)) return new CrashError(['badarg'], [])
  const decode: CrashFrame = { module: 'riak_object', function: 'decode_vclock', args: 2 }
  if (error.message !== 'data_error') {
    const reader = { module: 'erlang', function: 'binary_to_term', args: 1 }
    return new CrashError(['badarg'], [reader, decode])
  }
  const zlib = ['inflateEnd_nif', 'unzip'].map((name) => ({
    module: 'zlib',
    function: name,
    args: 1,
  }))
  return new CrashError(['data_error'], [...zlib, decode])
}
