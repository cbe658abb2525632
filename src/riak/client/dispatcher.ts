/**
 * Brings each request to a node that can take it, and ends it exactly once, in time.
 *
 *     submit ──▶ queue ──▶ a node with a free connection, in turn ──▶ answer
 *                  ▲                                        │ broke, and safe to repeat
 *                  └────────────────────────────────────────┘
 *
 * A request waits in the queue only while no connection is free, so that it is not tied to a
 * connection that is still opening: a node that does not answer delays nobody else. What broke and
 * may be repeated goes to the front of the queue, and to another node where there is one.
 *
 * Invariants: a promise given out settles once, at the latest `riakGraceMs` after its timeout; queue
 * length and bytes are bounded; a write whose bytes never left is a `definite` failure.
 * Not here: what requests and answers mean (`basho-riak-kv.ts`), error texts (`to-store-error.ts`).
 */

import { OperationError } from '../../kernel/errors.ts'
import type { StoreError, StoreErrorCode } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { Clock, Dice, Log, Timer } from '../../kernel/ports.ts'
import { showAddress } from '../addresses.ts'
import type { NodeAddress } from '../addresses.ts'
import { isWrite, zeroCounts } from '../riak-calls.ts'
import type { CallKind } from '../riak-calls.ts'
import { toStoreError } from '../to-store-error.ts'
import type { Client, ClientCommand } from './client-types.ts'
import { Fifo } from './fifo.ts'
import { NodePool } from './node-pool.ts'
import type { Exchange, Link } from './node-pool.ts'

/** One try of a request: a command of its own, and what becomes of its answer. */
export interface Attempt<T> {
  readonly command: ClientCommand
  /**
   * @returns whether the answer is whole. May throw on a message that makes no sense: it is asked for
   * again where that is safe; or a `StoreError`, which is the result.
   */
  receive(message: unknown): boolean
  /** Called once the answer is whole. */
  result(): T
}

export interface Request<T> {
  readonly call: CallKind
  /** Riak's own timeout, ms; ours is `riakGraceMs` more. */
  readonly timeoutMs: number
  /** Sending it twice does no more than sending it once. */
  readonly isRepeatable: boolean
  /** Roughly what it holds in memory while it waits. */
  readonly bytes: number
  /** @param timeoutMs - what is left of the request's time, for Riak. May throw: nothing is sent. */
  attempt(timeoutMs: number): Attempt<T>
}

export interface DispatcherOptions {
  readonly addresses: readonly NodeAddress[]
  readonly client: Client
  readonly clock: Clock
  readonly dice: Dice
  readonly log: Log
}

/** A request on its way. */
interface Job {
  readonly request: Request<unknown>
  readonly deadlineMs: number
  readonly settle: (result: { readonly value: unknown } | { readonly error: StoreError }) => void
  deadline: Timer
  state: 'waiting' | 'in flight' | 'settled'
  attempts: number
  /** Where its last attempt is, or was. */
  pool: NodePool | undefined
  link: Link | undefined
  exchange: Exchange | undefined
}

export class Dispatcher {
  readonly #clock: Clock
  readonly #log: Log
  readonly #pools: readonly NodePool[]
  readonly #counts = zeroCounts()
  /** Jobs that wait, in order; some may be settled by now, and are passed over. */
  readonly #queue = new Fifo<Job>()
  /** What is tried again goes before what is new. */
  readonly #again = new Fifo<Job>()
  #waiting = 0
  #waitingBytes = 0
  #turn = 0
  #up: number
  #changedAtMs: number
  #lostTimer: Timer | undefined
  /** No node has answered for so long that waiting for one is of no use. */
  #isLost = false
  #isStopped = false
  #isPumping = false

