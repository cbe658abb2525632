/**
 * The blog's verbs: what the HTTP side, the importer and the commands ask of the store.
 *
 * Every verb ends in a value or a `StoreError`; a write that returns was acknowledged by Riak on its
 * source object. Derived objects (slugs, listings, threads) follow in the same request for 300 ms at
 * most; the sweeper does what is left.
 */

import type { PostFields, PostKind } from '../../buckets/posts/schema.ts'
import type { Authors, Sessions, Tokens } from './account-verbs.ts'
import type { Comments, SpamReports } from './comment-verbs.ts'
import type { Copies } from './copy-verbs.ts'
import type { PostView } from './post-view.ts'
import type { ReadTuning, WriteTuning } from './tuning.ts'

export type * from './account-verbs.ts'
export type * from './comment-verbs.ts'
export type * from './copy-verbs.ts'
export type * from './post-view.ts'
export type * from './tuning.ts'

/** What may be written; absent fields: defaults at creation, reset by PUT, kept by PATCH. */
export type PostInput = Partial<
  Pick<
    PostFields,
    | 'title'
    | 'body'
    | 'summary'
    | 'tags'
    | 'slug'
    | 'status'
    | 'kind'
    | 'publishedAt'
    | 'author'
    | 'aliases'
  >
>

export type MergeOutcome = 'none' | 'clean' | 'conflict' | 'pending'

export interface Saved {
  readonly post: PostView
  readonly merge: MergeOutcome
  /** False where nothing was written: a replay, or no change. */
  readonly changed: boolean
  /** Derived objects were not all written within the inline budget; the sweeper will. */
  readonly isTrailing: boolean
}

export interface SaveOptions extends WriteTuning {
  /** Revision ids the author's text was based on, or `*`: the heads read now. */
  readonly ifMatch: readonly string[] | '*'
  /** `replace`: PUT; `change`: PATCH. */
  readonly mode: 'replace' | 'change'
  /** Who saves: goes into the revision. */
  readonly by: string
  /** Ids of open conflicts that this save settles. */
  readonly resolves?: readonly string[]
}

export interface CreateOptions extends WriteTuning {
  readonly by: string
  /** The same key always means the same post id. */
  readonly idempotencyKey?: string
  /** The importer derives ids from paths; else a fresh ULID. */
  readonly id?: string
}

/** Where a slug leads. */
export type SlugAnswer =
  | { readonly kind: 'post'; readonly post: PostView }
  /** Another slug of the same post is the live one: 301. */
  | { readonly kind: 'moved'; readonly slug: string; readonly kindOfPost: PostKind }
  /** The post was deleted, or is not (or not yet) published: 410 only for deleted. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'hidden' }
  | { readonly kind: 'none' }

export interface RevisionSummary {
  readonly id: string
  readonly parents: readonly string[]
  readonly by: string
  readonly savedAt: string
  readonly title: string
}

export interface Posts {
  create(input: PostInput, options: CreateOptions): Promise<Saved>
  /** @throws OperationError BLOG_NOT_A_REVISION; @returns undefined where there is no such post. */
  save(id: string, input: PostInput, options: SaveOptions): Promise<Saved | undefined>
  /** Any status. @throws OperationError BLOG_UNSETTLED where absence cannot be proven now. */
  read(id: string, options?: ReadTuning): Promise<PostView | undefined>
  bySlug(slug: string, options?: ReadTuning): Promise<SlugAnswer>
  /** An imported old path (without leading slash). */
  byAlias(path: string): Promise<SlugAnswer>
  revisions(
    id: string,
    page: { readonly limit: number; readonly cursor?: string },
  ): Promise<
    { readonly revisions: readonly RevisionSummary[]; readonly next: string | null } | undefined
  >
  revision(id: string, revision: string): Promise<PostFields | undefined>
}

