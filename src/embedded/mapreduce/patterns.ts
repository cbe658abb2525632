/**
 * Patterns of key filters, run so that they cannot hold the node.
 *
 * Source: basho/riak_kv src/riak_kv_mapred_filters.erl `matches/1`; `../query/term-filter.ts`.
 */

import { atom } from '../../causality/external-term.ts'
import type { Clock } from '../../kernel/ports.ts'
import { InvalidQueryError, termFilter } from '../query/term-filter.ts'
import { FunctionError } from './job-errors.ts'
import type { MakePattern } from './key-filters.ts'

/** @returns undefined for a text that is no pattern. */
export function patternsWith(clock: Clock): MakePattern {
  return (text) => {
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
}
