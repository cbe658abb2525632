/**
 * `term_regex`: a client's pattern, run so that it cannot hold the node.
 *
 * Time comes from `node:vm`'s watchdog, which stops a pattern in the middle of its backtracking, and
 * from the clock, which adds up what a query has taken in all.
 *
 * Invariants: one turn of the event loop ends after `turnMsMax`, whatever pattern and terms are; a
 * query spends at most `queryMsMax` in its pattern.
 * Not here: PCRE. Patterns are JavaScript's, on bytes, as `re` without `unicode` is.
 *
 * Source: basho/riak_kv src/riak_index.erl; Erlang stdlib `re` ("match_limit": PCRE gives up as well).
 */

import { Script, createContext } from 'node:vm'

import type { Clock } from '../../kernel/ports.ts'
import { RiakError } from '../requests.ts'

/** A query that is refused before anything is read; HTTP shows it after `Invalid query: `. */
export class InvalidQueryError extends RiakError {}

/** @returns whether each term matches. @throws InvalidQueryError where finding out takes too long. */
export type TermFilter = (terms: readonly Uint8Array[]) => readonly boolean[]

/** A pattern longer than this is not one a person wrote. */
const charsMax = 1_000
/** For one call: hundreds of terms take a simple pattern a fraction of a millisecond. */
const turnMsMax = 100
const queryMsMax = 1_000

/** Holds nothing but the work in hand: patterns and terms are data, no client's text runs as a program. */
const bench: { work: () => unknown } = { work: () => undefined }
const context = createContext(bench)
const atWork = new Script('work()')

/** @throws Error `ERR_SCRIPT_EXECUTION_TIMEOUT`, or what `work` throws. */
function runWithin<T>(ms: number, work: () => T): T {
  bench.work = work
  try {
    return atWork.runInContext(context, { timeout: ms }) as T
  } finally {
    bench.work = () => undefined
  }
}

/** @throws InvalidQueryError where the text is no pattern. */
export function termFilter(text: string, clock: Clock): TermFilter {
  if (text.length > charsMax) {
    throw new InvalidQueryError('Invalid term regular expression: too long')
  }
  const refused = `Invalid term regular expression ${JSON.stringify(text)}`
  let pattern: RegExp
  try {
    pattern = new RegExp(text)
  } catch {
    throw new InvalidQueryError(refused)
  }
  let spentMs = 0
  return (terms) => {
    const beganMs = clock.monotonicMs()
    const leftMs = Math.ceil(Math.min(turnMsMax, queryMsMax - spentMs))
    if (leftMs <= 0) throw new InvalidQueryError(`${refused}: takes too long`)
    try {
      return runWithin(leftMs, () =>
        terms.map((term) => pattern.test(Buffer.from(term).toString('latin1'))),
      )
    } catch (error) {
      // Its time is up, or it is too large for the engine, which is found out by running it.
      throw new InvalidQueryError(`${refused}: ${whyNot(error)}`)
    } finally {
      spentMs += clock.monotonicMs() - beganMs
    }
  }
}

function whyNot(error: unknown): string {
  // Made in the context of the work, it is no instance of our `Error`.
  const isObject = typeof error === 'object' && error !== null
  const code = isObject && 'code' in error ? error.code : undefined
  return code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? 'takes too long' : 'too large'
}
