/**
 * Pages in bounded memory, of which those that people come back to stay.
 *
 *     new ─▶ newcomers (a quarter of the bytes) ─ asked for again, later ─▶ regulars (the rest)
 *                 └ the least recently asked for leaves      ▲ └ the least recently asked for: a newcomer again
 *
 * A crawler that fetches every post once, or counts pages up, passes through the newcomers; the front page stays.
 * Twice in a moment is no sign of interest: crawlers do that, too.
 */

import { LRUCache } from 'lru-cache'

import { limits } from '../kernel/limits.ts'

export interface Shelved {
  /** What it occupies. */
  readonly bytes: number
  /** Monotonic ms: since when a page of this key has been here. */
  readonly sinceMs: number
}

export class PageShelf<V extends Shelved> {
  readonly #newcomers: LRUCache<string, V>
  readonly #regulars: LRUCache<string, V>

  /** @param onGone - the value is held no longer: evicted, removed, or replaced by another. */
  constructor(bytesMax: number, onGone: (key: string, value: V) => void) {
    const sizeCalculation = (value: V): number => value.bytes
    const newcomersBytes = Math.floor(bytesMax / 4)
    const newcomers = new LRUCache<string, V>({
      maxSize: newcomersBytes,
      sizeCalculation,
      dispose: (value, key, reason) => {
        if (reason !== 'delete') onGone(key, value)
      },
    })
    this.#newcomers = newcomers
    this.#regulars = new LRUCache<string, V>({
      maxSize: bytesMax - newcomersBytes,
      sizeCalculation,
      dispose: (value, key, reason) => {
        if (reason === 'set') onGone(key, value)
        else if (reason === 'evict') newcomers.set(key, value)
      },
    })
    this.#onGone = onGone
  }

  readonly #onGone: (key: string, value: V) => void

  /** Without counting as asked for. */
  peek(key: string): V | undefined {
    return this.#regulars.peek(key) ?? this.#newcomers.peek(key)
  }

  /** @param nowMs - monotonic: who asks for a page that has been here for a while makes it a regular. */
  get(key: string, nowMs: number): V | undefined {
    const regular = this.#regulars.get(key)
    if (regular) return regular
    const newcomer = this.#newcomers.get(key)
    if (newcomer && nowMs - newcomer.sinceMs >= limits.pageRegularMs) {
      this.#newcomers.delete(key)
      this.#regulars.set(key, newcomer)
    }
    return newcomer
  }

  /** Keys of those that people come back to, the one asked for last first. */
  regulars(): IterableIterator<string> {
    return this.#regulars.keys()
  }

  /** In the place of what was kept under this key, or as a newcomer. */
  set(key: string, value: V): void {
    ;(this.#regulars.has(key) ? this.#regulars : this.#newcomers).set(key, value)
  }

  delete(key: string): void {
    const value = this.peek(key)
    if (value === undefined) return
    this.#regulars.delete(key)
    this.#newcomers.delete(key)
    this.#onGone(key, value)
  }
}
