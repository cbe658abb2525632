/**
 * The connections to one Riak node, and whether that node can be used.
 *
 *              probe answered                    a connection broke, or silence
 *     checking ──────────────▶ up ─────────────────────────────────▶ checking
 *        ▲  └── no answer ──▶ down ── pause 50 ms … 2 s ──▶ probe ──▶ up
 *
 * A probe is a ping on a connection of its own, under one time limit that covers connecting as well,
 * so that no socket event that fails to come can leave the node in `checking`. While checking, no
 * new request is given to the node; those in flight go on. Only a failed probe makes it `down`: a
 * balancer that closes an idle connection is no loss of a node.
 *
 * A silent node is told from a slow one by probing it after `riakWatchMs` of silence with requests
 * in flight: if the ping comes back, they are left alone; if not, the node hangs, and all of them
 * break at once instead of each waiting for its own deadline.
 *
 * The client's own RiakNode is not used: its health check is lost for good when a socket closes at
 * the wrong moment, a command is dropped when the node leaves RUNNING while a connection opens, and
 * its timers outlive `stop()`. Here a request meets only connections that are open already.
 *
 * Invariants: every exchange given to `send` ends with exactly one of its four endings; a connection
 * is opening, idle, in flight or gone.
 */

import type { Clock, Dice, Timer } from '../../kernel/ports.ts'
import { assert } from '../../kernel/assert.ts'
import { limits } from '../../kernel/limits.ts'
import type { NodeAddress } from '../addresses.ts'
import type { Client, ClientCommand, ClientConnection, ErrorMessage } from './client-types.ts'

/** A request as the pool carries it. */
export interface Exchange {
  readonly command: ClientCommand
  /**
   * Called for each frame of the answer. @returns whether the answer is whole now.
   * May throw on a message that it cannot understand: the connection is given up.
   */
  receive(message: unknown): boolean
  /** The answer is whole. */
  done(): void
  /** Riak answered with an error; its text. */
  refused(text: string): void
  /** The connection broke before the answer was whole: what happened at the node is unknown. */
  broken(reason: string): void
  /** The command could not be encoded; nothing was sent. */
  unsendable(error: unknown): void
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

interface Flight {
  readonly exchange: Exchange
  readonly sinceMs: number
}

interface Idle {
  readonly connection: ClientConnection
  readonly sinceMs: number
}

const errorCode = 0
/** Riak closes the connection after these, a moment later: it must not be given the next request. */
const closesConnection = /^Error processing incoming message/

export class NodePool {
  readonly address: NodeAddress
  readonly #client: Client
  readonly #clock: Clock
  readonly #dice: Dice
  readonly #onReady: () => void
  readonly #onChange: (pool: NodePool, reason: string) => void
  readonly #opening = new Set<ClientConnection>()
  readonly #flights = new Map<ClientConnection, Flight>()
  /** The most recently used last: it is used next, the others may expire. */
  #idle: Idle[] = []
  #state: 'checking' | 'up' | 'down' | 'stopped' = 'checking'
  #isDown = false
  #probe: { timer: Timer; connection: ClientConnection | undefined; sinceMs: number } | undefined
  #backoffMs: number = limits.riakBackoffMsMin
  #timer: Timer | undefined
  #receivedMs = 0
  #growAfterMs = 0
  #firstVerdict: (() => void) | undefined
  /** Why the last probe failed, for messages. */
  lastFailure = ''

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
    return this.#opening.size
  }

