/**
 * A job in motion: each phase is a stream that pulls from the one before.
 *
 *     inputs ◀─pull─ phase 0 ◀─pull─ phase 1 ◀─pull─ client
 *
 * Nothing is made before somebody asks for it: so a slow client slows the job, and a job that is given
 * up stops where it is. What a phase keeps passes through the phases after it, to the client.
 *
 * Source: basho/riak_pipe (fittings and their queues); basho/riak_kv src/riak_kv_mrc_sink.erl.
 */

import type { Cluster } from '../quorum/request.ts'
import type { NodeIndexQuery, NodeIndexResult, BucketId } from '../requests.ts'
import type { JavascriptEngine } from '../javascript/javascript-engine.ts'
import type { VnodeTransport } from '../vnode/vnode-transport.ts'
import type { RegisteredModules } from './functions.ts'
import type { HeldBytes } from './held-bytes.ts'
import type { Rows } from './rows.ts'
import type { Turns } from './turns.ts'
import type { MakePattern } from './key-filters.ts'

/** Results of one kept phase. */
export interface JobResults {
  readonly phase: number
  readonly rows: Rows
}

export type FlowItem =
  | { readonly kind: 'rows'; readonly rows: Rows }
  | { readonly kind: 'kept'; readonly results: JobResults }

export type Flow = AsyncGenerator<FlowItem, void, undefined>

/** What a job reaches of its node. */
export interface JobWorld {
  readonly cluster: Cluster
  readonly transport: Pick<VnodeTransport, 'getMany'>
  readonly modules: RegisteredModules
  /** Absent: JavaScript is off. */
  readonly javascript: JavascriptEngine | undefined
  readonly pattern: MakePattern
  listKeys(
    of: BucketId,
    options: { readonly timeoutMs?: number },
  ): AsyncIterable<readonly Uint8Array[]>
  index(
    query: NodeIndexQuery,
  ): AsyncGenerator<readonly NodeIndexResult[], Uint8Array | undefined, undefined>
}

/** What the phases of one job share. */
export interface JobContext {
  readonly world: JobWorld
  readonly turns: Turns
  readonly held: HeldBytes
  /** Milliseconds until the job's timeout. */
  leftMs(): number
}

/** `work` on each item, so many at once; results in order. What is under way ends by itself. */
export async function* ahead<T, R>(
  source: AsyncIterable<T>,
  atOnce: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const underWay: Promise<R>[] = []
  for await (const item of source) {
    const result = work(item)
    // Awaited below, unless the job ends before.
    result.catch(() => undefined)
    void underWay.push(result)
    const oldest = underWay.length > atOnce ? underWay.shift() : undefined
    if (oldest !== undefined) yield await oldest
  }
  for (const result of underWay) yield await result
}
