/**
 * What a format gives the importer: the one seam between files of other programs and a run.
 *
 *     a format ──plan()──▶ ImportPlan ──posts()──▶ Brought, Brought, … ──▶ import-run ──▶ store
 *       (first pass: what must be        (second pass: texts, one
 *        held: ids, slugs, dates)         after another)
 *
 * A format never writes, and a run knows nothing of formats. Ids are derived from what the source calls its
 * things, so that the same source always brings the same ids.
 *
 * Invariant: texts are held one post at a time; what a plan holds grows by some hundred bytes a post.
 */

import type { PostKind, PostStatus } from '../../buckets/post-fields.ts'
import type { CommentToBring } from '../store/blog.ts'

/** `mtime` is the weakest: a copy of the file changes it, so a known post keeps its first one. */
export type DateSource = 'stated' | 'path' | 'mtime' | 'none'

/** What a person should know of something that came along all the same, or was left out on purpose. */
export interface Note {
  /** Notes of one kind are counted together: the same words for each, in the plural. */
  readonly kind: string
  /** The sentence about this one. */
  readonly text: string
}

export interface BroughtPost {
  readonly id: string
  /** How a person finds it in the source: a path, a title with a number. */
  readonly origin: string
  readonly title: string
  /** Markdown, LF line ends. */
  readonly body: string
  readonly summary: string
  readonly tags: readonly string[]
  /** No other post of the run has it. */
  readonly slug: string
  /** The source names it; else it was made of a title or a file's name, and may keep an older number. */
  readonly isSlugStated: boolean
  readonly status: PostStatus
  readonly kind: PostKind
  readonly author: string
  /** ISO 8601 UTC. */
  readonly publishedAt: string | null
  readonly dateSource: DateSource
  /** Old addresses without a slash at either end; `?p=42` for one that is a query. */
  readonly aliases: readonly string[]
  readonly notes: readonly Note[]
}

/** Its id is derived from the source's, as is its parent's. */
export type BroughtComment = CommentToBring

/** A picture or another file that a text leads to. */
export interface BroughtFile {
  /** SHA-256 of the bytes, hex. */
  readonly hash: string
  readonly name: string
  readonly contentType: string
  /** Read at the put: a post with many pictures holds one at a time. */
  bytes(): Promise<Uint8Array>
}

/** A text whose links lead to the files that came along. */
export interface Illustrated {
  readonly body: string
  readonly files: readonly BroughtFile[]
  readonly notes: readonly Note[]
}

export interface Brought {
  readonly post: BroughtPost
  /** Finds the files of its text; asked once, at the same time as other posts are. */
  illustrate(): Promise<Illustrated>
  /** In any order; absent: a format without comments. */
  comments?(): AsyncIterable<BroughtComment> | Iterable<BroughtComment>
}

/** Whom a format tells of what it meets. */
export interface SourceListener {
  /** Something that should have been a post and is none; once each. */
  failed(origin: string, reason: string): void
  noted(origin: string, note: Note): void
  /** How far the first pass is, in units of its own (`ImportSource.readsIn`). */
  read(done: number, total: number): void
}

export interface ImportPlan {
  /** Posts that will come, and those that failed already. */
  readonly total: number
  /** In the order in which they had better be stored: oldest first where that can be had. Called once. */
  posts(): AsyncGenerator<Brought, void, undefined>
}

export interface ImportSource {
  /** What the first pass counts. */
  readonly readsIn: 'files' | 'bytes'
  /**
   * The first pass: everything is read once, what cannot be a post is said.
   *
   * @throws SourceError where the source as a whole is nothing that can be imported.
   */
  plan(listener: SourceListener): Promise<ImportPlan>
  /** Lets go of what it held open; absent: nothing. */
  close?(): Promise<void>
}

/** The source itself is wrong: not that format, another version of it, not readable. */
export class SourceError extends Error {
  override readonly name = 'SourceError'
}