  /** Whether `send` would find a connection. */
  hasFree(): boolean {
    if (this.#state !== 'up') return false
    while (this.#idle.at(-1)?.connection.closed === true) this.#idle.pop()
    return this.#idle.length > 0
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
   * @returns the connection, for `abandon`.
   */
  send(exchange: Exchange): ClientConnection {
    const connection = this.#takeIdle()
    assert(connection !== undefined, 'a request is sent only where a connection is free')
    this.#execute(connection, exchange)
    return connection
  }

  /** Open one more connection for work that waits. @returns whether one is opening. */
  grow(): boolean {
    if (this.#state !== 'up' || this.#clock.monotonicMs() < this.#growAfterMs) return false
    const count = this.#opening.size + this.#flights.size + this.#idle.length
    if (count >= limits.riakConnectionsPerNodeMax) return false
    this.#open((connection) => {
      this.#release(connection)
    })
    return true
  }

  /** Nobody waits for this answer any more: the connection is given up, and the node looked at. */
  abandon(connection: ClientConnection): void {
    if (!this.#flights.delete(connection)) return
    connection.close()
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

  #execute(connection: ClientConnection, exchange: Exchange): void {
    this.#flights.set(connection, { exchange, sinceMs: this.#clock.monotonicMs() })
    try {
      const isTaken = connection.execute(exchange.command)
      assert(isTaken, 'an idle connection has no request in flight')
    } catch (error) {
      // Thrown while the request was encoded: not a byte of it has left.
      this.#flights.delete(connection)
      connection.close()
      exchange.unsendable(error)
    }
  }

  #takeIdle(): ClientConnection | undefined {
    for (;;) {
      const idle = this.#idle.pop()
      if (idle === undefined) return undefined
      if (!idle.connection.closed) return idle.connection
    }
  }

  #open(opened: (connection: ClientConnection) => void): ClientConnection {
    const connection = new this.#client.Connection({
      remoteAddress: this.address.host,
      remotePort: this.address.port,
      connectionTimeout: limits.riakProbeMs,
      // The facade's own deadlines are shorter; this one is for sockets nobody looks at.
      requestTimeout: limits.riakTimeoutMsMax + 2 * limits.riakGraceMs,
      cork: true,
    })
    this.#opening.add(connection)
    connection.on('connected', () => {
      // Not a sign of life: the kernel of a machine accepts for a process that hangs.
      if (this.#opening.delete(connection)) opened(connection)
    })
    const lost = (_connection: unknown, reason: unknown): void => {
      this.#lost(connection, describe(reason))
    }
    // Both, from the start: a socket that closes at once after connecting is no less lost.
    connection.on('connectFailed', lost)
    connection.on('connectionClosed', lost)
    connection.on(
      'responseReceived',
      (_connection: unknown, command: ClientCommand, code: number, message: unknown) => {
        this.#receive(connection, command, code, message)
      },
    )
    connection.connect()
    return connection
  }

  #lost(connection: ClientConnection, reason: string): void {
    this.#opening.delete(connection)
    const flight = this.#flights.get(connection)
    this.#flights.delete(connection)
    this.#idle = this.#idle.filter((idle) => idle.connection !== connection)
    if (this.#probe?.connection === connection) this.#probeFailed(reason)
    else this.#suspect()
    flight?.exchange.broken(reason)
  }

