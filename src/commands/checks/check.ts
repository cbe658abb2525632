/**
 * A check: asks, then judges. Judging is pure and apart, so that every failing form has its own test.
 *
 *     ask-nodes ─▶ Subject ──▶ check.run ──facts──▶ judge… ──▶ findings
 */

import type { Clock, Dice } from '../../kernel/ports.ts'
import type { RiakKv } from '../../riak/riak-kv.ts'
import type { Blog } from '../../store/blog.ts'
import type { AnsweringNode, AskedNode } from './ask-nodes.ts'
import type { CheckName, Finding } from './finding.ts'

/** What is checked. */
export interface Subject {
  readonly site: string
  readonly clock: Clock
  readonly dice: Dice
  /** The store as the program talks to it: all nodes together. */
  readonly riak: RiakKv
  readonly blog: Blog
  /** Each address by itself. */
  readonly nodes: readonly AskedNode[]
  /** Those of `nodes` that answer. */
  readonly answering: readonly AnsweringNode[]
  /** A node that this program, or its server, runs in its own process. */
  readonly isEmbedded: boolean
  /** More than a server's start may cost: probes of every type and member. */
  readonly isThorough: boolean
  /** Every object is looked at, however long it takes. */
  readonly isWhole: boolean
  /** How the operator calls riak-admin of this cluster: `riak admin`, `riak-admin` (2.x), RIAK_ADMIN. */
  readonly admin: string
}

export interface Check {
  readonly name: CheckName
  /** Cheap enough for every start of a server. */
  readonly isQuick: boolean
  /** @throws StoreError becomes a finding: one check that fails hides no other. */
  readonly run: (subject: Subject) => Promise<readonly Finding[]>
}

/** No site can have this name, so nobody takes what is put here for a blog's own. */
export const probeBucket = '~doctor'

/** Unlike any other, so that doctors that run at once do not meet. */
export function probeKey(purpose: string, dice: Dice): string {
  return `${purpose}/${Buffer.from(dice.bytes(9)).toString('base64url')}`
}

/** Runs `work`, and then removes what it may have put, whether it went well or not. */
export async function withProbe<T>(
  riak: RiakKv,
  at: { readonly type: string; readonly key: string },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } finally {
    // A probe that stays harms nobody: nothing lists this bucket.
    await riak.delete({ ...at, bucket: probeBucket }).catch(() => undefined)
  }
}
