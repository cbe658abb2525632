/** A post as the index takes it. */

import { limits } from '../kernel/limits.ts'
import type { PostNews, PostView } from '../store/blog.ts'
import type { SearchPost } from './search-index.ts'

export function searchPost({ post, changedMs }: PostNews): SearchPost {
  const shownFromMs = shownFrom(post)
  // Of what nobody may see, no text leaves the store.
  const isShown = shownFromMs !== undefined
  return {
    id: post.id,
    version: versionOf(post.revision),
    changedMs,
    shownFromMs,
    title: isShown ? post.title : '',
    tags: isShown ? post.tags : [],
    text: isShown ? textOf(post).slice(0, limits.searchTextCharsMax) : '',
  }
}

/** What is looked through, and shown from. */
export function textOf(post: Pick<PostView, 'summary' | 'body'>): string {
  return post.summary === '' ? post.body : `${post.summary}\n\n${post.body}`
}

/** Few enough at once that a question does not wait behind them. */
export function* batches(posts: readonly SearchPost[]): Generator<readonly SearchPost[]> {
  let batch: SearchPost[] = []
  let chars = 0
  for (const post of posts) {
    const isTooMuch = chars + post.text.length > limits.searchBatchChars
    if (batch.length === limits.searchBatchPosts || (batch.length > 0 && isTooMuch)) {
      yield batch
      batch = []
      chars = 0
    }
    batch.push(post)
    chars += post.text.length
  }
  if (batch.length > 0) yield batch
}

/** Epoch ms; undefined: nobody may see it, now or later. */
function shownFrom(post: PostView): number | undefined {
  if (post.status !== 'published') return undefined
  return Date.parse(post.publishedAt ?? post.updatedAt)
}

/** 48 bits of the ids of its heads: equal texts have one, different ones hardly ever. */
function versionOf(revision: string): number {
  return revision
    .split('.')
    .reduce(
      (sum, head) => (sum * 31 + Number.parseInt(head.slice(0, 11), 16)) % 0xffff_ffff_ffff,
      0,
    )
}
