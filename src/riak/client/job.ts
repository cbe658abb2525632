/** A request, the tries it makes of nodes, and what becomes of it: the records that the dispatcher keeps. */

import type { StoreError } from '../../kernel/errors.ts'
import type { Timer } from '../../kernel/ports.ts'
import type { CallKind } from '../riak-calls.ts'
import type { ClientCommand } from './client-types.ts'
import type { Exchange, Link, NodePool } from './node-pool.ts'

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
  /** Address of a node that is asked only where no other is free. */
  readonly avoid?: string | undefined
  /** @param timeoutMs - what is left of the request's time, for Riak. May throw: nothing is sent. */
  attempt(timeoutMs: number): Attempt<T>
}

/** A request at one node. */
export interface Try {
  readonly job: Job
  readonly pool: NodePool
  readonly sentMs: number
  watchedMs: number
  link: Link | undefined
  exchange: Exchange | undefined
  /** Nothing more comes of it. */
  isEnded: boolean
  isLate: boolean
}

/** A request on its way. */
export interface Job {
  readonly request: Request<unknown>
  readonly deadlineMs: number
  readonly settle: (result: Result) => void
  deadline: Timer
  state: 'waiting' | 'in flight' | 'settled'
  /** How long it waits for a node other than the one it is better not sent to; once. */
  parking: Timer | undefined
  attempts: number
  /** Under way, two at most; after it is settled, what is still owed. */
  tries: Try[]
  /** What the first of two nodes answered, while the other has a chance. */
  error: StoreError | undefined
  /** The node of its last try. */
  pool: NodePool | undefined
}

export type Result = { readonly value: unknown } | { readonly error: StoreError }
