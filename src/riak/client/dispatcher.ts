/**
 * Brings each request to a node that can take it, and ends it exactly once, in time.
 *
 *     submit ──▶ queue ──▶ a node with a free connection, in turn ──▶ answer
 *                  ▲                                   │    │
 *                  └────── broke, and safe to repeat ──┘    └─ late, a read: of a second node as well
 *
 * A request waits in the queue only while no connection is free, so that it is not tied to a
 * connection that is still opening: a node that does not answer delays nobody else. What broke and
 * may be repeated goes to the front of the queue, and to another node where there is one.
 *
 * Of a read that was sent to two nodes the first value counts ("not found" is one: it proves no more
 * than it does of a single node); an error only where the other has none. What the slower one says later
 * is read and dropped, so that its connection is kept; at the read's deadline it is given up. A node
 * that owes late answers gets new requests only where no other is free.
 *
 * Invariants: a promise given out settles once, at the latest `riakGraceMs` after its timeout; queue
 * length and bytes are bounded; a write whose bytes never left is a `definite` failure, and is never
 * under way twice at once.
 * Not here: what requests and answers mean (`basho-riak-kv.ts`), error texts (`to-store-error.ts`), what
 * is late (`late-answers.ts`).
 *
 * Source: Dean, Barroso, "The Tail at Scale", CACM 56(2), 2013.
 */

import { OperationError } from '../../kernel/errors.ts'
import type { StoreError, StoreErrorCode } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { Clock, Dice, Log, Timer } from '../../kernel/ports.ts'
import { showAddress } from '../addresses.ts'
import type { NodeAddress } from '../addresses.ts'
import { isAskedTwice, isWatched, isWrite, zeroCounts } from '../riak-calls.ts'
import type { CallKind } from '../riak-calls.ts'
import type { NodeHealth, RiakHealth } from '../riak-kv.ts'
import { toStoreError } from '../to-store-error.ts'
import type { Client } from './client-types.ts'
import { Fifo } from './fifo.ts'
import type { Attempt, Job, Request, Result, Try } from './job.ts'
import { LateAnswers } from './late-answers.ts'
import { NodePool } from './node-pool.ts'
import type { Exchange } from './node-pool.ts'

export interface DispatcherOptions {
  readonly addresses: readonly NodeAddress[]
  readonly client: Client
  readonly clock: Clock
  readonly dice: Dice
  readonly log: Log
}

/** Of a node that a job is better not sent to: behind any that owes late answers. */
const lastRank = Number.MAX_SAFE_INTEGER

