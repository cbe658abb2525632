/**
 * The connections to one Riak node, and whether that node can be used.
 *
 *              probe answered                    a connection broke, or silence
 *     checking ──────────────▶ up ─────────────────────────────────▶ checking
 *        └── no answer ──▶ down ── pause 50 ms … 2 s ──▶ probe ──▶ up
 *
 * A probe is a ping on a connection of its own, under one time limit that covers connecting as well,
 * so that no socket event that fails to come can leave the node in `checking`. While checking, no
 * new request is given to the node; those in flight go on. Only a failed probe makes it `down`: a
 * balancer that closes an idle connection is no loss of a node, and neither is one that refuses another
 * connection while it answers on those it has.
 *
 * A silent node is told from a slow one by probing it after `riakWatchMs` of silence with requests
 * in flight: if the ping comes back, they are left alone; if not, the node hangs, and all of them
 * break at once instead of each waiting for its own deadline.
 *
 * The client's own RiakNode is not used: its health check is lost for good when a socket closes at
 * the wrong moment, a command is dropped when the node leaves RUNNING while a connection opens, and
 * its timers outlive `stop()`. Here a request meets only connections that are open already.
 *
 * Invariants: every exchange given to `send` ends with exactly one of its five endings; a connection
 * is opening, idle, in flight or gone;
 * `#idle` holds the idle ones, `#links` all that are not gone.
 */

import type { Clock, Dice, Timer } from '../../kernel/ports.ts'
import { assert } from '../../kernel/assert.ts'
import { StoreError } from '../../kernel/errors.ts'
import type { StoreErrorCode } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { NodeAddress } from '../addresses.ts'
import { toStoreError } from '../to-store-error.ts'
import type { Client, ClientCommand, ClientConnection, ErrorMessage } from './client-types.ts'

/** A request as the pool carries it. */
export interface Exchange {
  readonly command: ClientCommand
  /**
   * Called for each frame of the answer. @returns whether the answer is whole now.
   * May throw on a message that it cannot understand: the connection is given up. A `StoreError` that
   * it throws is the call's result: the answer was understood, and cannot be taken.
   */
  receive(message: unknown): boolean
  /** The answer is whole. */
  done(): void
  /** Riak answered with an error; its text. */
  refused(text: string): void
  /** The connection broke before the answer was whole: what happened at the node is unknown. */
  broken(reason: string): void
  /** The answer cannot be taken: too large, or no sense in it however often it is asked for. */
  rejected(error: StoreError): void
  /** The command could not be encoded; nothing was sent. */
  unsendable(error: unknown): void
}

export interface ProbeFailure {
  /** For messages. */
  readonly reason: string
  readonly code: StoreErrorCode
}

export interface NodePoolOptions {
  readonly address: NodeAddress
  readonly client: Client
  readonly clock: Clock
  readonly dice: Dice
  /** A connection became free, or the node usable. */
  readonly onReady: () => void
  /** `isDown` changed. */
  readonly onChange: (pool: NodePool, reason: string) => void
}

/**
 * A connection and what it does. Kept on the link, not in maps by connection: tables that change with
 * every request are dragged through every garbage collection.
 */
export interface Link {
  readonly connection: ClientConnection
  state: 'opening' | 'idle' | 'in flight' | 'gone'
  /** While in flight. */
  exchange: Exchange | undefined
  /** Of its state, monotonic ms. */
  sinceMs: number
}

const errorCode = 0
/**
 * After these a connection must not be given the next request: Riak closes it a moment later, or wants TLS
 * on it for as long as it lives (security counts as it was when the connection was opened).
 */
const isLastAnswer = /^Error processing (?:incoming|stream) message|^Security is enabled/

/**
 * Get, put, delete and index query are unknown to no Riak KV, but to one that is starting or stopping: it
 * listens, and answers pings, about a second before it has registered them, and after it has let go of them.
 */
const hasNoServices = /^Unknown message code: (?:9|11|13|25)$/

