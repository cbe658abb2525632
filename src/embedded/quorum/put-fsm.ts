/**
 * A write: a coordinating vnode counts it and stores it, then the other N−1 store what it stored.
 *
 * Depends on the world for the clock (timeout, the value's date) and the transport.
 *
 *     checks ──▶ coordinator (+ vnodes of its node, one batch) ──stored──▶ the other vnodes
 *                       └─ failed: so has the put               └─ w, dw, pw, nodes: reply
 *
 * Invariants: the promise ends exactly once, by the timeout at the latest. No vnode of another node
 * hears of a write before the coordinator has it on disk. A failed put is not rolled back.
 * Not here: the arithmetic (`put-core.ts`), the merge (`vnode/riak-object.ts`).
 *
 * Source: basho/riak_kv src/riak_kv_put_fsm.erl; RIAK.md §2.4.
 */

import type { Clock } from '../../kernel/ports.ts'
import type { CounterOp } from '../datatype/counter-values.ts'
import type { PreflistEntry, VnodeRef } from '../ring/preflist.ts'
import { RiakError } from '../requests.ts'
import type { NodePutOptions } from '../requests.ts'
import type { Bkey } from '../vnode/disk-keys.ts'
import { reconcile } from '../vnode/riak-object.ts'
import type { RiakObject } from '../vnode/riak-object.ts'
import type { PutEvent, VnodePut, VnodeTransport } from '../vnode/vnode-transport.ts'
import { gregorianSeconds } from './get-fsm.ts'
import { judgeWrite } from './put-core.ts'
import type { VnodeEvent, WriteQuorum } from './put-core.ts'
import { checkWrite, place, timeoutMsDefault } from './request.ts'
import type { Cluster, Placed } from './request.ts'

export interface PutMachinery {
  readonly cluster: Cluster
  readonly transport: VnodeTransport
  readonly clock: Clock
  /** This node's name: it coordinates where it has a vnode of the list. */
  readonly node: string
}

/**
 * @param makeObject - the client's clock and its one value; called after the checks, as the
 * precommit hooks are, and may throw what they answer.
 * @param counterOp - the object's one value is an empty counter, to be raised by this.
 * @returns the object as the vnodes that answered hold it.
 * @throws RiakError in Riak's words.
 */
export function runPut(
  machinery: PutMachinery,
  at: Bkey,
  makeObject: () => RiakObject,
  options: NodePutOptions,
  counterOp?: CounterOp,
): Promise<RiakObject> {
  const placed = place(machinery.cluster, at, options)
  const quorum = checkWrite(placed, options)
  const put: VnodePut = {
    at,
    object: makeObject(),
    settings: placed.settings,
    startedAt: gregorianSeconds(machinery.clock),
    isRepair: false,
    ...(counterOp === undefined ? {} : { counterOp }),
  }
  return new Promise((resolve, reject) => {
    new PutFsm(machinery, placed, quorum, put, resolve, reject).start(options)
  })
}

class PutFsm {
  private readonly machinery: PutMachinery
  private readonly placed: Placed
  private readonly quorum: WriteQuorum
  private readonly put: VnodePut
  private readonly resolve: (object: RiakObject) => void
  private readonly reject: (error: RiakError) => void
  private readonly events: VnodeEvent[] = []
  private isDone = false
  private stopTimer: () => void = () => undefined

  constructor(
    machinery: PutMachinery,
    placed: Placed,
    quorum: WriteQuorum,
    put: VnodePut,
    resolve: (object: RiakObject) => void,
    reject: (error: RiakError) => void,
  ) {
    this.machinery = machinery
    this.placed = placed
    this.quorum = quorum
    this.put = put
    this.resolve = resolve
    this.reject = reject
  }

  start(options: NodePutOptions): void {
    const { timeoutMs = timeoutMsDefault } = options
    // No time at all: it is stored, and the client told that it cannot know; less is never begun.
    if (timeoutMs <= 0) this.fail('timeout')
    if (timeoutMs < 0) return
    const timer = this.machinery.clock.after(timeoutMs, () => {
      this.fail('timeout')
    })
    this.stopTimer = () => {
      timer.cancel()
    }
    if (options.asis === true) this.spread(this.placed.preflist, this.put)
    else this.coordinate()
  }

  private coordinate(): void {
    const { preflist } = this.placed
    const { node, transport } = this.machinery
    const coordinator = preflist.find((entry) => entry.node === node) ?? preflist[0]
    // `checkWrite` has refused an empty list.
    if (coordinator === undefined) return
    const others = preflist.filter((entry) => entry !== coordinator)
    const along = others.filter((entry) => entry.node === coordinator.node)
    const remote = others.filter((entry) => entry.node !== coordinator.node)
    transport.coordinate(coordinator, along, this.put, (from, event) => {
      const isCoordinator = from.partition === coordinator.partition
      if (isCoordinator && event.kind === 'failed') this.fail(event.reason)
      if (isCoordinator && event.kind === 'stored') {
        this.spread(remote, { ...this.put, object: event.object })
      }
      this.add(from, event)
    })
  }

  private spread(to: readonly PreflistEntry[], put: VnodePut): void {
    for (const vnode of to) {
      this.machinery.transport.put(vnode, put, (from, event) => {
        this.add(from, event)
      })
    }
  }

  private add(from: VnodeRef, event: PutEvent): void {
    if (this.isDone) return
    const entry = this.placed.preflist.find(
      ({ partition, node }) => partition === from.partition && node === from.node,
    )
    if (entry === undefined) return
    this.events.push({ from: entry, event })
    const verdict = judgeWrite(this.quorum, this.events)
    if (verdict.kind === 'error') this.fail(verdict.text)
    if (verdict.kind === 'met') this.succeed()
  }

  private fail(text: string): void {
    if (this.isDone) return
    this.isDone = true
    this.stopTimer()
    this.reject(new RiakError(text))
  }

  private succeed(): void {
    this.isDone = true
    this.stopTimer()
    const stored: RiakObject[] = []
    for (const { event } of this.events) if (event.kind === 'stored') stored.push(event.object)
    this.resolve(reconcile(stored, this.put.settings))
  }
}
