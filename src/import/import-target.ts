/** Where a run brings things: the store, or, of a run that only tries, nowhere. */

import { postFieldNames, type PostFields } from '../../buckets/post-fields.ts'
import type { BroughtComments, CommentToBring } from '../store/blog.ts'
import type { BroughtFile, BroughtPost } from './brought.ts'

export interface BroughtOutcome {
  readonly outcome: 'created' | 'updated' | 'unchanged'
  /** It met edits made in the blog, and left a conflict for an author. */
  readonly isConflict: boolean
}

/** Each may throw a StoreError; all of them may be repeated. */
export interface ImportTarget {
  /** @returns how many had not been stored by this run before. */
  files(files: readonly BroughtFile[]): Promise<number>
  /** @param wanted - in the form in which the store keeps it. */
  post(post: BroughtPost, wanted: PostFields): Promise<BroughtOutcome>
  comments(postId: string, comments: readonly CommentToBring[]): Promise<BroughtComments>
}

export function isSame(a: PostFields, b: PostFields): boolean {
  return postFieldNames.every((name) => JSON.stringify(a[name]) === JSON.stringify(b[name]))
}

/**
 * What a guess may not change in a post that is there: a date taken from the file's time (a copy of the
 * folder has another), and the number behind a slug that two files wanted.
 */
export function settle(post: BroughtPost, wanted: PostFields, there: PostFields): PostFields {
  const base = (slug: string): string => slug.replace(/-\d+$/, '')
  const keepsSlug = !post.isSlugStated && base(wanted.slug) === base(there.slug)
  return {
    ...wanted,
    ...(post.dateSource === 'mtime' ? { publishedAt: there.publishedAt } : {}),
    ...(keepsSlug ? { slug: there.slug } : {}),
  }
}