/** What a listing shows of a post: no body. */
export interface PostEntry {
  readonly id: string
  readonly slug: string
  readonly title: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly kind: PostKind
  readonly author: string
  readonly publishedAt: string
  readonly updatedAt: string
  readonly revision: string
}

export type ListingName =
  | { readonly kind: 'all' }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'month'; readonly month: string }

export interface ListingPage {
  /** Published, not in the future, newest first. */
  readonly entries: readonly PostEntry[]
  /** Opaque; null at the end. */
  readonly next: string | null
  /** Entries in the whole listing, as far as the directory knows. */
  readonly total: number
  /** Epoch ms of the next scheduled publication in this listing: a cached page lives no longer. */
  readonly nextPublicationMs: number | undefined
}

export interface Listings {
  /**
   * One of `cursor`, `page` (1-based) or `olderThan` (ISO 8601). A constant number of Riak reads.
   *
   * @throws OperationError `BLOG_BAD_REQUEST` where no page gave out the cursor.
   */
  page(
    name: ListingName,
    at: {
      readonly limit: number
      readonly cursor?: string
      readonly page?: number
      readonly olderThan?: string
    },
    options?: ReadTuning,
  ): Promise<ListingPage>
  tags(): Promise<readonly { readonly tag: string; readonly count: number }[]>
  /** Newest first. */
  months(): Promise<readonly { readonly month: string; readonly count: number }[]>
}

export interface Media {
  /** Content-addressed: the same bytes are stored once. @returns the hash (hex). */
  put(input: {
    readonly bytes: Uint8Array
    readonly name: string
    readonly contentType: string
  }): Promise<string>
  read(
    hash: string,
  ): Promise<{ readonly bytes: Uint8Array; readonly contentType: string } | undefined>
  /** The first bytes of a file, at most `mediaChunkBytesMax`: enough to know what it is. */
  beginning(hash: string): Promise<Uint8Array | undefined>
}

/** The site's own texts; defaults until settings are edited. */
export interface SiteSettings {
  readonly title: string
  readonly tagline: string
  readonly about: string
  /** Beside `about`: an https address, or a path of this site; empty: none. */
  readonly aboutPicture: string
  readonly colophon: string
  readonly stuff: readonly { readonly name: string; readonly url: string }[]
  /** In which the blog is written, BCP 47. */
  readonly language: string
  /** Year from which on spam was counted; null: it is not said. */
  readonly spamSince: number | null
  /** Spam killed before this store began to count. */
  readonly spamBefore: number
}

/** A difference between what is stored and what the sources say. */
export interface IndexDifference {
  readonly kind: 'missing' | 'stale' | 'extra' | 'unreadable'
  /** e.g. `indexes/blog/tag/release`, and the post or comment concerned. */
  readonly object: string
  readonly id: string
  readonly detail: string
}

/** A post as it was read, and its `changed_int`. */
export interface PostNews {
  readonly post: PostView
  /** Epoch ms. */
  readonly changedMs: number
}

/** Every post, for whoever keeps something about all of them (the search). Nothing here proves absence. */
export interface PostWalk {
  /** Oldest change first, by pages; one post may be named more than once. */
  changedSince(
    sinceMs: number,
  ): AsyncIterable<readonly { readonly id: string; readonly changedMs: number }[]>
  /**
   * As pages read, a few at once.
   *
   * @returns by id; what was not found, or cannot be read, is not among them.
   */
  look(ids: readonly string[]): Promise<ReadonlyMap<string, PostNews>>
  /** Told of every post that this server writes, sweeps or looks at again, as it is then. */
  onSeen(listener: (news: PostNews) => void): () => void
}

export interface IndexJobs {
  /** Merges what the sources say into every derived object; never replaces. */
  rebuild(
    progress?: (done: number) => void,
  ): Promise<{ readonly posts: number; readonly written: number }>
  verify(progress?: (done: number) => void): Promise<readonly IndexDifference[]>
}

