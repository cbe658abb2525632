/**
 * Posts that go with one: those that share its tags, rare tags before frequent ones; of equals the one
 * whose title sounds alike, then the one that was written nearest in time.
 *
 *     tags of the post ─▶ its rarest three ─▶ a page of each listing ─┐
 *     posts of its month (read for its neighbours anyway) ────────────┴─▶ scored, the best four
 *
 * A constant number of reads, and kept for a minute: a page must not depend on every other post. What
 * changes here is forgotten at once wherever it was named, so that nothing taken back stays named.
 */

import { LRUCache } from 'lru-cache'

import { limits } from '../../kernel/limits.ts'
import type { Clock, Log } from '../../kernel/ports.ts'
import type { Blog, PostEntry, PostView } from '../../store/blog.ts'
import type { Frame } from './frame.ts'

export interface Related {
  /**
   * Decoration: what cannot be read is left out.
   *
   * @param tags - of the whole blog, with their counts.
   * @param around - posts of the same time, that are at hand.
   */
  of(
    post: PostView,
    tags: Frame['tags'],
    around: readonly PostEntry[],
  ): Promise<readonly PostEntry[]>
  /** The post changed here. */
  readonly forget: (postId: string) => void
}

/** Says how much sharing a tag means: 1 for the most frequent tag of the blog, more for rarer ones. */
function weigh(tags: Frame['tags']): (tag: string) => number {
  const counts = new Map(tags.map(({ tag, count }) => [tag, Math.max(1, count)]))
  const most = Math.max(1, ...counts.values())
  return (tag) => 1 + Math.log(most / (counts.get(tag) ?? 1))
}

function wordsOf(title: string): ReadonlySet<string> {
  return new Set(title.toLowerCase().match(/[\p{L}\p{N}]+/gu))
}

/** 0…1: the share of words that two titles have in common. */
function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const common = [...a].filter((word) => b.has(word)).length
  return common === 0 ? 0 : common / (a.size + b.size - common)
}

/**
 * The candidates that share a tag, best first, each once; never the post itself.
 *
 * @param beside - ids that the page names already: they come after all others.
 */
export function rankRelated(
  post: PostView,
  candidates: readonly PostEntry[],
  tags: Frame['tags'],
  beside: ReadonlySet<string> = new Set(),
): readonly PostEntry[] {
  const weight = weigh(tags)
  const own = new Set(post.tags)
  const title = wordsOf(post.title)
  const atMs = Date.parse(post.publishedAt ?? post.updatedAt)
  const scored = [...new Map(candidates.map((entry) => [entry.id, entry])).values()]
    .filter((entry) => entry.id !== post.id && entry.kind === 'post')
    .map((entry) => {
      const shared = entry.tags.filter((tag) => own.has(tag)).reduce((sum, t) => sum + weight(t), 0)
      return {
        entry,
        isBeside: beside.has(entry.id) ? 1 : 0,
        score: shared === 0 ? 0 : shared + likeness(title, wordsOf(entry.title)),
        apartMs: Math.abs(Date.parse(entry.publishedAt) - atMs),
      }
    })
    .filter(({ score }) => score > 0)
  scored.sort(
    (a, b) =>
      a.isBeside - b.isBeside ||
      b.score - a.score ||
      a.apartMs - b.apartMs ||
      (a.entry.id < b.entry.id ? 1 : -1),
  )
  return scored.map(({ entry }) => entry)
}

export function createRelated(deps: {
  readonly blog: Pick<Blog, 'listings'>
  readonly clock: Clock
  readonly log: Log
}): Related {
  const { blog, clock, log } = deps
  const kept = new LRUCache<
    string,
    { readonly entries: readonly PostEntry[]; readonly untilMs: number }
  >({ max: limits.relatedRemembered })

  /** All of a rare tag; of a frequent one those before the post: later ones stand around it. */
  async function ofTag(post: PostView, tag: string, count: number): Promise<readonly PostEntry[]> {
    const limit = limits.relatedOfTag
    const olderThan = count > limit && post.publishedAt !== null ? post.publishedAt : undefined
    const at = { limit, ...(olderThan === undefined ? {} : { olderThan }) }
    return (await blog.listings.page({ kind: 'tag', tag }, at)).entries
  }

  async function read(
    post: PostView,
    tags: Frame['tags'],
    around: readonly PostEntry[],
  ): Promise<readonly PostEntry[]> {
    const counts = new Map(tags.map(({ tag, count }) => [tag, count]))
    const rarest = post.tags
      .map((tag) => ({ tag, count: counts.get(tag) ?? 0 }))
      .filter(({ count }) => count > 1)
      .sort((a, b) => a.count - b.count || (a.tag < b.tag ? -1 : 1))
      .slice(0, limits.relatedTags)
    const found = await Promise.all(rarest.map(({ tag, count }) => ofTag(post, tag, count)))
    const at = around.findIndex(({ id }) => id === post.id)
    const beside = [around[at - 1], around[at + 1]].flatMap((entry) => entry?.id ?? [])
    const candidates = [...around, ...found.flat()]
    return rankRelated(post, candidates, tags, new Set(beside)).slice(0, limits.relatedPosts)
  }

  return {
    async of(post, tags, around) {
      if (post.kind === 'page' || post.tags.length === 0) return []
      const key = `${post.id}/${post.revision}`
      const known = kept.get(key)
      if (known && clock.monotonicMs() < known.untilMs) return known.entries
      try {
        const entries = await read(post, tags, around)
        kept.set(key, { entries, untilMs: clock.monotonicMs() + limits.relatedMs })
        return entries
      } catch (error) {
        log.write('debug', 'related posts could not be read', { id: post.id, error: String(error) })
        return known?.entries ?? []
      }
    },
    forget(postId) {
      for (const [key, { entries }] of kept.entries()) {
        if (entries.some(({ id }) => id === postId)) kept.delete(key)
      }
    },
  }
}
