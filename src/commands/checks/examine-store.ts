/** Everything that is asked of a store, in the order in which it is told. */

import type { Clock, Dice } from '../../kernel/ports.ts'
import type { RiakKv } from '../../riak/riak-kv.ts'
import type { Blog } from '../../store/blog.ts'
import { accountsCheck } from './accounts.ts'
import { administratorsCheck } from './administrators.ts'
import type { AskedNodes } from './ask-nodes.ts'
import { askNodes } from './ask-nodes.ts'
import { bucketTypesCheck } from './bucket-types.ts'
import type { Check } from './check.ts'
import { clocksCheck } from './clocks.ts'
import { clusterCheck } from './cluster.ts'
import { dottedVersionsCheck } from './dotted-versions.ts'
import { exportsCheck } from './exports.ts'
import type { Finding } from './finding.ts'
import { jobsCheck } from './jobs.ts'
import { listingsCheck } from './listings.ts'
import { nodesCheck } from './nodes.ts'
import { runChecks } from './run-checks.ts'
import { secondaryIndexesCheck } from './secondary-indexes.ts'
import { settledCheck } from './settled.ts'
import { storedObjectsCheck } from './stored-objects.ts'
import { majorMinor, versionsCheck } from './versions.ts'
import { waitingCommentsCheck } from './waiting-comments.ts'

/** Before the others, which ask so much at once that a round trip says nothing. */
const first: readonly Check[] = [nodesCheck, clusterCheck, versionsCheck, clocksCheck]
const then: readonly Check[] = [
  bucketTypesCheck,
  dottedVersionsCheck,
  secondaryIndexesCheck,
  jobsCheck,
  settledCheck,
  administratorsCheck,
  accountsCheck,
  waitingCommentsCheck,
  storedObjectsCheck,
  listingsCheck,
  exportsCheck,
]

export interface StoreToExamine {
  readonly site: string
  readonly clock: Clock
  readonly dice: Dice
  /** `host:port` each. */
  readonly addresses: readonly string[]
  readonly riak: RiakKv
  readonly blog: Blog
  readonly isEmbedded: boolean
  /** RIAK_ADMIN. */
  readonly riakAdmin: string | undefined
}

export interface Depth {
  /** Only what every start of a server may cost. */
  readonly isQuick: boolean
  /** Every object, however long it takes. */
  readonly isWhole: boolean
}

/**
 * Where no node answers, what is said of each node is all that can be said.
 *
 * @param signal - aborted: connections of its own are closed, and what is under way fails.
 */
export async function examineStore(
  store: StoreToExamine,
  depth: Depth,
  report: (finding: Finding) => void,
  signal?: AbortSignal,
): Promise<void> {
  const asked = await askNodes(store.addresses, store)
  const close = (): void => {
    for (const { riak } of asked.answering) void riak.stop()
  }
  signal?.addEventListener('abort', close)
  try {
    if (signal?.aborted === true) return
    const subject = {
      ...store,
      nodes: asked.nodes,
      answering: asked.answering,
      isThorough: !depth.isQuick,
      isWhole: depth.isWhole,
      admin: adminOf(store.riakAdmin, asked),
    }
    const wanted = (check: Check): boolean => check.isQuick || !depth.isQuick
    await runChecks(first.filter(wanted), subject, report)
    if (asked.answering.length === 0) return
    // A server has looked at the ring long ago; without a look "not found" would prove nothing.
    if (!depth.isQuick) await store.blog.ring.start()
    await runChecks(then.filter(wanted), subject, report)
  } finally {
    signal?.removeEventListener('abort', close)
    await asked.close()
  }
}

/** `riak admin` since 3.0, `riak-admin` before. */
function adminOf(riakAdmin: string | undefined, { answering }: AskedNodes): string {
  if (riakAdmin !== undefined) return riakAdmin
  const [major = 3] = majorMinor(answering[0]?.version ?? '') ?? []
  return major < 3 ? 'riak-admin' : 'riak admin'
}
