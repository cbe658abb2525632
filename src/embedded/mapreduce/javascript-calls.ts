/**
 * JavaScript phases: code found, arguments as JSON text, answers and errors in Riak's form.
 *
 * The values are made into text here and read there: no value of foreign code is ever one of ours.
 *
 * Source: basho/riak_kv 2.9 src/riak_kv_mrc_map.erl `map_js/3`, riak_kv_w_reduce.erl `js_runner/1`,
 * riak_kv_js_vm.erl; RIAK.md §7.2.
 */

import { atom, tuple } from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import { limits } from '../../kernel/limits.ts'
import type {
  JavascriptError,
  JavascriptFunction,
  JavascriptResult,
} from '../javascript/javascript-engine.ts'
import type { JobContext } from './flow.ts'
import { writeJson } from './json-writer.ts'
import type { JavascriptCode } from './phase-functions.ts'
import { readObjects } from './read-objects.ts'
import { bucketTerm, undefinedTerm } from './job.ts'

/** Why stored code cannot run: `{jsanon, Reason}`. */
export class NoCodeError extends Error {
  readonly reason: Term

  constructor(reason: Term) {
    super('the code of a phase is not there')
    this.name = 'NoCodeError'
    this.reason = reason
  }
}

/** @throws NoCodeError where the object that should hold it does not. */
export async function codeOf(
  context: JobContext,
  code: JavascriptCode,
): Promise<JavascriptFunction> {
  if (code.kind === 'at-hand') return code.what
  const bkey = tuple(bucketTerm(code.at), code.at.key)
  const target = { at: code.at, bkey, keyData: undefinedTerm }
  const [found] = await readObjects(context.world, [target])
  const values = found?.object?.values.filter(({ isTombstone }) => !isTombstone) ?? []
  const [value] = values
  if (value === undefined) throw new NoCodeError(tuple(atom('notfound'), bkey))
  if (values.length > 1) throw new NoCodeError(atom('siblings'))
  return { kind: 'source', source: Buffer.from(value.value).toString() }
}

export async function callJavascript(
  context: JobContext,
  what: JavascriptFunction,
  argumentLists: readonly string[],
): Promise<readonly JavascriptResult[]> {
  const { javascript } = context.world
  if (javascript === undefined) return []
  // The job's own end comes first: it is told in other words than that of one call.
  const timeoutMs = Math.max(0, context.leftMs()) + limits.mapReduceJavascriptGraceMs
  return javascript.call({ argumentLists, what, job: context, timeoutMs })
}

/** An argument as Riak's JSON has it: atoms are strings, so that nothing is `"none"`. */
export function argumentText(term: Term): string {
  return writeJson(term)
}

/** What Riak makes of an error in JavaScript: the fields of the engine's report, or an atom. */
export function errorTerm(error: JavascriptError): Term {
  const member = (name: string, value: Term): Term => tuple(Buffer.from(name), value)
  switch (error.fault) {
    case 'timeout':
    case 'overload':
      return atom(error.fault)
    case 'not-a-list':
      return atom('non_list_result')
    case 'undefined':
      // The driver writes this one itself, and calls it otherwise than the engine would.
      return [
        member('error', Buffer.from(error.message)),
        member('lineno', 0),
        member('source', Buffer.from(error.source)),
      ]
    case 'exception':
    case 'too-large':
    case 'unavailable':
      return [
        member('lineno', error.lineno),
        member('message', Buffer.from(error.message)),
        member('source', Buffer.from(error.source)),
      ]
  }
}
