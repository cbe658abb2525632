/**
 * The ports: everything nondeterministic that the program may touch. `src/runtime` puts the real
 * machine behind them, the simulator a virtual one; nothing else reads a clock or throws dice.
 *
 * Invariant: above the ports only promises that come from a port (or from one that awaits a port)
 * are awaited, so that a run is replayed from its seed.
 */

import type { Soon } from './soon.ts'

/** A pending timer. */
export interface Timer {
  /** Idempotent; a cancelled task never runs. */
  cancel(): void
}

export interface Clock {
  /** Wall time in whole milliseconds since 1970-01-01 UTC. May jump, in both directions. */
  nowMs(): number
  /** Milliseconds from an arbitrary origin, fractions allowed. Never goes back. */
  monotonicMs(): number
  /** Run `task` once, not before `delayMs` (≥ 0) have passed. Does not keep the process alive. */
  after(delayMs: number, task: () => void): Timer
  /** Run `task` once whatever waits now (requests, answers) has had its turn: how long work gives way. */
  afterTurn(task: () => void): void
}

export interface Dice {
  /** Uniform integer in [0, 2^32). */
  uint32(): number
  /** `count` random bytes; from the system's cryptographic source in production. */
  bytes(count: number): Uint8Array
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export interface Log {
  /** `event` is a stable sentence without variables; they go into `fields`. Never a secret. */
  write(level: LogLevel, event: string, fields?: Readonly<Record<string, unknown>>): void
}

/** One change of an ordered store. */
export type DiskChange =
  | { readonly kind: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: 'del'; readonly key: Uint8Array }

/** Byte order, `gte` inclusive, `lt` exclusive. */
export interface DiskRange {
  readonly gte: Uint8Array
  readonly lt: Uint8Array
  readonly reverse?: boolean
  /** Entries at most; default unlimited. */
  readonly limit?: number
  /** Values are not wanted: they may come empty, and are then not read at all. */
  readonly keysOnly?: boolean
}

/**
 * An ordered key-value store: the disk as the embedded node sees it.
 *
 * `write` is atomic: after a crash either all its changes are there or none. With `sync` it resolves
 * only when they survive a power cut.
 */
export interface Disk {
  get(key: Uint8Array): Promise<Uint8Array | undefined>
  /**
   * In the order of `keys`, all in memory together; each as it is when it is read, so that a write may
   * fall between two of them. Never throws: a failure is a rejection.
   */
  getMany(keys: readonly Uint8Array[]): Soon<readonly (Uint8Array | undefined)[]>
  write(changes: readonly DiskChange[], options: { readonly sync: boolean }): Promise<void>
  /** A consistent snapshot as of the first `next()`; ends early by `return()`. */
  scan(range: DiskRange): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]>
  close(): Promise<void>
}

/** A file that is only ever read and replaced whole. */
export interface WholeFile {
  /** @returns undefined where there is none. Over shared memory, so that a thread can be handed it. */
  read(): Promise<Uint8Array | undefined>
  /** After a crash the file is the old one or the new one, whole. Survives a power cut. */
  replace(bytes: Uint8Array): Promise<void>
}

/** An accepted byte stream, e.g. one Protocol Buffers client. */
export interface Connection {
  readonly remote: string
  /** Called with each chunk; the receiver owns it. Set once, before any data is delivered. */
  onData(receive: (chunk: Uint8Array) => void): void
  /** Called once, when either side has closed or the stream broke. */
  onClose(closed: () => void): void
  /** Queue bytes. Returns false when the peer reads too slowly: stop until `onDrain`. */
  write(bytes: Uint8Array): boolean
  onDrain(drained: () => void): void
  /** Stop, or go on, delivering data (back pressure towards the sender). */
  pause(): void
  resume(): void
  /** Send what is queued, then close. */
  end(): void
  /** Close at once. */
  destroy(): void
}

export interface Listening {
  readonly host: string
  readonly port: number
  close(): Promise<void>
}

/** One HTTP request, whole. */
export interface HttpRequest {
  readonly method: string
  /** The request line's target as it came: path and query, percent-encoded. */
  readonly target: string
  /** As received, in order, names in their own case. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** The receiver owns it. */
  readonly body: Uint8Array
  readonly remote: string
  /** Called once where the client went away before the answer was written. */
  onAbort(aborted: () => void): void
}

export interface HttpAnswer {
  readonly status: number
  /** Default: the status's usual words. */
  readonly reason?: string
  /** In this order, in this case; `Content-Length` is added for bytes, chunks otherwise. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** A stream is taken piece by piece as the client reads, and given back (`return()`) where it leaves. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array>
}

export interface HttpNetwork {
  /**
   * Requests of one connection are answered in order. A body over `bodyBytesMax` is answered 413
   * without being kept.
   *
   * @throws OperationError `BLOG_UNAVAILABLE` where the address is taken; the message names it.
   */
  listenHttp(
    at: { readonly host: string; readonly port: number; readonly bodyBytesMax: number },
    answer: (request: HttpRequest) => Promise<HttpAnswer>,
  ): Promise<Listening>
}

/** A thread of its own, beside the one that serves. Messages cross by structured clone. */
export interface Thread {
  post(message: unknown): void
  /** Set once, at once after the start. */
  onMessage(receive: (message: unknown) => void): void
  /** Called once: it broke, was terminated, or ended by itself. */
  onEnd(ended: (reason: string) => void): void
  /** Ends it wherever it is. Idempotent. */
  terminate(): Promise<void>
}

export interface Threads {
  /**
   * The thread never keeps the process alive.
   *
   * @param file - its program; what it is handed is `data`.
   */
  start(
    file: URL,
    limits: { readonly stackMiB: number; readonly heapMiB: number; readonly data: unknown },
  ): Thread
}

/** Password hashes that are dear to guess: beside the event loop, and few at once. */
export interface Passwords {
  /** @returns hash, salt and parameters in one text, for `verify` alone to read. */
  hash(password: string): Promise<string>
  /**
   * @param encoded - of `hash`; anything else takes as long, and is wrong.
   * @returns `isDated`: it was made with lesser parameters than `hash` takes now.
   */
  verify(
    password: string,
    encoded: string,
  ): Promise<{ readonly isRight: boolean; readonly isDated: boolean }>
}

/** Why a file was not fetched. */
export interface NotFetched {
  /** For people; the end of a sentence that begins with the address. */
  readonly reason: string
  /** No answer came at all. */
  readonly isUnreachable: boolean
}

/** Files of the public internet; never of this machine or of a network around it. */
export interface Downloads {
  /** @param address - http or https. @param bytesMax - a longer file is not fetched to its end. */
  get(address: string, bytesMax: number): Promise<Uint8Array | NotFetched>
}

export interface Network {
  /**
   * @throws OperationError `BLOG_UNAVAILABLE` where the address is taken; the message names it.
   */
  listen(
    at: { readonly host: string; readonly port: number },
    accept: (connection: Connection) => void,
  ): Promise<Listening>
}
