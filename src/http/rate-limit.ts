/**
 * A token bucket for each address, in bounded memory.
 *
 * Not a wall against floods (that is the proxy's work): it keeps one visitor from filling the
 * moderators' queue.
 */

import { LRUCache } from 'lru-cache'

import { limits } from '../kernel/limits.ts'
import type { Clock } from '../kernel/ports.ts'

interface Bucket {
  readonly left: number
  readonly atMs: number
}

export interface RateLimit {
  /** @returns 0 where the request may pass (and was counted), else seconds until it may. */
  take(address: string): number
  /** The request that was counted came to nothing, by no fault of its sender: it is not counted. */
  giveBack(address: string): void
}

/** What strangers send costs reading and rendering: two budgets for each address. */
export interface CommentBudgets {
  readonly comments: RateLimit
  /** Of new and of changed comments: rendered, and stored nowhere. */
  readonly previews: RateLimit
}

export function createCommentBudgets(clock: Clock): CommentBudgets {
  const addressesMax = limits.rateAddressesMax
  const budget = (burst: number, refillMs: number): RateLimit =>
    createRateLimit({ clock, burst, refillMs, addressesMax })
  return {
    comments: budget(limits.commentBurstMax, limits.commentRefillMs),
    previews: budget(limits.previewBurstMax, limits.previewRefillMs),
  }
}

/** @param wait - seconds, of a preview that was refused. */
export function previewWords(wait: number): string {
  return `Many previews were asked for from your address. Ask again in ${wait} seconds.`
}

export function createRateLimit(options: {
  readonly clock: Clock
  readonly burst: number
  readonly refillMs: number
  readonly addressesMax: number
}): RateLimit {
  const { clock, burst, refillMs } = options
  const buckets = new LRUCache<string, Bucket>({ max: options.addressesMax })
  return {
    take(address) {
      const now = clock.monotonicMs()
      const bucket = buckets.get(address) ?? { left: burst, atMs: now }
      const left = Math.min(burst, bucket.left + (now - bucket.atMs) / refillMs)
      if (left < 1) return Math.max(1, Math.ceil(((1 - left) * refillMs) / 1_000))
      buckets.set(address, { left: left - 1, atMs: now })
      return 0
    },
    giveBack(address) {
      const bucket = buckets.get(address)
      if (bucket) buckets.set(address, { ...bucket, left: Math.min(burst, bucket.left + 1) })
    },
  }
}
