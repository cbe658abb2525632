/**
 * What looks at the ring tell of the cluster: which nodes there are, and whether one of them is away.
 *
 *     key ──preflist──────▶ partitions 41 c1, 42 c2, 43 c3     who owns them, up or not
 *         ──get pr=all────▶ 2 of 3 primaries                   one of these three is away
 *
 * A preflist over Protocol Buffers names the owners even while they are away (seen on a real 3.2.3: it
 * never shows a fallback), so presence is asked for by a read that wants every primary: of an absent key
 * it costs next to nothing, and is refused at once where one is away.
 *
 * A key tells of n_val partitions only. Whatever was told is remembered: for the next look some keys are
 * chosen that meet every known node, and some that meet partitions of which nothing is known yet, so that
 * after a few looks no node can be away unseen. A ring of 64 is known after some 60 keys.
 *
 * Pure: no clock, no network. Invariant: a node that was seen as an owner is met by every look, unless
 * there are so many that `limits.ringKeysMax` keys do not meet them all; then by one of the next few.
 * Not here: when to look (`ring-watch.ts`), what follows from it (`settled.ts`).
 *
 * Source: basho/riak_core src/riak_core_apl.erl (`get_apl_ann_with_pnum` takes all members for up);
 * basho/riak_kv src/riak_kv_get_fsm.erl (`pr_val_unsatisfied` before any vnode is asked).
 */

import { limits } from '../kernel/limits.ts'
import type { PreflistEntry } from '../riak/riak-kv.ts'

export class RingView {
  /** Of each partition, its owner. */
  readonly #owners = new Map<number, string>()
  /** Of each key that was asked, the partitions it tells of; none where preflists are not shown. */
  readonly #told = new Map<string, readonly number[]>()
  /** Of each key of which a primary was away when it was last asked, how many were. */
  readonly #missing = new Map<string, number>()
  /** Nodes of keys of which every primary answered, in the look in hand. */
  #present = new Set<string>()
  #fresh = 0
  #turn = 0

  /** What the next look asks. @param explored - keys beyond those that meet every known node. */
  nextKeys(explored: number): readonly string[] {
    this.#present = new Set()
    const keys = new Set(this.#cover())
    for (let left = explored; left > 0; left--) keys.add(this.#exploringKey())
    return [...keys].slice(0, limits.ringKeysMax)
  }

  /**
   * @returns whether a partition has another owner than before: what it holds may still be on its way.
   */
  noteOwners(key: string, preflist: readonly PreflistEntry[]): boolean {
    const partitions = preflist.map(({ partition }) => partition)
    this.#told.set(key, partitions)
    let hasMoved = false
    for (const { partition, node, isPrimary } of preflist) {
      // A stand-in, should a version show one, owns nothing.
      if (!isPrimary) continue
      const owner = this.#owners.get(partition)
      this.#owners.set(partition, node)
      hasMoved ||= owner !== undefined && owner !== node
    }
    return hasMoved
  }

  /** @param missing - primaries of the key that are away. */
  notePresence(key: string, missing: number): void {
    if (!this.#told.has(key)) this.#told.set(key, [])
    if (missing > 0) {
      this.#missing.set(key, missing)
      return
    }
    this.#missing.delete(key)
    for (const node of this.#ownersOf(key)) this.#present.add(node)
  }

  /** Nodes that own partitions, up or not, as far as is known. */
  nodes(): readonly string[] {
    return [...new Set(this.#owners.values())].sort()
  }

  /**
   * Of these nodes, those that may be away: no key that they own was whole in the last look. None where
   * that is every node: of three, each owns a part of every key.
   */
  suspects(): readonly string[] {
    const owners = [...this.#missing.keys()].flatMap((key) => this.#ownersOf(key))
    const suspects = [...new Set(owners)].filter((node) => !this.#present.has(node)).sort()
    return suspects.length < this.nodes().length ? suspects : []
  }

  /** Primaries that are away, of the keys looked at: so many others stand in for them. */
  get fallbacks(): number {
    return [...this.#missing.values()].reduce((sum, missing) => sum + missing, 0)
  }

  /** One node owns everything that was looked at, and enough was: nobody else could answer for a key. */
  isSingleNode(): boolean {
    return this.#told.size >= limits.ringFirstKeys && this.nodes().length === 1
  }

  /**
   * Keys that together meet every known node, and those that lacked a primary, for it may be back: the
   * key that meets most of what is left, again and again.
   */
  #cover(): readonly string[] {
    // Beginning elsewhere each time, so that other partitions of a node are met as well.
    const turn = this.#turn++
    const keys = rotated([...this.#told.keys()], turn)
    const cover = new Set(this.#missing.keys())
    const unmet = new Set(this.nodes())
    for (const key of cover) for (const owner of this.#ownersOf(key)) unmet.delete(owner)
    while (unmet.size > 0) {
      let best: { readonly key: string; readonly met: readonly string[] } | undefined
      for (const key of keys) {
        const met = this.#ownersOf(key).filter((owner) => unmet.has(owner))
        if (met.length > (best?.met.length ?? 0)) best = { key, met }
      }
      if (best === undefined) break
      cover.add(best.key)
      for (const owner of best.met) unmet.delete(owner)
    }
    const max = limits.ringKeysMax - limits.ringExploredKeys
    return cover.size <= max ? [...cover] : rotated([...cover], turn * max).slice(0, max)
  }

  #ownersOf(key: string): readonly string[] {
    const partitions = this.#told.get(key) ?? []
    const owners = partitions.flatMap((partition) => this.#owners.get(partition) ?? [])
    return [...new Set(owners)]
  }

  /** One that was never asked, until every partition has been told of; then each of them in turn. */
  #exploringKey(): string {
    const isWhole = this.#isWhole()
    const at = this.#fresh++ % (isWhole ? this.#told.size : limits.ringCandidates)
    return isWhole ? ([...this.#told.keys()][at] ?? candidate(at)) : candidate(at)
  }

  /** A ring has a power of two of partitions, numbered from 0. */
  #isWhole(): boolean {
    const last = Math.max(0, ...this.#owners.keys())
    return this.#owners.size > 1 && this.#owners.size === 2 ** Math.ceil(Math.log2(last + 1))
  }
}

/** Nothing is ever stored there: only where it would be, and who is there, is asked. */
function candidate(at: number): string {
  return `ring-${at}`
}

function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const at = items.length === 0 ? 0 : by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}
