/** Where a run brings things: the store, or, of a run that only tries, nowhere. */

import { postFieldNames, type PostFields } from '../../buckets/post-fields.ts'
import type { BroughtComments, CommentToBring } from '../store/blog.ts'
import type { BroughtFile, BroughtPost } from './brought.ts'
import { destinationsOf, withDestinations } from './links.ts'

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
 * folder has another), the number behind a slug that two files wanted, and links to files that came along
 * once and were not found, or not fetched, this time.
 */
export function settle(post: BroughtPost, wanted: PostFields, there: PostFields): PostFields {
  const base = (slug: string): string => slug.replace(/-\d+$/, '')
  const keepsSlug = !post.isSlugStated && base(wanted.slug) === base(there.slug)
  return {
    ...wanted,
    body: withFilesOf(there.body, wanted.body),
    ...(post.dateSource === 'mtime' ? { publishedAt: there.publishedAt } : {}),
    ...(keepsSlug ? { slug: there.slug } : {}),
  }
}

/** @returns `wanted`, with the stored files of `there` where it leads to the same names elsewhere. */
function withFilesOf(there: string, wanted: string): string {
  if (there === wanted || !there.includes('/media/')) return wanted
  const stored = new Map<string, string>()
  for (const { target } of destinationsOf(there)) {
    const [, name] = /^\/media\/[0-9a-f]{64}\/([^/]+)$/.exec(target) ?? []
    if (name === undefined) continue
    // Of two files with the same name nobody knows which one is meant.
    const known = stored.get(name) ?? target
    stored.set(name, known === target ? target : '')
  }
  const destinations = destinationsOf(wanted)
  const replacements = new Map<string, string>()
  for (const { target } of destinations) {
    const [, name = ''] =
      /^(?:https?:\/)?\/(?!media\/)(?:[^?#]*\/)?([^/?#]+)(?:[?#].*)?$/.exec(target) ?? []
    const file = stored.get(name)
    if (file !== undefined && file !== '') replacements.set(target, file)
  }
  return withDestinations(wanted, destinations, replacements)
}