  #receive(
    connection: ClientConnection,
    command: ClientCommand,
    code: number,
    message: unknown,
  ): void {
    this.#receivedMs = this.#clock.monotonicMs()
    const flight = this.#flights.get(connection)
    if (flight === undefined) {
      // A frame nobody asked for: what else it sends cannot be told from an answer.
      connection.close()
      this.#lost(connection, 'an unexpected message')
      return
    }
    const { exchange } = flight
    if (code === errorCode) {
      const text = (message as ErrorMessage | null)?.errmsg?.toBuffer().toString('utf8') ?? ''
      this.#finish(connection, closesConnection.test(text) ? 'close' : 'keep')
      exchange.refused(text)
      return
    }
    let isWhole: boolean
    try {
      if (code !== command.expectedCode) throw new Error(`an answer with code ${code}`)
      isWhole = exchange.receive(message)
    } catch (error) {
      this.#finish(connection, 'close')
      exchange.broken(describe(error))
      return
    }
    if (!isWhole) return
    this.#finish(connection, 'keep')
    exchange.done()
  }

  #finish(connection: ClientConnection, then: 'keep' | 'close'): void {
    this.#flights.delete(connection)
    if (then === 'close') connection.close()
    else this.#release(connection)
  }

  #release(connection: ClientConnection): void {
    if (this.#state === 'stopped') {
      connection.close()
      return
    }
    connection.executeDone()
    this.#idle.push({ connection, sinceMs: this.#receivedMs })
    if (this.#state === 'up') this.#onReady()
  }

  /** Something broke: no new requests until a probe has shown that the node is there. */
  #suspect(): void {
    if (this.#state !== 'up') return
    this.#state = 'checking'
    this.#startProbe(undefined)
  }

  /** @param spare - an idle connection to ping on; undefined: open a fresh one. */
  #startProbe(spare: ClientConnection | undefined): void {
    const sinceMs = this.#clock.monotonicMs()
    const timer = this.#clock.after(limits.riakProbeMs, () => {
      // Once more through the event loop: after a long pause of our own the answer may be there
      // already, unread.
      if (this.#probe === undefined) return
      this.#probe.timer = this.#clock.after(0, () => {
        this.#probeFailed('no answer to a ping')
      })
    })
    this.#probe = { timer, connection: spare, sinceMs }
    if (spare !== undefined) this.#ping(spare)
    else {
      const probe = this.#probe
      probe.connection = this.#open((connection) => {
        if (this.#probe === probe) this.#ping(connection)
        else this.#release(connection)
      })
    }
  }

  #ping(connection: ClientConnection): void {
    this.#execute(connection, {
      command: new this.#client.commands.Ping(() => undefined),
      receive: () => true,
      done: () => {
        this.#probeSucceeded()
      },
      refused: (text) => {
        this.#probeFailed(text)
      },
      broken: (reason) => {
        this.#probeFailed(reason)
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

  #probeFailed(reason: string): void {
    const probe = this.#probe
    if (probe === undefined) return
    probe.timer.cancel()
    this.#probe = undefined
    this.lastFailure = reason
    if (probe.connection !== undefined) {
      this.#opening.delete(probe.connection)
      this.#flights.delete(probe.connection)
      probe.connection.close()
    }
    const isTalking = this.#flights.size > 0 && this.#receivedMs > probe.sinceMs
    // Answers still come in on other connections: it only takes no new ones (a limit of its own).
    if (isTalking) {
      this.#growAfterMs = this.#clock.monotonicMs() + limits.riakWatchMs
      this.#enter('up', '')
      return
    }
    this.#enter('down', reason)
    this.#closeAll(reason)
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
    if (this.#state === 'down' && this.#probe === undefined) this.#startProbe(undefined)
  }

  /** Each `riakWatchMs` while the node is up: is it silent, and are there too many connections? */
  readonly #watch = (): void => {
    if (this.#state !== 'up') return
    this.#timer = this.#clock.after(limits.riakWatchMs, this.#watch)
    const nowMs = this.#clock.monotonicMs()
    this.#expireIdle(nowMs)
    const silentMs = nowMs - this.#receivedMs
    const patienceMs = this.#flights.size > 0 ? limits.riakWatchMs : limits.riakKeepAliveMs
    const oldest = this.#flights.values().next().value
    if (silentMs < patienceMs) return
    if (oldest !== undefined && nowMs - oldest.sinceMs < limits.riakWatchMs) return
    this.#state = 'checking'
    this.#startProbe(this.#takeIdle())
  }

  #expireIdle(nowMs: number): void {
    while (this.#idle.length > 1) {
      const oldest = this.#idle[0]
      if (oldest === undefined || nowMs - oldest.sinceMs < limits.riakIdleMs) return
      this.#idle.shift()
      oldest.connection.close()
    }
  }

  #closeAll(reason: string): void {
    const flights = [...this.#flights]
    const idle = this.#idle
    const opening = [...this.#opening]
    this.#flights.clear()
    this.#opening.clear()
    this.#idle = []
    for (const connection of opening) connection.close()
    for (const { connection } of idle) connection.close()
    for (const [connection, { exchange }] of flights) {
      connection.close()
      exchange.broken(reason)
    }
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
