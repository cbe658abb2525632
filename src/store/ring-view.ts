/**
 * What preflists show of the cluster: which nodes there are, and whether one of them is away.
 *
 *     key ──preflist──▶ partition 41 c1 primary, 42 c2 primary, 43 c1 fallback   the owner of 43 is away
 *
 * A key tells of n_val partitions only. Whatever was told is remembered: for the next look some keys are
 * chosen that meet every known node, and some that meet partitions of which nothing is known yet, so that
 * after a few looks no node can be away unseen. A ring of 64 is known after some 60 keys.
 *
 * Pure: no clock, no network. Invariant: a node that was seen as an owner is met by every look, unless
 * there are so many that `limits.ringKeysMax` keys do not meet them all; then by every second or third.
 * Not here: when to look (`ring-watch.ts`), what follows from it (`settled.ts`).
 *
 * Source: basho/riak_core src/riak_core_apl.erl (active preflist: a fallback stands at its primary's
 * partition); basho/riak_kv src/riak_kv_pb_bucket_key_apl.erl.
 */

import { limits } from '../kernel/limits.ts'
import type { PreflistEntry } from '../riak/riak-kv.ts'

/**
 * `away`: a fallback answers for an owner, or nobody does. `moved`: a partition has another owner than
 * before; what it holds may still be on its way.
 */
export type RingSign = 'away' | 'moved'

export class RingView {
  /** Of each partition, the node that owned it when it was last up. */
  readonly #owners = new Map<number, string>()
  /** Partitions for which a fallback, by the last answer, stands in. */
  readonly #away = new Set<number>()
  /** Of each key that was asked, the partitions it tells of. */
  readonly #told = new Map<string, readonly number[]>()
  #fresh = 0
  #turn = 0

  /** What the next look asks. @param explored - keys beyond those that meet every known node. */
  nextKeys(explored: number): readonly string[] {
    const keys = new Set(this.#cover())
    for (let left = explored; left > 0; left--) keys.add(this.#exploringKey())
    return [...keys].slice(0, limits.ringKeysMax)
  }

  /** Take in an answer. @returns what it gives away, if anything. */
  note(key: string, preflist: readonly PreflistEntry[]): RingSign | undefined {
    this.#told.set(
      key,
      preflist.map(({ partition }) => partition),
    )
    let sign: RingSign | undefined = preflist.length === 0 ? 'away' : undefined
    for (const { partition, node, isPrimary } of preflist) {
      if (!isPrimary) {
        this.#away.add(partition)
        sign = 'away'
        continue
      }
      this.#away.delete(partition)
      const owner = this.#owners.get(partition)
      this.#owners.set(partition, node)
      if (owner !== undefined && owner !== node) sign ??= 'moved'
    }
    return sign
  }

  /** Nodes that own partitions, as far as is known; those that are away among them. */
  nodes(): readonly string[] {
    return [...new Set(this.#owners.values())].sort()
  }

  /** Partitions, of those looked at, whose owner is away. */
  get fallbacks(): number {
    return this.#away.size
  }

  /**
   * One node owns everything that was looked at, and enough was: nobody else could answer for a key. Of
   * three nodes, two of which are away, the one that is left shows as fallback in every preflist.
   */
  isSingleNode(): boolean {
    const isEnough = this.#told.size >= limits.ringFirstKeys
    return isEnough && this.#away.size === 0 && this.nodes().length === 1
  }

  /**
   * Keys that together meet every known node, and every partition whose owner is away, for that one
   * may be back: the key that meets most of what is left, again and again.
   */
  #cover(): readonly string[] {
    const unmet = new Set<string | number>([...this.nodes(), ...this.#away])
    // Beginning elsewhere each time, so that other partitions of a node are met as well.
    const keys = rotated([...this.#told], this.#turn++)
    const cover: string[] = []
    while (unmet.size > 0) {
      let best: { readonly key: string; readonly met: readonly (string | number)[] } | undefined
      for (const [key, partitions] of keys) {
        const met = this.#meets(partitions).filter((each) => unmet.has(each))
        if (met.length > (best?.met.length ?? 0)) best = { key, met }
      }
      if (best === undefined) break
      cover.push(best.key)
      for (const each of best.met) unmet.delete(each)
    }
    const max = limits.ringKeysMax - limits.ringExploredKeys
    return cover.length <= max ? cover : rotated(cover, this.#turn * max).slice(0, max)
  }

  /** Nodes whose presence these partitions tell of, and those of them whose owner is away. */
  #meets(partitions: readonly number[]): readonly (string | number)[] {
    const met = partitions.map((partition) =>
      this.#away.has(partition) ? partition : (this.#owners.get(partition) ?? partition),
    )
    return [...new Set(met)]
  }

  /** One that was never asked, until every partition has been told of; then each of them in turn. */
  #exploringKey(): string {
    const isWhole = this.#isWhole()
    const at = this.#fresh++ % (isWhole ? this.#told.size : limits.ringCandidates)
    return isWhole ? ([...this.#told.keys()][at] ?? candidate(at)) : candidate(at)
  }

  /** A ring has a power of two of partitions, numbered from 0. */
  #isWhole(): boolean {
    const known = new Set([...this.#owners.keys(), ...this.#away])
    const last = Math.max(0, ...known)
    return known.size > 1 && known.size === 2 ** Math.ceil(Math.log2(last + 1))
  }
}

/** Nothing is ever stored there: only where it would be is asked. */
function candidate(at: number): string {
  return `ring-${at}`
}

function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const at = items.length === 0 ? 0 : by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}