export interface Sweeper {
  /** Idempotent. */
  start(): void
  stop(): Promise<void>
  /** One pass over what changed since `sinceMs`; for tests and commands. */
  sweepOnce(sinceMs: number): Promise<{ readonly seen: number; readonly healed: number }>
}

/** What is known of the last time the listings were held against their sources. */
export interface KeeperState {
  readonly isRunning: boolean
  /** Epoch ms of the last one that ended, by whichever server; absent: none is known of. */
  readonly verifiedAtMs?: number
  /** Of this server's own last one: how long it took, what differed, derived objects written. */
  readonly tookMs?: number
  readonly differences?: number
  readonly healed?: number
}

/** Verifies and heals the listings while a server runs: nightly, and after nodes have returned. */
export interface Keeper {
  /** Idempotent. */
  start(): void
  /** At once: what it was reading is given up. */
  stop(): Promise<void>
  state(): KeeperState
  /** As `state().verifiedAtMs`, but asked of the store now. */
  verifiedAtMs(): Promise<number | undefined>
}

/** Siblings that this server has met since it started. */
export interface SiblingState {
  /** In one object, at most. */
  readonly largest: number
  /** Objects met in several, each time. */
  readonly merges: number
  /** Puts that Riak refused for too many, sent again over what is there. */
  readonly refused: number
}

/** What is known of the nodes, our own connections apart. */
export interface RingState {
  /** Whether "not found" means it. */
  readonly isSettled: boolean
  /** Names of the nodes that own partitions, up or not; absent: the ring was not looked at yet. */
  readonly nodes?: readonly string[]
  /** Primaries that are away, of the keys looked at: others stand in for them. */
  readonly fallbacks?: number
  /** How long ago trouble was seen, by this server or another, ms; absent: none is known of. */
  readonly troubleAgeMs?: number
}

/** Looks for nodes that are away, whether we talk to them or not; DESIGN §3 needs to know. */
export interface Ring {
  /** Idempotent. Resolves after the first look, or after 1.5 s: until then the store is unsettled. */
  start(): Promise<void>
  stop(): void
  state(): RingState
}

export interface Blog {
  readonly site: string
  readonly posts: Posts
  readonly listings: Listings
  readonly comments: Comments
  readonly reports: SpamReports
  readonly tokens: Tokens
  readonly authors: Authors
  readonly sessions: Sessions
  readonly media: Media
  readonly jobs: IndexJobs
  readonly walk: PostWalk
  readonly copies: Copies
  readonly sweeper: Sweeper
  readonly keeper: Keeper
  readonly ring: Ring
  siblings(): SiblingState
  /** Comments known to be spam, ever: best effort. @returns undefined where it cannot be told. */
  spamReport(): Promise<{ readonly killed: number } | undefined>
  settings(): Promise<SiteSettings>
  /**
   * Writes the fields that say something new, each a register of its own: of two changes at once of
   * different fields both stay.
   *
   * @returns all of them as they are now.
   * @throws InvalidInputError naming the fields.
   */
  changeSettings(change: Partial<SiteSettings>, by: string): Promise<SiteSettings>
  /** Told of every local write at once, so that cached pages can be dropped. */
  onChange(listener: (change: StoreChange) => void): () => void
  /** Whether the store answers now; `isSettled` false: not-found proves nothing (DESIGN §3). */
  health(): Promise<{ readonly answers: boolean; readonly isSettled: boolean }>
  /** Resolves when all derived work in hand has ended, done or left to the sweeper. */
  settle(): Promise<void>
  /** Stops the sweeper, the keeper and the looks at the ring, and waits for derived work in hand; idempotent. */
  stop(): Promise<void>
}

export type StoreChange =
  | {
      readonly kind: 'post'
      readonly id: string
      readonly slugs: readonly string[]
      readonly listings: readonly ListingName[]
    }
  | { readonly kind: 'comment'; readonly postId: string }
  | { readonly kind: 'settings' }
