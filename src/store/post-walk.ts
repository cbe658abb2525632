/**
 * Every post, for whoever keeps something of its own about all of them (the search): which changed, how
 * they are, and word of each that this server has in hand anyway.
 *
 * Reads as pages read; asks for no witness of what is not found, because nobody is told that a post does
 * not exist. Nothing here proves absence.
 */

import { StoreError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Log } from '../kernel/ports.ts'
import type { RiakKv } from '../riak/riak-kv.ts'
import type { PostNews, PostWalk } from './blog.ts'
import { eachBounded } from './each.ts'
import type { PostSource, SeenPost } from './post-source.ts'
import { showPost } from './post-source.ts'
import { pageChanges } from './source-pages.ts'

export interface PostWalkOptions {
  readonly riak: RiakKv
  readonly site: string
  readonly source: PostSource
  readonly log: Log
  readonly listeners: Set<(news: PostNews) => void>
}

export function openPostWalk({ riak, site, source, log, listeners }: PostWalkOptions): PostWalk {
  const look = async (id: string): Promise<PostNews | undefined> => {
    try {
      const found = await source.read(id, 'page')
      return found?.seen === undefined ? undefined : postNews(found.seen)
    } catch (error) {
      if (!(error instanceof StoreError) || !ofOnePost.has(error.code)) throw error
      log.write('debug', 'a post cannot be read just now', { id, error: String(error) })
      return undefined
    }
  }

  return {
    async *changedSince(sinceMs) {
      for await (const page of pageChanges(riak, { type: 'posts', bucket: site }, sinceMs)) {
        yield page.map(({ key, changedMs }) => ({ id: key, changedMs }))
      }
    },

    async look(ids) {
      const found = await eachBounded(ids, limits.storeConcurrency, look)
      return new Map(found.flatMap((news) => (news === undefined ? [] : [[news.post.id, news]])))
    },

    onSeen(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

/** What one post may fail with while the store is well. */
const ofOnePost: ReadonlySet<string> = new Set(['BLOG_UNREADABLE_VALUE', 'BLOG_UNSETTLED'])

export function postNews(seen: SeenPost): PostNews {
  return {
    post: showPost(seen),
    changedMs: Math.max(...seen.value.heads.map((head) => head.clock)),
  }
}
