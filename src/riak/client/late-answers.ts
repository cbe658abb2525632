/**
 * Which answers are late, measured by what this cluster usually takes, and whether the same may be
 * asked of another node: what keeps one silent node out of the slowest per cent of all pages.
 *
 *     sent ──▶ line of its kind ── usual time gone ──▶ still open? onLate ──▶ another node, if mayAsk
 *     answered ──▶ usual time of that node and kind
 *
 * The usual time of a kind is that within which `riakLatePercent` of a node's answers come, of the node
 * in the middle: one slow node, or one that is long gone, does not move it. Requests of one kind become
 * late in the order in which they were sent, so that one timer a kind is enough.
 *
 * Asking twice is paid for: 100 requests earn `riakHedgePercent`, and `riakHedgesMax` are saved up. So
 * a hanging node is covered at once, and a cluster that is late as a whole gets a few per cent more to do.
 *
 * Invariant: `onLate` is called once at most for each `watch`, and never after `stop`.
 *
 * Source: Dean, Barroso, "The Tail at Scale", CACM 56(2), 2013, "Hedged requests".
 */

import { limits } from '../../kernel/limits.ts'
import type { Clock, Timer } from '../../kernel/ports.ts'
import type { CallKind } from '../riak-calls.ts'
import { Fifo } from './fifo.ts'
import { Latency } from './latency.ts'

export interface Watched {
  /** The node owes no answer any more. */
  readonly isEnded: boolean
  /** Since when it is watched, monotonic ms; written here. */
  watchedMs: number
}

/** Of one kind of request. */
interface Line<T> {
  readonly waiting: Fifo<T>
  readonly latencies: readonly Latency[]
  /** Answers since the usual time was last reckoned. */
  news: number
  usualMs: number
  timer: Timer | undefined
}

/** A reckoning walks over all counts of all nodes. */
const newsMax = 16

export class LateAnswers<T extends Watched> {
  readonly #clock: Clock
  readonly #nodeCount: number
  readonly #onLate: (watched: T) => void
  readonly #lines = new Map<CallKind, Line<T>>()
  #saved: number = limits.riakHedgesMax
  #isStopped = false

  constructor(options: {
    readonly clock: Clock
    readonly nodeCount: number
    readonly onLate: (watched: T) => void
  }) {
    this.#clock = options.clock
    this.#nodeCount = options.nodeCount
    this.#onLate = options.onLate
  }

  /** A request was sent, `nowMs` (monotonic) is now. */
  watch(kind: CallKind, watched: T, nowMs: number): void {
    if (this.#isStopped) return
    const line = this.#line(kind)
    watched.watchedMs = nowMs
    // What has ended is not kept: it may hold a megabyte that was put.
    while (line.waiting.peek()?.isEnded === true) line.waiting.drop()
    line.waiting.push(watched)
    line.timer ??= this.#arm(line, line.usualMs)
  }

  /** Node `node` (its number) answered after `ms`. */
  answered(kind: CallKind, node: number, ms: number): void {
    const line = this.#line(kind)
    line.latencies[node]?.add(ms)
    if (++line.news < newsMax) return
    line.news = 0
    line.usualMs = usual(line.latencies)
  }

  /** A request that might have been asked twice was sent: it pays its part. */
  earn(): void {
    this.#saved = Math.min(limits.riakHedgesMax, this.#saved + limits.riakHedgePercent / 100)
  }

  /** Whether one more request may be sent twice; if so, it is paid for. */
  mayAsk(): boolean {
    if (this.#saved < 1) return false
    this.#saved--
    return true
  }

  /** Idempotent; no timer stays. */
  stop(): void {
    this.#isStopped = true
    for (const line of this.#lines.values()) line.timer?.cancel()
    this.#lines.clear()
  }

  #line(kind: CallKind): Line<T> {
    let line = this.#lines.get(kind)
    if (line === undefined) {
      line = {
        waiting: new Fifo(),
        latencies: Array.from({ length: this.#nodeCount }, () => new Latency()),
        news: 0,
        usualMs: limits.riakLateMsMax,
        timer: undefined,
      }
      this.#lines.set(kind, line)
    }
    return line
  }

  #arm(line: Line<T>, delayMs: number): Timer {
    return this.#clock.after(delayMs, () => {
      // Once more through the event loop: after a pause of our own the answers may be there, unread.
      line.timer = this.#clock.after(0, () => {
        line.timer = undefined
        this.#look(line)
      })
    })
  }

  #look(line: Line<T>): void {
    const nowMs = this.#clock.monotonicMs()
    for (let first = line.waiting.peek(); first !== undefined; first = line.waiting.peek()) {
      const leftMs = first.watchedMs + line.usualMs - nowMs
      if (!first.isEnded && leftMs > 0) {
        line.timer?.cancel()
        line.timer = this.#arm(line, leftMs)
        return
      }
      line.waiting.drop()
      if (!first.isEnded) this.#onLate(first)
      if (this.#isStopped) return
    }
  }
}

/** @returns ms; of the node in the middle (of two, the quicker). */
function usual(latencies: readonly Latency[]): number {
  const known = latencies
    .map((latency) => latency.within(limits.riakLatePercent / 100))
    .filter((ms) => ms !== undefined)
    .toSorted((a, b) => a - b)
  const middle = known[Math.floor((known.length - 1) / 2)] ?? limits.riakLateMsMax
  return Math.min(limits.riakLateMsMax, Math.max(limits.riakLateMsMin, middle))
}
