/**
 * Faults that a test, or the simulator, asks the memory backend for: each is one that a real
 * cluster shows (captures of a Riak with nodes down; traps of the client).
 *
 * @example
 * kv.faults.inject({ call: 'put', type: 'slugs' }, { kind: 'lose-answer' })
 */

import type { StoreError } from '../../kernel/errors.ts'
import type { CallKind } from '../riak-calls.ts'

export type Fault =
  /** Nothing is done; the call fails with this error. */
  | { readonly kind: 'fail'; readonly error: StoreError }
  /** It is done, but no answer comes: `BLOG_TIMEOUT`, indefinite for writes. */
  | { readonly kind: 'lose-answer' }
  /** It reaches the store this much later; past its deadline the caller hears `BLOG_TIMEOUT`, and it
   *  is done nevertheless when it arrives. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** A read answers "not found" although the object is there: a primary that just returned. */
  | { readonly kind: 'not-found' }

/** Which calls are hit; absent fields match everything. */
export interface FaultMatch {
  readonly call?: CallKind
  readonly type?: string
  readonly bucket?: string
  readonly key?: string | ((key: string) => boolean)
  /** Hit only this many calls. Default 1; `Infinity` until withdrawn. */
  readonly times?: number
  /** Let this many matching calls pass first. */
  readonly skip?: number
}

export interface CallPlace {
  readonly call: CallKind
  readonly type?: string
  readonly bucket?: string
  readonly key?: string
}

interface Plan {
  readonly match: FaultMatch
  readonly fault: Fault
  skip: number
  left: number
}

export class MemoryFaults {
  readonly #plans: Plan[] = []

  /** @returns withdraws the fault; idempotent. */
  inject(match: FaultMatch, fault: Fault): () => void {
    const plan: Plan = { match, fault, skip: match.skip ?? 0, left: match.times ?? 1 }
    this.#plans.push(plan)
    return () => {
      this.#remove(plan)
    }
  }

  /** The next call of this kind fails; short for `inject({ call }, { kind: 'fail', error })`. */
  failNext(call: CallKind, error: StoreError): void {
    this.inject({ call }, { kind: 'fail', error })
  }

  /** Withdraw every fault. */
  clear(): void {
    this.#plans.length = 0
  }

  /**
   * The fault for this call, if any: the oldest plan that matches; its use is counted.
   *
   * @param isOfKey - only plans that name a key: for one input of a job, which was a call itself.
   */
  take(place: CallPlace, isOfKey = false): Fault | undefined {
    for (const plan of [...this.#plans]) {
      if (isOfKey && plan.match.key === undefined) continue
      if (!isHit(plan.match, place)) continue
      if (plan.skip > 0) {
        plan.skip--
        continue
      }
      plan.left--
      if (plan.left <= 0) this.#remove(plan)
      return plan.fault
    }
    return undefined
  }

  #remove(plan: Plan): void {
    const at = this.#plans.indexOf(plan)
    if (at >= 0) this.#plans.splice(at, 1)
  }
}

function isHit(match: FaultMatch, place: CallPlace): boolean {
  if (match.call !== undefined && match.call !== place.call) return false
  if (match.type !== undefined && match.type !== place.type) return false
  if (match.bucket !== undefined && match.bucket !== place.bucket) return false
  if (match.key === undefined) return true
  if (place.key === undefined) return false
  return typeof match.key === 'string' ? match.key === place.key : match.key(place.key)
}
