/**
 * A read: asks all N vnodes at once, answers as soon as the quorum is met, and afterwards repairs what
 * was stale or reaps what all agree is deleted.
 *
 * Depends on the world for the clock (timeout) and the transport.
 *
 *     checks ──▶ ask N ──▶ answers… ──▶ reply ──▶ late answers… ──▶ repair │ reap
 *
 * Invariants: the promise ends exactly once, by the timeout at the latest; a read that failed repairs
 * nothing (3.x repairs from fetched objects only).
 * Not here: the arithmetic (`get-core.ts`).
 *
 * Source: basho/riak_kv src/riak_kv_get_fsm.erl; RIAK.md §2.2, §2.3, §14.
 */

import { gregorianEpochSeconds } from '../../causality/vclock.ts'
import type { Clock, Timer } from '../../kernel/ports.ts'
import type { PreflistEntry } from '../ring/preflist.ts'
import { RiakError } from '../requests.ts'
import type { NodeGetOptions, NodeGetResult } from '../requests.ts'
import type { Bkey } from '../vnode/disk-keys.ts'
import type { RiakObject } from '../vnode/riak-object.ts'
import type { GetAnswer, VnodeTransport } from '../vnode/vnode-transport.ts'
import { finalAction, judgeRead } from './get-core.ts'
import type { ReadQuorum, VnodeAnswer } from './get-core.ts'
import { checkRead, place, timeoutMsDefault } from './request.ts'
import type { Cluster, Placed } from './request.ts'

export interface GetMachinery {
  readonly cluster: Cluster
  readonly transport: VnodeTransport
  readonly clock: Clock
  /** Called with the number of stale vnodes of each repair. */
  readonly onRepair: (stale: number) => void
}

/** Gregorian seconds now. */
export function gregorianSeconds(clock: Clock): number {
  return Math.floor(clock.nowMs() / 1_000) + gregorianEpochSeconds
}

/** @throws RiakError in Riak's words. */
export function runGet(
  machinery: GetMachinery,
  at: Bkey,
  options: NodeGetOptions,
): Promise<NodeGetResult> {
  const placed = place(machinery.cluster, at, options)
  const quorum = checkRead(placed, options)
  return new Promise((resolve, reject) => {
    new GetFsm(machinery, at, placed, quorum, resolve, reject).start(options)
  })
}

class GetFsm {
  private readonly machinery: GetMachinery
  private readonly at: Bkey
  private readonly placed: Placed
  private readonly quorum: ReadQuorum
  private readonly resolve: (result: NodeGetResult) => void
  private readonly reject: (error: RiakError) => void
  private readonly answers: VnodeAnswer[] = []
  private state: 'waiting' | 'answered' | 'done' = 'waiting'
  private timer: Timer | undefined

  constructor(
    machinery: GetMachinery,
    at: Bkey,
    placed: Placed,
    quorum: ReadQuorum,
    resolve: (result: NodeGetResult) => void,
    reject: (error: RiakError) => void,
  ) {
    this.machinery = machinery
    this.at = at
    this.placed = placed
    this.quorum = quorum
    this.resolve = resolve
    this.reject = reject
  }

  start(options: NodeGetOptions): void {
    const { transport, clock } = this.machinery
    const { timeoutMs = timeoutMsDefault } = options
    // No time at all is over before the first answer.
    if (timeoutMs <= 0) {
      this.timeOut()
      return
    }
    transport.get(this.placed.preflist, this.at, (from, answer) => {
      this.add(from, answer)
    })
    // All is over already where every replica could be read without a wait.
    if (this.state === 'done') return
    this.timer = clock.after(timeoutMs, () => {
      this.timeOut()
    })
  }

  private add(from: PreflistEntry, answer: GetAnswer): void {
    if (this.state === 'done') return
    this.answers.push({ from, answer })
    if (this.state === 'waiting') this.judge()
    if (this.answers.length === this.placed.preflist.length) this.finish()
  }

  private judge(): void {
    const verdict = judgeRead(this.quorum, this.answers)
    if (verdict.kind === 'pending') return
    if (verdict.kind === 'error') {
      this.fail(verdict.text)
      return
    }
    this.state = 'answered'
    this.resolve(verdict.result)
  }

  private fail(text: string): void {
    this.state = 'done'
    this.timer?.cancel()
    this.reject(new RiakError(text))
  }

  private timeOut(): void {
    if (this.state === 'waiting') this.fail('timeout')
    else this.finish()
  }

  private finish(): void {
    if (this.state !== 'answered') return
    this.state = 'done'
    this.timer?.cancel()
    const action = finalAction(this.quorum, this.answers)
    if (action.kind === 'repair') this.repair(action.object, action.stale)
    if (action.kind === 'reap') this.reap(action.object)
  }

  private repair(object: RiakObject, stale: readonly PreflistEntry[]): void {
    const { transport, clock, onRepair } = this.machinery
    onRepair(stale.length)
    const put = {
      at: this.at,
      object,
      settings: this.placed.settings,
      startedAt: gregorianSeconds(clock),
      isRepair: true,
    }
    for (const vnode of stale) transport.put(vnode, put, () => undefined)
  }

  private reap(tombstone: RiakObject): void {
    // Fewer replicas were asked than exist: the others may hold something else.
    if (this.placed.n !== this.placed.settings.nVal) return
    if (this.placed.preflist.length !== this.placed.n) return
    for (const vnode of this.placed.preflist) {
      this.machinery.transport.reap(vnode, this.at, tombstone)
    }
  }
}
