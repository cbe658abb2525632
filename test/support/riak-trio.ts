/**
 * A stand-in for a cluster of three Riak nodes, for stories of loss and return: three listeners, each
 * with an address and a node name, before one store.
 *
 *     127.0.0.1:a ─ c1 ┐ stop, kill, freeze, slow, bring back: of each listener by itself
 *     127.0.0.1:b ─ c2 ├─▶ trio-rules.ts (what a cluster in trouble answers) ─▶ one embedded node
 *     127.0.0.1:c ─ c3 ┘
 *
 * What it is: the answers and the timing that a blog server meets, all from one seed: refused and reset
 * connections, silence, slowness; a node that listens before it knows what a get is; false not-founds at default quorum and at r=1 notfound_ok=false while a
 * node is away and for a time after its return; unmet quorums that were stored; time-outs of keys that have
 * two replicas on a silent node, and of absent ones read with notfound_ok=false, which wait for all three;
 * fallbacks in preference lists; queries that lack vnodes.
 *
 * What it is not: replication. There is one copy of everything, so that nothing is ever old, no handoff
 * takes place, and a put over a key that seemed absent makes its sibling at once.
 *
 * Source: captures/quorum of a Riak 3.2.3.
 */

import { roomTypes } from '../../buckets/rooms.ts'
import { ringpostModule, ringpostModuleName } from '../../mapreduce/ringpost-mapreduce.ts'
import { startPbListener } from '../../src/embedded/listen/pb-listener.ts'
import type { PbListener } from '../../src/embedded/listen/pb-listener.ts'
import { openRiakNode } from '../../src/embedded/node.ts'
import type { EmbeddedRiakNode } from '../../src/embedded/node.ts'
import { RiakError } from '../../src/embedded/requests.ts'
import type { RiakNode } from '../../src/embedded/riak-node.ts'
import { seededDice } from '../../src/kernel/prng.ts'
import type { Clock, Log } from '../../src/kernel/ports.ts'
import { MemoryDisk } from '../../src/runtime/memory-disk.ts'
import { systemClock } from '../../src/runtime/system-clock.ts'
import { messageCodes } from '../../src/wire/message-codes.ts'
import { withType } from './open-embedded.ts'
import { TrioRules } from './trio-rules.ts'
import type { Misbehaved, TrioRulesOptions } from './trio-rules.ts'
import { unrulyNetwork } from './unruly-network.ts'

export interface TrioNode {
  readonly name: string
  /** `127.0.0.1:port`, the same for its whole life. */
  readonly address: string
  readonly connections: number
  /** Cleanly: what is under way is answered, then connections are refused. */
  stop(): Promise<void>
  /** At once: connections are reset, then refused. */
  kill(): Promise<void>
  /** It accepts and never answers: a process that is stopped, a network that drops. */
  freeze(): void
  /** Each piece of data is this much later, ms; 0: as before. */
  slow(ms: number): void
  /** From whatever it was: it answers. */
  bringBack(): Promise<void>
}

export interface RiakTrio {
  readonly nodes: readonly [TrioNode, TrioNode, TrioNode]
  /** As `RIAK_NODES` wants them. */
  readonly addresses: string
  /** What really is stored. */
  readonly store: EmbeddedRiakNode
  readonly misbehaved: Readonly<Misbehaved>
  readonly isTroubled: boolean
  close(): Promise<void>
}

export type TrioOptions = Partial<Omit<TrioRulesOptions, 'names' | 'nowMs'>>

const names = ['c1@127.0.0.1', 'c2@127.0.0.1', 'c3@127.0.0.1'] as const
const quiet: Log = { write: () => undefined }
/** Where a request does not say (Riak's default). */
const timeoutMsDefault = 60_000

