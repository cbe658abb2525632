/**
 * How many siblings reads and puts meet: few, or something writes without having read.
 *
 * Riak refuses a put that would leave more than 100 (`object.siblings.maximum`); one that covers what is
 * there is never refused. A key that lies in many is named in the log, once.
 */

import { StoreError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Log } from '../kernel/ports.ts'
import type { SiblingState } from './blog.ts'
import { Lately } from './lately.ts'

export class SiblingWatch {
  readonly #log: Log
  readonly #named = new Lately<true>(limits.siblingsNamedMax)
  #largest = 0
  #merges = 0
  #refused = 0

  constructor(log: Log) {
    this.#log = log
  }

  /** @param at - for people; @param count - siblings that came back. */
  met(at: () => string, count: number): void {
    this.#largest = Math.max(this.#largest, count)
    if (count < 2) return
    this.#merges++
    if (count < limits.siblingsMany) return
    const place = at()
    if (this.#named.get(place) === true) return
    this.#named.set(place, true)
    this.#log.write(
      'warn',
      'an object lies in many siblings: they are merged, and its next write makes them one',
      {
        at: place,
        siblings: count,
      },
    )
  }

  refused(): void {
    this.#refused++
  }

  state(): SiblingState {
    return { largest: this.#largest, merges: this.#merges, refused: this.#refused }
  }
}

/** Riak's own words: the put was one sibling too many, and nothing was stored. */
export function isSiblingLimit(error: unknown): boolean {
  return error instanceof StoreError && error.message.includes('{too_many_siblings,')
}
