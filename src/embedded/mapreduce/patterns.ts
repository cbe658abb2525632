/**
 * Patterns of key filters, run so that they cannot hold the node.
 *
 * A pattern with few open repetitions and no repeated group takes time with the square of a short text
 * at most: it is run as it is. Any other is run under a watchdog (`../query/term-filter.ts`).
 *
 * Source: basho/riak_kv src/riak_kv_mapred_filters.erl `matches/1`.
 */

import { atom } from '../../causality/external-term.ts'
import type { Clock } from '../../kernel/ports.ts'
import { InvalidQueryError, termFilter } from '../query/term-filter.ts'
import { FunctionError } from './job-errors.ts'
import type { MakePattern } from './key-filters.ts'

/** Texts up to here are short. */
const shortBytes = 512
const openRepetitionsMax = 2

function isHarmless(pattern: string): boolean {
  // What is escaped, or in a class, repeats nothing.
  const bare = pattern.replace(/\\[^]/g, 'x').replace(/\[\^?\]?[^\]]*\]/g, 'x')
  const open = bare.match(/[*+]|\{\d*,\d*\}/g)?.length ?? 0
  return open <= openRepetitionsMax && !/\)[*+?{]/.test(bare) && !/\\[1-9]/.test(pattern)
}

function plainPattern(text: string): RegExp | undefined {
  try {
    return isHarmless(text) ? new RegExp(text) : undefined
  } catch {
    return undefined
  }
}

/** Runs on bytes: one character each. */
export function patternsWith(clock: Clock): MakePattern {
  return (text) => {
    const watched = watchedPattern(text, clock)
    if (watched === undefined) return undefined
    const plain = plainPattern(text)
    if (plain === undefined) return watched
    return (of) =>
      of.length <= shortBytes ? plain.test(Buffer.from(of).toString('latin1')) : watched(of)
  }
}

/** @returns undefined for a text that is no pattern. */
function watchedPattern(text: string, clock: Clock): ((of: Uint8Array) => boolean) | undefined {
  try {
    const filter = termFilter(text, clock)
    return (of) => {
      try {
        return filter([of])[0] === true
      } catch (error) {
        if (error instanceof InvalidQueryError) throw new FunctionError(atom('match_limit'))
        throw error
      }
    }
  } catch (error) {
    if (error instanceof InvalidQueryError) return undefined
    throw error
  }
}