export class NodePool {
  readonly address: NodeAddress
  readonly #client: Client
  readonly #clock: Clock
  readonly #dice: Dice
  readonly #onReady: () => void
  readonly #onChange: (pool: NodePool, reason: string) => void
  readonly #links = new Set<Link>()
  /** The most recently used last: it is used next, the others may expire. */
  #idle: Link[] = []
  #openingCount = 0
  #flightCount = 0
  #state: 'checking' | 'up' | 'down' | 'stopped' = 'checking'
  #isDown = false
  #probe: { timer: Timer; link: Link | undefined; sinceMs: number } | undefined
  #backoffMs: number = limits.riakBackoffMsMin
  #timer: Timer | undefined
  #receivedMs = 0
  #growAfterMs = 0
  #firstVerdict: (() => void) | undefined
  /** Why the last probe failed. */
  lastFailure: ProbeFailure = { reason: '', code: 'BLOG_UNAVAILABLE' }
  /** Requests here whose answers are late: counted by the dispatcher, for its choice. */
  lateCount = 0

  constructor(options: NodePoolOptions) {
    this.address = options.address
    this.#client = options.client
    this.#clock = options.clock
    this.#dice = options.dice
    this.#onReady = options.onReady
    this.#onChange = options.onChange
  }

  /** Whether requests may be given to it now. */
  get isUp(): boolean {
    return this.#state === 'up'
  }

  /** Whether the last probe failed. */
  get isDown(): boolean {
    return this.#isDown
  }

  get openingCount(): number {
    return this.#openingCount
  }

  /** Whether `send` would find a connection. */
  hasFree(): boolean {
    return this.#state === 'up' && this.#idle.length > 0
  }

  /** Resolves when the first probe has succeeded or failed. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#firstVerdict = resolve
      this.#startProbe(undefined)
    })
  }

  /**
   * Put the exchange on an idle connection; only after `hasFree`.
   *
   * @returns where it is, for `abandon`.
   */
  send(exchange: Exchange): Link {
    const link = this.#idle.pop()
    assert(link !== undefined, 'a request is sent only where a connection is free')
    this.#execute(link, exchange)
    return link
  }

  /** Open one more connection for work that waits. @returns whether one is opening. */
  grow(): boolean {
    if (this.#state !== 'up' || this.#clock.monotonicMs() < this.#growAfterMs) return false
    if (this.#links.size >= limits.riakConnectionsPerNodeMax) return false
    this.#open((link) => {
      this.#release(link)
    })
    return true
  }

  /** Nobody waits for this answer any more: the connection is given up, and the node looked at. */
  abandon(link: Link, exchange: Exchange): void {
    if (link.exchange !== exchange) return
    this.#close(link)
    this.#suspect()
  }

  /** Everything in flight breaks; no timer or socket stays. Idempotent. */
  stop(): void {
    if (this.#state === 'stopped') return
    this.#state = 'stopped'
    this.#timer?.cancel()
    this.#probe?.timer.cancel()
    this.#probe = undefined
    this.#closeAll('the client was stopped')
    this.#firstVerdict?.()
  }

  #execute(link: Link, exchange: Exchange): void {
    link.state = 'in flight'
    link.exchange = exchange
    link.sinceMs = this.#clock.monotonicMs()
    this.#flightCount++
    try {
      const isTaken = link.connection.execute(exchange.command)
      assert(isTaken, 'an idle connection has no request in flight')
    } catch (error) {
      // Thrown while the request was encoded: not a byte of it has left.
      this.#close(link)
      exchange.unsendable(error)
    }
  }

