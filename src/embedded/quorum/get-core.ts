/**
 * Read quorum arithmetic: counts vnode answers, says when the client can be answered, with what, and
 * what is to be repaired afterwards.
 *
 * Pure: no clock, no socket. `get-fsm.ts` feeds answers in and acts on the verdict.
 *
 *     get-fsm ──answer──▶ get-core ──verdict──▶ get-fsm ──reply──▶ client
 *                                  ──final action──▶ repair │ reap │ nothing
 *
 * Invariant: a verdict that has left `pending` never changes by later answers.
 * Not here: timeouts and messages (`get-fsm.ts`), merging (`riak-object.ts`).
 *
 * Source: basho/riak_kv src/riak_kv_get_core.erl; RIAK.md §2.2, §2.3.
 */

import { dominates } from '../../causality/vclock.ts'
import type { PreflistEntry } from '../ring/preflist.ts'
import type { NodeGetResult } from '../requests.ts'
import { isDeleted, reconcile } from '../vnode/riak-object.ts'
import type { MergeRules, RiakObject } from '../vnode/riak-object.ts'
import type { GetAnswer } from '../vnode/vnode-transport.ts'

/** Requirements of one read; numbers only. */
export interface ReadQuorum {
  readonly n: number
  readonly r: number
  readonly pr: number
  readonly nodeConfirms: number
  readonly basicQuorum: boolean
  readonly notFoundOk: boolean
  readonly rules: MergeRules
}

export interface VnodeAnswer {
  readonly from: PreflistEntry
  readonly answer: GetAnswer
}

export type ReadVerdict =
  | { readonly kind: 'pending' }
  | { readonly kind: 'answer'; readonly result: NodeGetResult }
  /** Riak's printed term. */
  | { readonly kind: 'error'; readonly text: string }

export type FinalAction =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'repair'
      readonly object: RiakObject
      readonly stale: readonly PreflistEntry[]
    }
  /** Every vnode holds the same tombstone. */
  | { readonly kind: 'reap'; readonly object: RiakObject }

interface Counts {
  /** Objects, and absences where they count as answers. */
  readonly ok: number
  readonly primaryOk: number
  readonly nodes: number
  /** Absences where they do not. */
  readonly notFound: number
  readonly failed: number
}

function countAnswers(quorum: ReadQuorum, answers: readonly VnodeAnswer[]): Counts {
  const counts = { ok: 0, primaryOk: 0, nodes: 0, notFound: 0, failed: 0 }
  const nodes: string[] = []
  for (const { answer, from } of answers) {
    if (answer.kind === 'failed') {
      counts.failed++
    } else if (answer.kind === 'notfound' && !quorum.notFoundOk) {
      counts.notFound++
    } else {
      counts.ok++
      if (from.role === 'primary') counts.primaryOk++
      if (!nodes.includes(from.node)) nodes.push(from.node)
    }
  }
  counts.nodes = nodes.length
  return counts
}

function isMet(quorum: ReadQuorum, counts: Counts): boolean {
  if (counts.ok < quorum.r || counts.primaryOk < quorum.pr) return false
  return counts.nodes >= quorum.nodeConfirms
}

/** So many answers without a value make the quorum out of reach. */
export function failThreshold(quorum: ReadQuorum): number {
  const threshold = quorum.n - Math.max(quorum.r, quorum.pr) + 1
  const majority = Math.floor(quorum.n / 2) + 1
  return quorum.basicQuorum ? Math.min(threshold, majority) : threshold
}

/** What the replicas that answered hold together. */
export function mergeAnswers(
  answers: readonly VnodeAnswer[],
  rules: MergeRules,
): RiakObject | undefined {
  const objects: RiakObject[] = []
  for (const { answer } of answers) if (answer.kind === 'object') objects.push(answer.object)
  return objects.length === 0 ? undefined : reconcile(objects, rules)
}

function toResult(object: RiakObject | undefined): NodeGetResult {
  if (object === undefined) return { kind: 'notfound' }
  return { kind: isDeleted(object) ? 'deleted' : 'found', object }
}

/**
 * Judge the answers received so far, after each.
 *
 * @param answers - in order of arrival, at most one a vnode, at least one.
 */
export function judgeRead(quorum: ReadQuorum, answers: readonly VnodeAnswer[]): ReadVerdict {
  const counts = countAnswers(quorum, answers)
  if (isMet(quorum, counts)) {
    return { kind: 'answer', result: toResult(mergeAnswers(answers, quorum.rules)) }
  }
  const isHopeless = counts.notFound + counts.failed >= failThreshold(quorum)
  if (!isHopeless && answers.length < quorum.n) return { kind: 'pending' }
  return judgeUnmet(quorum, counts, answers)
}

function judgeUnmet(
  quorum: ReadQuorum,
  counts: Counts,
  answers: readonly VnodeAnswer[],
): ReadVerdict {
  if (answers.some(({ answer }) => answer.kind === 'failed' && answer.reason === 'overload')) {
    return { kind: 'error', text: 'overload' }
  }
  const merged = mergeAnswers(answers, quorum.rules)
  const isLive = merged !== undefined && !isDeleted(merged)
  // Nobody holds a value and nobody failed: that is an answer, whatever the quorum.
  if (!isLive && counts.failed === 0 && counts.notFound > 0) {
    return { kind: 'answer', result: toResult(merged) }
  }
  if (counts.primaryOk < quorum.pr) {
    return { kind: 'error', text: `{pr_val_unsatisfied,${quorum.pr},${counts.primaryOk}}` }
  }
  if (counts.ok < quorum.r) {
    return { kind: 'error', text: `{r_val_unsatisfied,${quorum.r},${counts.ok}}` }
  }
  const { nodeConfirms } = quorum
  return { kind: 'error', text: `{insufficient_nodes,${counts.nodes},need,${nodeConfirms}}` }
}

/** What is to be done once every vnode has answered, or time is up. */
export function finalAction(quorum: ReadQuorum, answers: readonly VnodeAnswer[]): FinalAction {
  const merged = mergeAnswers(answers, quorum.rules)
  if (merged === undefined) return { kind: 'none' }
  const stale = answers.filter(({ answer }) => {
    if (answer.kind === 'notfound') return true
    return answer.kind === 'object' && dominates(merged.vclock, answer.object.vclock)
  })
  if (stale.length > 0) {
    return { kind: 'repair', object: merged, stale: stale.map(({ from }) => from) }
  }
  const held = answers.filter(({ answer, from }) => {
    return answer.kind === 'object' && from.role === 'primary'
  })
  const isAgreed = isDeleted(merged) && held.length === quorum.n
  return isAgreed ? { kind: 'reap', object: merged } : { kind: 'none' }
}