  constructor(options: DispatcherOptions) {
    this.#clock = options.clock
    this.#log = options.log
    this.#pools = options.addresses.map(
      (address) =>
        new NodePool({
          address,
          client: options.client,
          clock: options.clock,
          dice: options.dice,
          onReady: this.#pump,
          onChange: this.#poolChanged,
        }),
    )
    this.#up = this.#pools.length
    this.#changedAtMs = this.#clock.monotonicMs()
  }

  /** Resolves when each node has been tried once. @returns why, for each that does not answer. */
  async start(): Promise<readonly string[]> {
    await Promise.all(this.#pools.map((pool) => pool.start()))
    return this.#pools
      .filter((pool) => pool.isDown)
      .map((pool) => `${showAddress(pool.address)} (${pool.lastFailure})`)
  }

  health(): { readonly up: number; readonly of: number; readonly changedAtMs: number } {
    return { up: this.#up, of: this.#pools.length, changedAtMs: this.#changedAtMs }
  }

  counts(): Readonly<Record<CallKind, number>> {
    return { ...this.#counts }
  }

  submit<T>(request: Request<T>): Promise<T> {
    const refusal = this.#refusal(request)
    if (refusal !== undefined) return Promise.reject(refusal)
    return new Promise<T>((resolve, reject) => {
      const lifeMs = request.timeoutMs + limits.riakGraceMs
      const job: Job = {
        request,
        deadlineMs: this.#clock.monotonicMs() + lifeMs,
        settle: (result) => {
          if ('error' in result) reject(result.error)
          else resolve(result.value as T)
        },
        deadline: this.#clock.after(lifeMs, () => {
          // Once more through the event loop: after a long pause of our own the answer may be there
          // already, unread.
          job.deadline = this.#clock.after(0, () => {
            this.#expire(job)
          })
        }),
        state: 'waiting',
        attempts: 0,
        pool: undefined,
        link: undefined,
        exchange: undefined,
      }
      this.#wait(job, this.#queue)
    })
  }

  /** Idempotent. What is unanswered fails as unavailable. */
  stop(): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#lostTimer?.cancel()
    for (const job of [...this.#again.values(), ...this.#queue.values()]) {
      this.#fail(job, 'BLOG_UNAVAILABLE', 'the client was stopped')
    }
    for (const pool of this.#pools) pool.stop()
  }

  #refusal(request: Request<unknown>): StoreError | undefined {
    if (this.#isStopped) return new OperationError('BLOG_UNAVAILABLE', 'the client was stopped')
    if (this.#isLost) return this.#nobodyAnswers()
    const waiting = this.#waiting
    const isFull =
      waiting >= limits.riakQueueMax ||
      (waiting > 0 && this.#waitingBytes + request.bytes > limits.riakQueueBytesMax)
    return isFull
      ? new OperationError('BLOG_OVERLOADED', `${waiting} requests wait for a connection to Riak`)
      : undefined
  }

  #wait(job: Job, queue: Fifo<Job>): void {
    job.state = 'waiting'
    this.#waiting++
    this.#waitingBytes += job.request.bytes
    queue.push(job)
    this.#pump()
  }

  #endWait(job: Job): void {
    if (job.state !== 'waiting') return
    this.#waiting--
    this.#waitingBytes -= job.request.bytes
  }

  /** Give away what waits, as long as connections are free; ask for more where they are not. */
  readonly #pump = (): void => {
    // A request that cannot be sent frees its connection at once, and would pump again in here.
    if (this.#isPumping || this.#isStopped) return
    this.#isPumping = true
    try {
      if (this.#drain(this.#again)) this.#drain(this.#queue)
    } finally {
      this.#isPumping = false
    }
    if (this.#waiting > 0) this.#grow()
  }

  /** @returns whether nothing waits in it any more. */
  #drain(queue: Fifo<Job>): boolean {
    for (let job = queue.peek(); job !== undefined; job = queue.peek()) {
      if (job.state === 'waiting' && !this.#dispatch(job)) return false
      queue.drop()
    }
    return true
  }

  /** @returns whether the job needs no connection any more; false: none is free. */
  #dispatch(job: Job): boolean {
    const pool = this.#choose(job.pool)
    if (pool === undefined) return false
    const leftMs = job.deadlineMs - limits.riakGraceMs - this.#clock.monotonicMs()
    let attempt: Attempt<unknown>
    try {
      attempt = job.request.attempt(Math.max(1, Math.ceil(leftMs)))
    } catch (error) {
      this.#fail(job, 'BLOG_BAD_REQUEST', reasonOf(error))
      return true
    }
    this.#endWait(job)
    this.#counts[job.request.call]++
    job.state = 'in flight'
    job.attempts++
    job.pool = pool
    job.exchange = this.#exchange(job, attempt)
    job.link = pool.send(job.exchange)
    return true
  }

  /** In turn; the one that has just failed this job only where no other is free. */
  #choose(last: NodePool | undefined): NodePool | undefined {
    let secondChoice: NodePool | undefined
    for (let step = 0; step < this.#pools.length; step++) {
      const index = (this.#turn + step) % this.#pools.length
      const pool = this.#pools[index]
      if (pool?.hasFree() !== true) continue
      if (pool === last) {
        secondChoice = pool
        continue
      }
      this.#turn = index + 1
      return pool
    }
    return secondChoice
  }

  #exchange(job: Job, attempt: Attempt<unknown>): Exchange {
    return {
      command: attempt.command,
      receive: (message) => attempt.receive(message),
      done: () => {
        this.#settle(job, { value: attempt.result() })
      },
      refused: (text) => {
        this.#settle(job, { error: toStoreError(text, job.request.call) })
      },
      broken: (reason) => {
        this.#broken(job, reason)
      },
      rejected: (error) => {
        this.#settle(job, { error })
      },
      unsendable: (error) => {
        job.attempts--
        this.#fail(job, 'BLOG_BAD_REQUEST', reasonOf(error))
      },
    }
  }

  #broken(job: Job, reason: string): void {
    if (job.state === 'settled') return
    job.link = undefined
    const mayRepeat =
      job.request.isRepeatable &&
      job.attempts < limits.riakAttemptsMax &&
      !this.#isStopped &&
      !this.#isLost
    if (mayRepeat) this.#wait(job, this.#again)
    else this.#fail(job, 'BLOG_UNAVAILABLE', `the connection to Riak broke: ${reason}`)
  }

  #expire(job: Job): void {
    if (job.state === 'in flight') {
      const { link, exchange, pool } = job
      this.#fail(job, 'BLOG_TIMEOUT', 'no answer from Riak in time')
      if (link !== undefined && exchange !== undefined) pool?.abandon(link, exchange)
    } else if (this.#up > 0) {
      this.#fail(job, 'BLOG_OVERLOADED', 'no connection to Riak became free in time')
    } else {
      this.#fail(job, 'BLOG_UNAVAILABLE', 'no Riak node can be reached')
    }
  }

  /** Definite where nothing was sent, or nothing is changed by it. */
  #fail(job: Job, code: StoreErrorCode, reason: string): void {
    const { call } = job.request
    const outcome = job.attempts > 0 && isWrite(call) ? 'indefinite' : 'definite'
    this.#settle(job, { error: new OperationError(code, `${call}: ${reason}`, outcome) })
  }

  #settle(job: Job, result: { readonly value: unknown } | { readonly error: StoreError }): void {
    if (job.state === 'settled') return
    this.#endWait(job)
    job.state = 'settled'
    job.deadline.cancel()
    job.link = undefined
    job.exchange = undefined
    job.settle(result)
  }

  /** Open as many connections as requests wait for, the nodes in turn. */
  #grow(): void {
    const opening = this.#pools.reduce((sum, pool) => sum + pool.openingCount, 0)
    let missing = this.#waiting - opening
    for (let idleTurns = 0; missing > 0 && idleTurns < this.#pools.length;) {
      const pool = this.#pools[this.#turn % this.#pools.length]
      this.#turn = (this.#turn + 1) % this.#pools.length
      if (pool?.grow() === true) {
        missing--
        idleTurns = 0
      } else idleTurns++
    }
  }

  readonly #poolChanged = (pool: NodePool, reason: string): void => {
    const up = this.#pools.filter((other) => !other.isDown).length
    const node = showAddress(pool.address)
    if (pool.isDown) this.#log.write('warn', 'a Riak node does not answer', { node, reason })
    else this.#log.write('info', 'a Riak node answers', { node })
    this.#changedAtMs = this.#clock.monotonicMs()
    this.#up = up
    this.#lostTimer?.cancel()
    this.#isLost = false
    if (up > 0 || this.#isStopped) return
    this.#lostTimer = this.#clock.after(limits.riakReconnectMs, () => {
      this.#isLost = true
      for (const job of [...this.#again.values(), ...this.#queue.values()]) {
        this.#fail(job, 'BLOG_UNAVAILABLE', this.#nobodyAnswers().message)
      }
    })
  }

  #nobodyAnswers(): OperationError {
    const nodes = this.#pools.map((pool) => `${showAddress(pool.address)}: ${pool.lastFailure}`)
    return new OperationError('BLOG_UNAVAILABLE', `no Riak node answers (${nodes.join('; ')})`)
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