  #open(opened: (link: Link) => void): Link {
    const connection = new this.#client.Connection({
      remoteAddress: this.address.host,
      remotePort: this.address.port,
      connectionTimeout: limits.riakProbeMs,
      // The facade's own deadlines are shorter; this one is for sockets nobody looks at.
      requestTimeout: limits.riakTimeoutMsMax + 2 * limits.riakGraceMs,
      cork: true,
    })
    const sinceMs = this.#clock.monotonicMs()
    const link: Link = { connection, state: 'opening', exchange: undefined, sinceMs }
    this.#links.add(link)
    this.#openingCount++
    connection.on('connected', () => {
      // Not a sign of life: the kernel of a machine accepts for a process that hangs.
      if (link.state !== 'opening') return
      this.#openingCount--
      link.state = 'idle'
      opened(link)
    })
    const lost = (_connection: unknown, reason: unknown): void => {
      this.#lost(link, describe(reason))
    }
    // Both, from the start: a socket that closes at once after connecting is no less lost.
    connection.on('connectFailed', lost)
    connection.on('connectionClosed', lost)
    connection.on(
      'responseReceived',
      (_connection: unknown, command: ClientCommand, code: number, message: unknown) => {
        this.#receive(link, command, code, message)
      },
    )
    connection.connect()
    return link
  }

  /** Forget a link, and close its connection. @returns the exchange that was in flight on it. */
  #close(link: Link): Exchange | undefined {
    const { exchange } = link
    if (link.state === 'opening') this.#openingCount--
    if (link.state === 'in flight') this.#flightCount--
    if (link.state === 'idle') this.#idle = this.#idle.filter((other) => other !== link)
    link.state = 'gone'
    link.exchange = undefined
    this.#links.delete(link)
    link.connection.close()
    return exchange
  }

  #lost(link: Link, reason: string): void {
    if (link.state === 'gone') return
    const exchange = this.#close(link)
    if (this.#probe?.link === link) this.#probeFailed(reason)
    else this.#suspect()
    exchange?.broken(reason)
  }

  #receive(link: Link, command: ClientCommand, code: number, message: unknown): void {
    this.#receivedMs = this.#clock.monotonicMs()
    const { exchange } = link
    if (exchange === undefined) {
      // A frame nobody asked for: what else it sends cannot be told from an answer.
      this.#lost(link, 'an unexpected message')
      return
    }
    if (code === errorCode) {
      const text = (message as ErrorMessage | null)?.errmsg?.toBuffer().toString('utf8') ?? ''
      if (hasNoServices.test(text)) {
        const reason = 'it is starting or stopping'
        this.#close(link)
        this.#notYet(reason)
        exchange.broken(reason)
        return
      }
      if (isLastAnswer.test(text)) this.#close(link)
      else this.#release(link)
      exchange.refused(text)
      return
    }
    let isWhole: boolean
    try {
      if (code !== command.expectedCode) throw new Error(`an answer with code ${code}`)
      isWhole = exchange.receive(message)
    } catch (error) {
      this.#close(link)
      if (error instanceof StoreError) exchange.rejected(error)
      else exchange.broken(describe(error))
      return
    }
    if (!isWhole) return
    this.#release(link)
    exchange.done()
  }

  #release(link: Link): void {
    if (link.state === 'in flight') this.#flightCount--
    link.state = 'idle'
    link.exchange = undefined
    link.sinceMs = this.#receivedMs
    link.connection.executeDone()
    this.#idle.push(link)
    if (this.#state === 'up') this.#onReady()
  }

  /** Something broke: no new requests until a probe has shown that the node is there. */
  #suspect(): void {
    if (this.#state !== 'up') return
    this.#state = 'checking'
    this.#startProbe(undefined)
  }

  /** @param spare - an idle connection to ping on; undefined: open a fresh one. */
  #startProbe(spare: Link | undefined): void {
    const sinceMs = this.#clock.monotonicMs()
    const timer = this.#clock.after(limits.riakProbeMs, () => {
      // Once more through the event loop: after a long pause of our own the answer may be there
      // already, unread.
      if (this.#probe === undefined) return
      this.#probe.timer = this.#clock.after(0, () => {
        this.#probeSilent()
      })
    })
    const probe = { timer, link: spare, sinceMs }
    this.#probe = probe
    if (spare !== undefined) {
      this.#ping(spare)
      return
    }
    probe.link = this.#open((link) => {
      this.#ping(link)
    })
  }

  #ping(link: Link): void {
    this.#execute(link, {
      command: new this.#client.commands.Ping(() => undefined),
      receive: () => true,
      done: () => {
        this.#probeSucceeded()
      },
      refused: (text) => {
        const { code, message } = toStoreError(text, 'ping')
        this.#probeFailed(message, code)
      },
      broken: (reason) => {
        this.#probeFailed(reason)
      },
      rejected: (error) => {
        this.#probeFailed(error.message)
      },
      unsendable: (error) => {
        this.#probeFailed(describe(error))
      },
    })
  }

  #probeSucceeded(): void {
    if (this.#probe === undefined) return
    this.#probe.timer.cancel()
    this.#probe = undefined
    this.#backoffMs = limits.riakBackoffMsMin
    this.#enter('up', '')
  }

  /** It did not even refuse: nothing else can be expected from the node. */
  #probeSilent(): void {
    const isOpening = this.#probe?.link?.state === 'opening'
    const reason = isOpening ? 'no connection in time' : 'no answer to a ping'
    if (!this.#endProbe(reason, 'BLOG_UNAVAILABLE')) return
    this.#giveUp(reason)
  }

  /** It is there, but of no use for a moment: what it was asked goes to other nodes. */
  #notYet(reason: string): void {
    if (this.#state === 'down' || this.#state === 'stopped') return
    this.#endProbe(reason, 'BLOG_UNAVAILABLE')
    this.#backoffMs = Math.max(this.#backoffMs, limits.riakStartingMs)
    this.#giveUp(reason)
  }

  #giveUp(reason: string): void {
    this.#enter('down', reason)
    this.#closeAll(reason)
  }

  /** @returns whether there was one. */
  #endProbe(reason: string, code: StoreErrorCode): boolean {
    const probe = this.#probe
    if (probe === undefined) return false
    probe.timer.cancel()
    this.#probe = undefined
    this.lastFailure = { reason, code }
    if (probe.link !== undefined && probe.link.state !== 'gone') this.#close(probe.link)
    return true
  }

  #probeFailed(reason: string, code: StoreErrorCode = 'BLOG_UNAVAILABLE'): void {
    if (!this.#endProbe(reason, code)) return
    if (this.#links.size === 0) {
      this.#giveUp(reason)
      return
    }
    // It takes no new connections (a limit of its own?), or is dying and the other sockets will tell
    // in a moment. What is in flight may still be answered; the next ping goes over one of them.
    this.#growAfterMs = this.#clock.monotonicMs() + limits.riakWatchMs
    this.#timer?.cancel()
    this.#timer = this.#clock.after(this.#nextPauseMs(), this.#reprobe)
  }

  #enter(state: 'up' | 'down', reason: string): void {
    this.#state = state
    const wasDown = this.#isDown
    this.#isDown = state === 'down'
    this.#timer?.cancel()
    if (state === 'up') this.#timer = this.#clock.after(limits.riakWatchMs, this.#watch)
    else this.#timer = this.#clock.after(this.#nextPauseMs(), this.#reprobe)
    const firstVerdict = this.#firstVerdict
    this.#firstVerdict = undefined
    if (wasDown !== this.#isDown || firstVerdict !== undefined) this.#onChange(this, reason)
    firstVerdict?.()
    if (state === 'up') this.#onReady()
  }

  #nextPauseMs(): number {
    const jitter = 0.5 + this.#dice.uint32() / 2 ** 32
    const pauseMs = this.#backoffMs * jitter
    this.#backoffMs = Math.min(this.#backoffMs * 2, limits.riakBackoffMsMax)
    return pauseMs
  }

  readonly #reprobe = (): void => {
    const isWaiting = this.#state === 'down' || this.#state === 'checking'
    if (isWaiting && this.#probe === undefined) this.#startProbe(this.#idle.pop())
  }

  /** Each `riakWatchMs` while the node is up: is it silent, and are there too many connections? */
  readonly #watch = (): void => {
    if (this.#state !== 'up') return
    this.#timer = this.#clock.after(limits.riakWatchMs, this.#watch)
    const nowMs = this.#clock.monotonicMs()
    this.#expireIdle(nowMs)
    const silentMs = nowMs - this.#receivedMs
    const isAwaited = this.#flightCount > 0
    if (silentMs < (isAwaited ? limits.riakWatchMs : limits.riakKeepAliveMs)) return
    if (isAwaited && nowMs - this.#oldestFlightMs() < limits.riakWatchMs) return
    this.#state = 'checking'
    this.#startProbe(this.#idle.pop())
  }

  #oldestFlightMs(): number {
    let oldestMs = Infinity
    for (const link of this.#links) {
      if (link.state === 'in flight') oldestMs = Math.min(oldestMs, link.sinceMs)
    }
    return oldestMs
  }

  #expireIdle(nowMs: number): void {
    while (this.#idle.length > 1) {
      const oldest = this.#idle[0]
      if (oldest === undefined || nowMs - oldest.sinceMs < limits.riakIdleMs) return
      this.#close(oldest)
    }
  }

  #closeAll(reason: string): void {
    const broken = [...this.#links].map((link) => this.#close(link))
    for (const exchange of broken) exchange?.broken(reason)
  }
}

function describe(reason: unknown): string {
  if (reason instanceof Error) {
    const code = (reason as NodeJS.ErrnoException).code
    return code === undefined || reason.message.includes(code)
      ? reason.message
      : `${code}: ${reason.message}`
  }
  return typeof reason === 'string' && reason !== '' ? reason : 'the connection was closed'
}
