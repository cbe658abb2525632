/**
 * Addresses: what posts claim, who owns them, and the number a loser is given.
 *
 * Derived: the claims follow from the `slugs` a post has recorded. Who owns an address follows from
 * the claims alone, so every server that has seen them names the same owner.
 */

import { claimed, losers, numberedSlug, owner } from '../../buckets/slugs/merge.ts'
import { slugs as slugRoom } from '../../buckets/slugs/room.ts'
import type { Claim, SlugValue } from '../../buckets/slugs/schema.ts'
import { claimRows as postClaims } from '../../mapreduce/rows.ts'
import type { ClaimRow } from '../../mapreduce/rows.ts'
import { limits } from '../kernel/limits.ts'
import type { ReadTuning } from './blog.ts'
import { eachBounded } from './each.ts'
import type { KeyedQueue } from './keyed-queue.ts'
import type { SeenPost } from './post-source.ts'
import type { Objects } from './read-merge-write.ts'

/** A key of `slugs` and what one post says of it. */
export interface KeyedClaim {
  readonly key: string
  readonly claim: Claim
}

export interface Claimed {
  readonly isWritten: boolean
  /** The slug that the post shows belongs to another post. */
  readonly isLost: boolean
  /** Other posts that ask for an address of this one, and must be given another. */
  readonly losers: readonly string[]
}

/** Every claim that follows from a post: as the index jobs say it. */
export function claimRows(seen: SeenPost): readonly KeyedClaim[] {
  const { id, slugs } = seen.value
  return postClaims({ id, slugs, fields: seen.view.fields }).map(claimOfRow)
}

export function claimOfRow([, key, postId, sinceMs, untilMs]: ClaimRow): KeyedClaim {
  return { key, claim: { postId, sinceMs, ...(untilMs === null ? {} : { untilMs }) } }
}

export class Slugs {
  readonly #objects: Objects
  readonly #queue: KeyedQueue

  constructor(objects: Objects, queue: KeyedQueue) {
    this.#objects = objects
    this.#queue = queue
  }

  async read(key: string, tuning?: ReadTuning): Promise<SlugValue | undefined> {
    return (await this.#objects.read(slugRoom, key, 'page', tuning))?.value
  }

  /** As `read`, by a quorum: for jobs that judge what is stored. */
  async readSurely(key: string): Promise<SlugValue | undefined> {
    return (await this.#objects.read(slugRoom, key, 'edit'))?.value
  }

  /**
   * @param isFresh - the post was made by this request: its claims are put without reading first;
   * what was there comes back as siblings and is merged.
   */
  async claimAll(seen: SeenPost, isFresh: boolean): Promise<Claimed> {
    const results = await eachBounded(claimRows(seen), limits.storeConcurrency, ({ key, claim }) =>
      this.#claim(key, claim, isFresh),
    )
    const { id } = seen.value
    const isLost = results.some(
      ({ key, value }) => key === seen.view.fields.slug && isLoser(value, id),
    )
    const others = results.flatMap(({ value }) =>
      owner(value)?.postId === id ? losers(value).map((claim) => claim.postId) : [],
    )
    return {
      isWritten: results.some((result) => result.isWritten),
      isLost,
      losers: [...new Set(others)],
    }
  }

  /**
   * The first `<slug>-<n>` that nobody lives at. Two servers may pick the same one at once: then the
   * claims decide again, and the loser is given the next number.
   */
  async numbered(slug: string, postId: string): Promise<string> {
    for (let n = 2; n <= limits.slugNumbersMax; n++) {
      const candidate = numberedSlug(slug, n)
      const value = await this.readSurely(candidate)
      const holder = value === undefined ? undefined : owner(value)
      if (holder === undefined || holder.postId === postId) return candidate
    }
    return numberedSlug(slug, 0).slice(0, -1) + postId.toLowerCase()
  }

  #claim(
    key: string,
    claim: Claim,
    isFresh: boolean,
  ): Promise<{ readonly key: string; readonly value: SlugValue; readonly isWritten: boolean }> {
    return this.#queue.run(`slugs/${key}`, async () => {
      const delta = claimed([claim])
      if (isFresh) {
        const { value } = await this.#objects.putUnion(slugRoom, key, delta, undefined)
        return { key, value, isWritten: true }
      }
      return { key, ...(await this.#objects.mergeInto(slugRoom, key, delta)) }
    })
  }
}

function isLoser(value: SlugValue, postId: string): boolean {
  return losers(value).some((claim) => claim.postId === postId)
}