/** One of three names before the one store. @param isStarting - listens, and has no services yet. */
function memberOf(
  store: EmbeddedRiakNode,
  name: string,
  world: { readonly rules: TrioRules; readonly clock: Clock; readonly isStarting: () => boolean },
): RiakNode {
  const { rules, clock, isStarting } = world
  const assertStarted = (code: number): void => {
    if (isStarting()) throw new RiakError(`Unknown message code: ${code}`)
  }
  const overdue = async (timeoutMs: number | undefined): Promise<RiakError> => {
    await new Promise<void>((over) => clock.after(timeoutMs ?? timeoutMsDefault, over))
    return new RiakError('timeout')
  }
  return {
    name,
    version: store.version,
    mapReduce: store.mapReduce,
    async get(of, key, options) {
      assertStarted(messageCodes.RpbGetReq)
      const fate = rules.read(of, key, options)
      if (fate === 'timeout') throw await overdue(options.timeoutMs)
      if (fate === 'primaries away') throw new RiakError(rules.unmetPrimaries(of, key))
      const result = await store.get(of, key, options)
      // What never was cannot be falsely absent.
      if (result.kind === 'notfound') {
        // Without a value to end it, such a read waits for every replica to say so.
        if (fate === 'silent absence') throw await overdue(options.timeoutMs)
        return result
      }
      if (fate === 'notfound') return { kind: 'notfound' }
      if (fate === 'unsatisfied') throw new RiakError('{r_val_unsatisfied,1,0}')
      rules.fetched(of, key)
      return result
    },
    async put(of, key, content, options) {
      assertStarted(messageCodes.RpbPutReq)
      const fate = key === undefined ? 'as it is' : rules.write(of, key, options)
      const stored = await store.put(of, key, content, options)
      if (fate === 'stored, timeout') throw await overdue(options.timeoutMs)
      if (fate === 'stored, unmet') throw new RiakError('{w_val_unsatisfied,2,1}')
      return stored
    },
    async *index(query) {
      assertStarted(messageCodes.RpbIndexReq)
      const coverage = rules.coverage()
      if (coverage === 'silent') throw await overdue(query.timeoutMs)
      if (coverage === 'too few') throw new RiakError('{error,insufficient_vnodes_available}')
      return yield* store.index(query)
    },
    preflist: (of, key) => {
      assertStarted(messageCodes.RpbGetBucketKeyPreflistReq)
      return rules.preflist(of, key).map(({ partition, node, role }) => {
        return { partition, node, isPrimary: role === 'primary' }
      })
    },
    count: (...about) => store.count(...about),
    delete: (...about) => store.delete(...about),
    listKeys: (...about) => store.listKeys(...about),
    listBuckets: (...about) => store.listBuckets(...about),
    bucketProps: (of) => store.bucketProps(of),
    setBucketProps: (of, props) => store.setBucketProps(of, props),
    resetBucketProps: (of) => store.resetBucketProps(of),
    typeProps: (type) => store.typeProps(type),
    setTypeProps: (type, props) => store.setTypeProps(type, props),
    stats: () => ({ ...store.stats(), nodename: name }),
    stop: () => Promise.resolve(),
  }
}

async function openMember(
  store: EmbeddedRiakNode,
  name: string,
  world: { readonly rules: TrioRules; readonly clock: Clock; readonly startMs: number },
): Promise<TrioNode> {
  const { rules, clock } = world
  let startedMs = 0
  const isStarting = (): boolean => clock.monotonicMs() < startedMs
  const node = memberOf(store, name, { rules, clock, isStarting })
  const network = unrulyNetwork()
  const listen = (port: number): Promise<PbListener> =>
    startPbListener({ node, network, clock, log: quiet, host: '127.0.0.1', port })
  let listener: PbListener | undefined = await listen(0)
  const { port } = listener
  const close = async (): Promise<void> => {
    const open = listener
    listener = undefined
    if (open === undefined) return
    rules.lost(name)
    await open.close()
  }
  return {
    name,
    address: `127.0.0.1:${port}`,
    get connections() {
      return network.connections
    },
    stop: close,
    kill: async () => {
      network.resetAll()
      await close()
    },
    freeze: () => {
      rules.fellSilent(name)
      network.freeze()
    },
    slow: (ms) => {
      network.delay(ms)
    },
    bringBack: async () => {
      network.delay(0)
      if (listener === undefined) {
        startedMs = clock.monotonicMs() + world.startMs
        listener = await listen(port)
      }
      rules.returned(name)
      network.thaw()
    },
  }
}

/** @param options - defaults: what the captures saw, a return in 130 s, silence noticed after 60 s. */
export async function openRiakTrio(options: TrioOptions = {}): Promise<RiakTrio> {
  const clock = systemClock()
  const { seed = 1, startMs = 300 } = options
  const store = await openRiakNode({
    name: names[0],
    disk: new MemoryDisk(),
    clock,
    dice: seededDice(seed),
    log: quiet,
    modules: new Map([[ringpostModuleName, ringpostModule]]),
  })
  for (const { type, props } of roomTypes) await withType(store, type, { ...props })
  const rules = new TrioRules({
    returnMs: 130_000,
    falseShare: 0.1,
    unmetShare: 0.02,
    tickMs: 60_000,
    startMs,
    ...options,
    seed,
    names,
    nowMs: () => clock.monotonicMs(),
  })
  const [first, second, third] = names
  const open = (name: string): Promise<TrioNode> =>
    openMember(store, name, { rules, clock, startMs })
  const nodes = [await open(first), await open(second), await open(third)] as const
  return {
    nodes,
    addresses: nodes.map(({ address }) => address).join(','),
    store,
    misbehaved: rules.counts,
    get isTroubled() {
      return rules.isTroubled
    },
    close: async () => {
      for (const node of nodes) {
        await node.bringBack()
        await node.stop()
      }
      await store.stop()
    },
  }
}
