/**
 * How many comments turned out to be spam: one Riak counter, raised by every server.
 *
 * Best effort: a count that failed is not sent again (it may have been counted), and no comment waits
 * for it. What cannot be read is unknown, never 0.
 */

import { counterType } from '../../buckets/counters/props.ts'
import type { CommentStatus } from '../../buckets/comments/schema.ts'
import { StoreError } from '../kernel/errors.ts'
import type { Log } from '../kernel/ports.ts'
import type { RiakKv } from '../riak/riak-kv.ts'
import type { Settled } from './settled.ts'

export class SpamCounter {
  readonly #riak: RiakKv
  readonly #log: Log
  readonly #settled: Settled
  readonly #at: { readonly type: string; readonly bucket: string; readonly key: string }
  readonly #running = new Set<Promise<void>>()

  constructor(options: {
    readonly riak: RiakKv
    readonly site: string
    readonly log: Log
    readonly settled: Settled
  }) {
    this.#riak = options.riak
    this.#log = options.log
    this.#settled = options.settled
    this.#at = { type: counterType.type, bucket: options.site, key: 'spam-killed' }
  }

  /** @param before - undefined: it was just made. */
  moved(before: CommentStatus | undefined, now: CommentStatus): void {
    const difference = step(before, now)
    if (difference !== 0) this.add(difference)
  }

  add(amount: number): void {
    const counting = this.#riak.updateCounter(this.#at, amount).then(
      () => undefined,
      (error: unknown) => {
        if (!(error instanceof StoreError)) throw error
        this.#log.write('warn', 'a spam comment was not counted', { error: String(error) })
      },
    )
    this.#running.add(counting)
    void counting.finally(() => this.#running.delete(counting))
  }

  async read(): Promise<{ readonly killed: number } | undefined> {
    try {
      const killed = await this.#riak.fetchCounter(this.#at)
      if (killed !== undefined) return { killed: Math.max(0, killed) }
      await this.#settled.assertAbsent('the spam counter')
      return { killed: 0 }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      return undefined
    }
  }

  async idle(): Promise<void> {
    await Promise.all(this.#running)
  }
}

/**
 * Spam that is deleted stays killed, and is counted once where its deletion is taken back: of what was
 * deleted for another reason first, none is counted.
 */
function step(before: CommentStatus | undefined, now: CommentStatus): -1 | 0 | 1 {
  if (now === 'spam') return before === 'spam' || before === 'deleted' ? 0 : 1
  return before === 'spam' && now !== 'deleted' ? -1 : 0
}
