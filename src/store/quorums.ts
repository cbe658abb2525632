/**
 * How many vnodes each use asks for, and why: the one table (DESIGN §3, "Quorums per use").
 *
 * `pr` and `pw` are never asked for: they refuse when primaries are away, which is the moment this
 * store is built for, and do not prove absence either (captures, `quorum/s4-second-return`).
 */

import { StoreError } from '../kernel/errors.ts'
import type { StoreErrorCode } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { GetOptions, PutOptions } from '../riak/riak-kv.ts'
import type { ReadTuning, WriteTuning } from './blog.ts'

/** What a read is for. */
export type ReadUse =
  /** A reader's page: the fastest vnode that has the object will do; merging makes up for age. */
  | 'page'
  /**
   * Absence is the usual answer and harms nobody: a create that is no repetition merges with whatever
   * is there, a text that was never edited has a default. One step; no answer in time is none.
   */
  | 'glance'
  /** A page's read while nodes are away or have just returned: some vnodes are older than others. */
  | 'wary'
  /** An editor's read, or one that a write follows: must meet what a quorum has acknowledged. */
  | 'edit'

interface ReadPlan {
  readonly first: GetOptions
  /** Asked where the first read found nothing: only all vnodes together say "not found" surely. */
  readonly ifAbsent?: GetOptions
  /** Asked where the first read failed: one vnode that has it is enough. */
  readonly ifFailed?: GetOptions
  /** No answer is as good as "not found". */
  readonly isBestEffort?: boolean
}

/** Any one vnode that has the object is better than none. */
const oneVnode: GetOptions = { r: 1, notFoundOk: false }
// A vnode that has it answers in milliseconds; one that is silent must not hold up what is not there.
const everyVnode: GetOptions = { ...oneVnode, timeoutMs: limits.absenceTimeoutMs }
const anyVnode: GetOptions = { ...oneVnode, timeoutMs: limits.anyVnodeTimeoutMs }

const readPlans: Readonly<Record<ReadUse, ReadPlan>> = {
  // One "not found" may come from a vnode that has just returned empty: with notfound_ok=false it
  // does not count towards r, so the read goes on until a vnode has the object, or two lack it
  // (basic_quorum: with one silent, the third would be waited for until the timeout).
  page: { first: { ...oneVnode, basicQuorum: true }, ifAbsent: everyVnode },
  glance: { first: anyVnode, isBestEffort: true },
  // A node that was away answers as fast as the others, and of then. A quorum meets what was acknowledged
  // meanwhile; where none can be met soon, one vnode that has the object is enough for a page.
  wary: {
    first: { r: 'quorum', notFoundOk: true, timeoutMs: limits.waryReadTimeoutMs },
    ifAbsent: everyVnode,
    ifFailed: anyVnode,
  },
  // A quorum meets every acknowledged write while its vnodes are there. With two of three away it
  // cannot be met, and shortly after their return it answers "not found" for what exists.
  edit: {
    first: { r: 'quorum', notFoundOk: true, timeoutMs: limits.quorumReadTimeoutMs },
    ifAbsent: everyVnode,
    ifFailed: anyVnode,
  },
}

interface WritePlan {
  readonly first: PutOptions
  readonly then?: PutOptions
}

const writePlan: WritePlan = {
  // Acknowledged by two of three disks: one may burn.
  first: { w: 'quorum', timeoutMs: limits.quorumWriteTimeoutMs },
  // One vnode that can store it is enough to accept an edit (the promise). The same bytes: where the
  // first try was stored after all, the merge makes the second one nothing new.
  then: { w: 1, dw: 1 },
}

/** A user's own `?r=` replaces all steps: asked for three, two are an error and no second try. */
export function planRead(use: ReadUse, tuning: ReadTuning | undefined): ReadPlan {
  const plan = readPlans[use]
  if (tuning?.r === undefined) return plan
  const { notFoundOk } = plan.first
  return { first: { r: tuning.r, ...(notFoundOk === undefined ? {} : { notFoundOk }) } }
}

/** A user's own `?w=` or `?dw=` must be met as asked, or the write is an (indefinite) error. */
export function planWrite(tuning: WriteTuning | undefined): WritePlan {
  if (tuning?.w === undefined && tuning?.dw === undefined) return writePlan
  return {
    first: {
      w: tuning.w ?? 'quorum',
      ...(tuning.dw === undefined ? {} : { dw: tuning.dw }),
    },
  }
}

/** Whether fewer vnodes, or another node, might do what this attempt could not. */
export function isWorthAnotherTry(error: unknown): boolean {
  if (!(error instanceof StoreError)) return false
  return tryAgain.has(error.code)
}

const tryAgain: ReadonlySet<StoreErrorCode> = new Set([
  'BLOG_QUORUM_UNMET',
  'BLOG_TIMEOUT',
  'BLOG_UNAVAILABLE',
  'BLOG_OVERLOADED',
])

/** Whether this is what a silent vnode looks like: the others had nothing to say. */
export function isSilence(error: unknown): boolean {
  if (!(error instanceof StoreError)) return false
  return error.code === 'BLOG_TIMEOUT' || error.code === 'BLOG_QUORUM_UNMET'
}
