/**
 * Search, as the pages and the API ask it.
 *
 *     query ─▶ index (its thread) ─▶ ids ─▶ the posts as they are now ─▶ those that may be seen ─▶ excerpts
 *
 * Invariant: nothing is shown that the store does not show at this moment: what the index says is
 * trusted for finding only. A post that was deleted on another server a second ago is left out.
 */

import { limits } from '../kernel/limits.ts'
import type { PostView } from '../store/blog.ts'
import type { Excerpt } from './engine.ts'
import { SearchAwayError } from './search-away.ts'
import { SearchKeeper } from './search-keeper.ts'
import type { KeeperDeps, KeptState } from './search-keeper.ts'
import { textOf } from './search-post.ts'

export interface SearchResult extends Excerpt {
  readonly post: PostView
}

export interface SearchAnswer {
  /** The best first; fewer than asked for where one may not be seen any more. */
  readonly results: readonly SearchResult[]
  /** Of all pages, as the index knows it. */
  readonly total: number
  /** No post has all of the words: these have some of them. */
  readonly isLoose: boolean
  /** The query as it was probably meant; undefined: as it was typed. */
  readonly meant: string | undefined
  readonly state: KeptState
}

export interface Search {
  /** Returns at once: the index is loaded, or made, in the background. Idempotent. */
  start(): void
  /** Saves the index. Idempotent. */
  stop(): Promise<void>
  state(): KeptState
  /**
   * @param query - at most `searchQueryCharsMax` characters; of its words `searchWordsMax` count.
   * @param at - `offset` + `limit` at most `searchResultsMax`: nothing is found beyond it.
   * @throws SearchAwayError `BLOG_UNAVAILABLE`, `BLOG_OVERLOADED`, `BLOG_TIMEOUT`; what the store throws.
   */
  find(
    query: string,
    at: { readonly offset: number; readonly limit: number },
    /** Aborted where nobody waits for the answer any more: then it is not looked for. */
    signal?: AbortSignal,
  ): Promise<SearchAnswer>
}

/** Nothing is read before `start`. */
export function openSearch(options: KeeperDeps): Search {
  const { blog, clock } = options
  const keeper = new SearchKeeper(options)

  return {
    start: () => {
      keeper.start()
    },
    stop: () => keeper.stop(),
    state: () => keeper.state(),

    async find(query, { offset, limit }, signal) {
      const { thread } = keeper
      if (thread === undefined) {
        throw new SearchAwayError('BLOG_UNAVAILABLE', 'The search is starting.')
      }
      const nowMs = clock.nowMs()
      const asked = Math.max(0, Math.min(limit, limits.searchResultsMax - offset))
      const found = await thread.ask('find', { query, nowMs, offset, limit: asked }, signal)
      const news = await blog.walk.look(found.ids)
      const posts = found.ids
        .map((id) => news.get(id)?.post)
        .filter((post) => post !== undefined)
        .filter((post) => isShown(post, nowMs))
      const texts = posts.map((post) => ({
        title: post.title,
        text: textOf(post).slice(0, limits.searchTextCharsMax),
      }))
      const excerpts =
        posts.length === 0
          ? []
          : await thread.ask('excerpts', { sought: found.sought, texts }, signal)
      const results = posts.map((post, at) => ({
        post,
        ...(excerpts[at] ?? { title: [], text: [] }),
      }))
      const { total, isLoose, meant } = found
      return { results, total, isLoose, meant, state: keeper.state() }
    },
  }
}

function isShown({ status, publishedAt }: PostView, nowMs: number): boolean {
  return status === 'published' && (publishedAt === null || Date.parse(publishedAt) <= nowMs)
}
