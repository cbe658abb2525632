/** The verbs of exports and of bringing them back: a part of `Blog` (`blog.ts`). */

import type { MediaValue } from '../../buckets/media/schema.ts'
import type { PostView } from './post-view.ts'

/** Sources: what everything else is derived from. Accounts, tokens and sessions are none of a blog's content. */
export type CopyType =
  'posts' | 'revisions' | 'drafts' | 'comments' | 'media' | 'sites' | 'counters' | 'quarantine'

/** One object as its room writes it, all its siblings in one. */
export interface Copy {
  readonly type: CopyType
  readonly key: string
  /** RFC 8785 JSON, one line. Of `counters`: `{"counted", "total"}`; of `quarantine`: its bytes in base64. */
  readonly json: string
}

/** Something that should be in the copy and is not, or not as it was. */
export interface CopyGap {
  readonly type: CopyType
  readonly key: string
  /** `absent`: named by an index or another object, and not found. `unreadable`: its bytes are kept as they are. */
  readonly kind: 'absent' | 'unreadable'
  readonly reason: string
}

/**
 * What a walk meets. After `post` comes everything of that post, until the next: its revisions, itself,
 * drafts and comments. After the last post the settings, counters, media (without their bytes) and quarantine.
 */
export type CopyStep =
  /** `view` as pages show it; undefined where it cannot be seen. */
  | { readonly kind: 'post'; readonly id: string; readonly view: PostView | undefined }
  | { readonly kind: 'rest' }
  | { readonly kind: 'copy'; readonly copy: Copy }
  | { readonly kind: 'gap'; readonly gap: CopyGap }

export type BroughtAs = 'created' | 'updated' | 'unchanged'

export interface Copies {
  /** How many posts a walk will meet, as the index says now. */
  count(): Promise<number>
  /**
   * Every source of the site, in the order of post ids: of an unchanged blog always the same.
   *
   * Each object is read by itself, as a quorum has it then. What it names is in the walk as well: the
   * revisions before a post's heads, the post of a comment, the comment it answers.
   *
   * @param options.addresses - false: without commenters' mail addresses, and without who sent a comment.
   *   With them, who sent a comment is copied only while it waits for a decision or its report.
   * @throws StoreError where the store does not answer.
   */
  walk(options: { readonly addresses: boolean }): AsyncIterable<CopyStep>
  /** The bytes of media, chunk by chunk. @throws OperationError where one cannot be had. */
  mediaChunks(value: MediaValue): AsyncIterable<Uint8Array>
  /**
   * Merged into what is there as two siblings are; then everything is derived from it. The same copy
   * again changes nothing.
   *
   * A post is brought after its revisions. Media: `bringMedia`.
   *
   * @throws InvalidInputError where it cannot be read, or is not what its key says; OperationError.
   */
  bring(copy: Copy): Promise<BroughtAs>
  /** @throws InvalidInputError where the bytes are not those that the copy names. */
  bringMedia(copy: Copy, bytes: Uint8Array): Promise<BroughtAs>
  /** When the last whole export was begun, epoch ms, by whichever machine; undefined: none is known of. */
  exportedAtMs(): Promise<number | undefined>
  noteExport(begunMs: number): Promise<void>
}
