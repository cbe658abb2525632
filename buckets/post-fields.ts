/** What an author writes: shared by posts, revisions and drafts. */

export type PostStatus = 'draft' | 'published' | 'deleted'
export type PostKind = 'post' | 'page'

/** Times are ISO 8601 UTC. */
export interface PostFields {
  readonly title: string
  /** Markdown, LF line ends. */
  readonly body: string
  readonly summary: string
  /** Tag keys (NFC, lower case, `-` for spaces), sorted, unique. */
  readonly tags: readonly string[]
  /** The slug this post asks for; who owns it is decided in `slugs`. */
  readonly slug: string
  readonly status: PostStatus
  readonly kind: PostKind
  /** The byline. */
  readonly author: string
  /** Set at the first publication or by the author; null on a draft that has none. */
  readonly publishedAt: string | null
  /** Old addresses that redirect here: path parts without leading slash, as imported. */
  readonly aliases: readonly string[]
}