export class Dispatcher {
  readonly #clock: Clock
  readonly #log: Log
  readonly #pools: readonly NodePool[]
  readonly #names: readonly string[]
  readonly #late: LateAnswers<Try>
  readonly #counts = zeroCounts()
  /** Jobs that wait, in order; some may be settled by now, and are passed over. */
  readonly #queue = new Fifo<Job>()
  /** What is tried again goes before what is new. */
  readonly #again = new Fifo<Job>()
  /** Waiting jobs that could only be sent where they had better not: until another node has room. */
  readonly #parked = new Set<Job>()
  /** Late reads to be asked of another node as soon as one has room. */
  readonly #roomless = new Set<Try>()
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
    this.#names = this.#pools.map((pool) => showAddress(pool.address))
    this.#late = new LateAnswers({
      clock: this.#clock,
      nodeCount: this.#pools.length,
      onLate: (late) => {
        this.#isLateNow(late)
      },
    })
    this.#up = this.#pools.length
    this.#changedAtMs = this.#clock.monotonicMs()
  }

  /** Resolves when each node has been tried once. @throws OperationError where none answers. */
  async start(options: { readonly mayBeDown: boolean }): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.start()))
    if (this.#up === 0 && !options.mayBeDown) throw this.#nobodyAnswers()
  }

  health(): RiakHealth {
    const nodes = this.#pools.map((pool, i): NodeHealth => {
      const { isDown, lastFailure } = pool
      return { address: this.#names[i] ?? '', isDown, reason: isDown ? lastFailure.reason : '' }
    })
    return { up: this.#up, of: this.#pools.length, changedAtMs: this.#changedAtMs, nodes }
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
        parking: undefined,
        attempts: 0,
        tries: [],
        error: undefined,
        pool: undefined,
      }
      this.#wait(job, this.#queue)
    })
  }

  /** Idempotent. What is unanswered fails as unavailable. */
  stop(): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#lostTimer?.cancel()
    this.#late.stop()
    for (const job of this.#waitingJobs()) {
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

  #waitingJobs(): readonly Job[] {
    return [...this.#parked, ...this.#again.values(), ...this.#queue.values()]
  }

  #endWait(job: Job): void {
    if (job.state !== 'waiting') return
    job.parking?.cancel()
    this.#parked.delete(job)
    this.#waiting--
    this.#waitingBytes -= job.request.bytes
  }

  /** Give away what waits, as long as connections are free; ask for more where they are not. */
  readonly #pump = (): void => {
    // A request that cannot be sent frees its connection at once, and would pump again in here.
    if (this.#isPumping || this.#isStopped) return
    this.#isPumping = true
    try {
      for (const job of this.#parked) {
        const pool = this.#choose(job)
        if (pool !== undefined && !this.#isShunned(job, pool)) this.#send(job, pool)
      }
      for (const one of this.#roomless) this.#askTwice(one)
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

  /** @returns whether the job needs no place in the queue any more; false: no connection is free. */
  #dispatch(job: Job): boolean {
    const pool = this.#choose(job)
    if (pool === undefined) return false
    if (this.#isShunned(job, pool) && this.#park(job)) return true
    this.#send(job, pool)
    return true
  }

  #send(job: Job, pool: NodePool): void {
    if (isAskedTwice(job.request.call)) this.#late.earn()
    this.#try(job, pool)
  }

  /** Wait a moment for another node. @returns whether there is one to wait for. */
  #park(job: Job): boolean {
    if (job.parking !== undefined) return false
    const others = this.#pools.filter((pool) => pool.isUp && !this.#isShunned(job, pool))
    if (others.length === 0) return false
    others.some((pool) => pool.grow())
    job.parking = this.#clock.after(limits.riakElsewhereMs, () => {
      if (!this.#parked.delete(job)) return
      this.#again.push(job)
      this.#pump()
    })
    this.#parked.add(job)
    return true
  }

  #isShunned(job: Job, pool: NodePool): boolean {
    if (pool === job.pool) return true
    return job.request.avoid !== undefined && this.#nameOf(pool) === job.request.avoid
  }

  #try(job: Job, pool: NodePool): void {
    const nowMs = this.#clock.monotonicMs()
    const leftMs = job.deadlineMs - limits.riakGraceMs - nowMs
    let attempt: Attempt<unknown>
    try {
      attempt = job.request.attempt(Math.max(1, Math.ceil(leftMs)))
    } catch (error) {
      this.#fail(job, 'BLOG_BAD_REQUEST', reasonOf(error))
      return
    }
    this.#endWait(job)
    const { call } = job.request
    this.#counts[call]++
    job.state = 'in flight'
    job.attempts++
    job.pool = pool
    const one: Try = {
      job,
      pool,
      sentMs: nowMs,
      watchedMs: nowMs,
      link: undefined,
      exchange: undefined,
      isEnded: false,
      isLate: false,
    }
    job.tries.push(one)
    one.exchange = this.#exchange(one, attempt)
    one.link = pool.send(one.exchange)
    // With one node there is no other to ask, nor to choose.
    if (this.#pools.length > 1 && isWatched(call)) this.#late.watch(call, one, nowMs)
  }

  /**
   * In turn, but nodes that owe late answers after the others; the one that has just failed this job,
   * or is to be avoided, only where no other is free.
   */
  #choose(job: Job): NodePool | undefined {
    let best: NodePool | undefined
    let bestRank = Infinity
    let bestIndex = 0
    const { length } = this.#pools
    for (let step = 0; step < length; step++) {
      const index = (this.#turn + step) % length
      const pool = this.#pools[index]
      if (pool?.hasFree() !== true) continue
      const rank = this.#isShunned(job, pool) ? lastRank : pool.lateCount
      if (rank >= bestRank) continue
      best = pool
      bestRank = rank
      bestIndex = index
      if (rank === 0) break
    }
    if (best !== undefined && bestRank < lastRank) this.#turn = bestIndex + 1
    return best
  }

  #exchange(one: Try, attempt: Attempt<unknown>): Exchange {
    const { job } = one
    return {
      command: attempt.command,
      receive: (message) => attempt.receive(message),
      done: () => {
        this.#end(one)
        this.#measured(one)
        if (job.state !== 'settled') this.#settle(job, { value: attempt.result() })
      },
      refused: (text) => {
        this.#end(one)
        const { call } = job.request
        const mayBeStored = job.attempts > 1 && isWrite(call)
        this.#failed(job, toStoreError(text, call, { node: this.#nameOf(one.pool), mayBeStored }))
      },
      broken: (reason) => {
        this.#end(one)
        this.#broken(one, reason)
      },
      rejected: (error) => {
        this.#end(one)
        this.#failed(job, error)
      },
      unsendable: (error) => {
        this.#end(one)
        job.attempts--
        this.#fail(job, 'BLOG_BAD_REQUEST', reasonOf(error))
      },
    }
  }

  /** The node owes nothing more for this try. */
  #end(one: Try): void {
    if (one.isEnded) return
    one.isEnded = true
    one.link = undefined
    one.exchange = undefined
    if (one.isLate) one.pool.lateCount--
    this.#roomless.delete(one)
    const { job } = one
    job.tries = job.tries.length === 1 ? [] : job.tries.filter((other) => other !== one)
    if (job.state === 'settled' && job.tries.length === 0) job.deadline.cancel()
  }

  #measured(one: Try): void {
    const { call } = one.job.request
    if (this.#pools.length === 1 || !isWatched(call)) return
    const node = this.#pools.indexOf(one.pool)
    this.#late.answered(call, node, this.#clock.monotonicMs() - one.sentMs)
  }

  #isLateNow(one: Try): void {
    one.isLate = true
    one.pool.lateCount++
    const { job } = one
    const isAlone = job.state === 'in flight' && job.tries.length === 1
    if (!isAlone || !isAskedTwice(job.request.call)) return
    if (job.attempts >= limits.riakAttemptsMax) return
    this.#roomless.add(one)
    this.#askTwice(one)
    if (!this.#roomless.has(one)) return
    for (const pool of this.#pools) if (pool !== one.pool && pool.grow()) return
  }

  /** Of another node as well, where one has room. */
  #askTwice(one: Try): void {
    const other = this.#choose(one.job)
    if (other === undefined || other === one.pool) return
    this.#roomless.delete(one)
    if (one.job.state === 'in flight' && this.#late.mayAsk()) this.#try(one.job, other)
  }

  /** One node answered with an error: it is the result unless another is still asked. */
  #failed(job: Job, error: StoreError): void {
    if (job.state === 'settled') return
    job.error ??= error
    if (job.tries.length === 0) this.#settle(job, { error: job.error })
  }

  #broken(one: Try, reason: string): void {
    const { job } = one
    if (job.state === 'settled' || job.tries.length > 0) return
    if (job.error !== undefined) {
      this.#settle(job, { error: job.error })
      return
    }
    const mayRepeat =
      job.request.isRepeatable &&
      job.attempts < limits.riakAttemptsMax &&
      !this.#isStopped &&
      !this.#isLost
    if (mayRepeat) this.#wait(job, this.#again)
    else this.#fail(job, 'BLOG_UNAVAILABLE', `the connection to Riak broke: ${reason}`)
  }

  #expire(job: Job): void {
    const { tries } = job
    if (job.state === 'in flight') {
      if (job.error === undefined) this.#fail(job, 'BLOG_TIMEOUT', 'no answer from Riak in time')
      else this.#settle(job, { error: job.error })
    } else if (job.state === 'waiting') {
      if (this.#up > 0) {
        this.#fail(job, 'BLOG_OVERLOADED', 'no connection to Riak became free in time')
      } else this.#fail(job, 'BLOG_UNAVAILABLE', 'no Riak node can be reached')
    }
    for (const one of tries) {
      const { pool, link, exchange } = one
      if (link !== undefined && exchange !== undefined) pool.abandon(link, exchange)
      this.#end(one)
    }
  }

  /** Definite where nothing was sent, or nothing is changed by it. */
  #fail(job: Job, code: StoreErrorCode, reason: string): void {
    if (job.state === 'settled') return
    const { call } = job.request
    const outcome = job.attempts > 0 && isWrite(call) ? 'indefinite' : 'definite'
    const node = job.pool === undefined ? undefined : this.#nameOf(job.pool)
    const error = new OperationError(code, `${call}: ${reason}`, outcome, { node })
    this.#settle(job, { error })
  }

  #settle(job: Job, result: Result): void {
    if (job.state === 'settled') return
    this.#endWait(job)
    job.state = 'settled'
    // What is still owed is given up then.
    if (job.tries.length === 0) job.deadline.cancel()
    job.settle(result)
  }

  #nameOf(pool: NodePool): string | undefined {
    return this.#names[this.#pools.indexOf(pool)]
  }

  /** Open as many connections as requests wait for, the nodes in turn. */
  #grow(): void {
    const opening = this.#pools.reduce((sum, pool) => sum + pool.openingCount, 0)
    let missing = this.#waiting - opening
    if (missing <= 0) return
    // A node that owes answers opens connections as willingly as ever: its kernel does.
    const isAnyPrompt = this.#pools.some((pool) => pool.isUp && pool.lateCount === 0)
    for (let idleTurns = 0; missing > 0 && idleTurns < this.#pools.length;) {
      const pool = this.#pools[this.#turn % this.#pools.length]
      this.#turn = (this.#turn + 1) % this.#pools.length
      if (pool !== undefined && !(isAnyPrompt && pool.lateCount > 0) && pool.grow()) {
        missing--
        idleTurns = 0
      } else idleTurns++
    }
  }

  readonly #poolChanged = (pool: NodePool, reason: string): void => {
    const up = this.#pools.filter((other) => !other.isDown).length
    const node = this.#nameOf(pool)
    if (pool.isDown) this.#log.write('warn', 'a Riak node does not answer', { node, reason })
    else this.#log.write('info', 'a Riak node answers', { node })
    this.#changedAtMs = this.#clock.monotonicMs()
    this.#up = up
    this.#lostTimer?.cancel()
    this.#isLost = false
    if (up > 0 || this.#isStopped) return
    this.#lostTimer = this.#clock.after(limits.riakReconnectMs, () => {
      this.#isLost = true
      const { code, message } = this.#nobodyAnswers()
      for (const job of this.#waitingJobs()) this.#fail(job, code, message)
    })
  }

  /** Security is named by its code where it is on: nothing else helps before it is off. */
  #nobodyAnswers(): OperationError {
    const failures = this.#pools.map((pool) => pool.lastFailure)
    const reasons = failures.map(({ reason }, i) => `${this.#names[i] ?? ''} (${reason})`)
    const isSecured = failures.some(({ code }) => code === 'BLOG_SECURITY_ON')
    const code = isSecured ? 'BLOG_SECURITY_ON' : 'BLOG_UNAVAILABLE'
    return new OperationError(code, `no Riak node answers: ${reasons.join('; ')}`)
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
