/**
 * The blog's verbs: what the HTTP side, the importer and the commands ask of the store.
 *
 * Every verb ends in a value or a `StoreError`; a write that returns was acknowledged by Riak on its
 * source object. Derived objects (slugs, listings, threads) follow in the same request for 300 ms at
 * most; the sweeper does what is left.
 */

import type { CheckRecord, CommentReport, CommentVisitor } from '../../buckets/comments/schema.ts'
import type { OpenConflict, PostFields, PostKind, PostStatus } from '../../buckets/posts/schema.ts'
import type { Quorum } from '../riak/riak-kv.ts'

/** Per-request tuning as it came in the URL; unset: the table in `quorums.ts`. */
export interface ReadTuning {
  readonly r?: Quorum
}
export interface WriteTuning {
  readonly w?: Quorum
  readonly dw?: Quorum
}

/** A post as readers and the API see it: the view of its heads. */
export interface PostView {
  readonly id: string
  /** The slug that leads to it (after a lost slug: the one it was given). */
  readonly slug: string
  readonly title: string
  readonly body: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly status: PostStatus
  readonly kind: PostKind
  readonly author: string
  /** ISO 8601 UTC, or null. */
  readonly publishedAt: string | null
  readonly updatedAt: string
  readonly aliases: readonly string[]
  /** Head revision ids, sorted, joined by `.`. */
  readonly revision: string
  readonly conflicts: readonly OpenConflict[]
  /** A base could not be read: the later head is shown, and nothing may be derived from it. */
  readonly isPending: boolean
}

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

export type CommentStatus = 'approved' | 'pending' | 'spam' | 'deleted'

export interface CommentView {
  readonly id: string
  readonly postId: string
  readonly parent: string | null
  readonly author: string
  /** Shown to nobody but moderators. */
  readonly email: string
  readonly url: string
  readonly body: string
  readonly status: CommentStatus
  readonly createdAt: string
}

export interface CommentInput {
  readonly author: string
  readonly email?: string
  readonly url?: string
  readonly body: string
  readonly parent?: string | null
}

export interface Comments {
  /**
   * @param options.verdict - what the spam check (or a write token) decided; held by default.
   * @returns undefined where there is no such post to comment on.
   */
  add(
    postId: string,
    input: CommentInput,
    options: WriteTuning & {
      readonly verdict: 'approved' | 'pending' | 'spam'
      /** On which grounds; absent with a write token, or from an import. */
      readonly check?: CheckRecord
      readonly idempotencyKey?: string
      /** The post was witnessed already (a signed form): do not read it. */
      readonly postIsKnown?: boolean
    },
  ): Promise<{ readonly comment: CommentView; readonly changed: boolean } | undefined>
  /**
   * The author's own edit: a changed text is held again, unless the check (`judged`) found it good and
   * nobody had thrown the comment out before.
   */
  edit(
    id: string,
    change: { readonly body: string },
    judged?: { readonly verdict: 'approved' | 'pending' | 'spam'; readonly check?: CheckRecord },
  ): Promise<CommentView | undefined>
  /** Counts a comment that the check threw away; nothing else is kept of it. */
  discard(): void
  /**
   * @param options - the text that is judged (`QueuedComment.seen`) and the status it had: where either is
   *   another by now, nothing is decided, and the comment comes back as it is.
   */
  moderate(
    id: string,
    status: CommentStatus,
    by: string,
    options?: Pick<CommentPick, 'seen' | 'was'>,
  ): Promise<CommentView | undefined>
  read(id: string): Promise<CommentView | undefined>
  /**
   * Oldest first, unless asked otherwise. Approved only, unless `all`.
   *
   * @param page.order - `newest first` knows approved ones only, and no cursor of the other order.
   * @throws OperationError `BLOG_BAD_REQUEST` where no page gave out the cursor.
   */
  ofPost(
    postId: string,
    page: {
      readonly limit: number
      readonly cursor?: string
      readonly all?: boolean
      readonly order?: 'oldest first' | 'newest first'
    },
  ): Promise<{
    readonly comments: readonly CommentView[]
    readonly next: string | null
    readonly total: number
  }>
  /** The cursor of a page that begins with this comment, oldest first. */
  cursorAt(comment: Pick<CommentView, 'id' | 'createdAt'>): string
  /** Counts for listings: approved comments of each post, in one read each. */
  counts(postIds: readonly string[]): Promise<ReadonlyMap<string, number>>
  /**
   * One status, all posts, newest first: what a moderator works through. A walk by `next` meets every
   * comment that keeps its status once, whatever is decided meanwhile.
   *
   * @param request.find - words that all stand in the author, mail, address, text or title of the post; a
   *   search ends its page early, at what it has read by then (`searched`), and goes on by `next`.
   * @throws OperationError `BLOG_BAD_REQUEST` where no page of this status gave out the cursor.
   */
  queue(request: QueueRequest): Promise<QueuePage>
  /** How many there are of a status; a few seconds old at most. */
  queueCount(status: CommentStatus): Promise<BoundedCount>
  /** One decision about many comments: what becomes of one changes nothing for the others. */
  moderateMany(
    picks: readonly CommentPick[],
    status: CommentStatus,
    by: string,
  ): Promise<readonly DecidedComment[]>
}

export interface QueueRequest {
  readonly status: CommentStatus
  readonly limit: number
  readonly cursor?: string
  readonly find?: string
}

export interface QueuePage {
  readonly comments: readonly QueuedComment[]
  /** Opaque; null at the end. */
  readonly next: string | null
  /** Comments looked at for this page. */
  readonly searched: number
  /** Ids of comments that could not be read just now. */
  readonly unread: readonly string[]
}

/** The post of a comment in the queue. */
export type QueuedPost = Pick<PostFields, 'title' | 'slug' | 'kind' | 'status'>

export interface QueuedComment extends CommentView {
  /** Names the text that is shown: a decision that carries it is made about no other text. */
  readonly seen: string
  /** The last one. About an older text it decides nothing: the comment waits. */
  readonly decision: {
    readonly status: CommentStatus
    /** Who: an account, a token's name, `check`, or `server` where nobody decided. */
    readonly by: string
    /** ISO 8601 UTC. */
    readonly at: string
    readonly isOfThisText: boolean
  }
  /** Undefined where it could not be read just now. */
  readonly post: QueuedPost | undefined
  /** Undefined: it came with a token, by an import, or before there were checks. */
  readonly check: QueuedCheck | undefined
  /** What Akismet is told of the decision. */
  readonly report: Pick<CommentReport, 'want' | 'state'> | undefined
}

/** What the spam check found, as moderators see it. */
export interface QueuedCheck extends Omit<CheckRecord, 'permalink'> {
  readonly isOfThisText: boolean
}

export interface BoundedCount {
  readonly count: number
  /** There are more than were counted. */
  readonly isMore: boolean
}

/** A comment that is decided about, and the text that was seen (`QueuedComment.seen`). */
export interface CommentPick {
  readonly id: string
  readonly seen?: string
  /** The status it had then: where somebody else decided meanwhile, nothing is decided. */
  readonly was?: CommentStatus
}

/**
 * `done`: it has the status now. `changed`: its text is another than was seen, or another decision came
 * between; nothing was decided. `gone`: there is no such comment. `failed`: the store did not take it; it may
 * have been stored all the same, and may be decided again.
 */
export interface DecidedComment {
  readonly id: string
  readonly outcome: 'done' | 'changed' | 'gone' | 'failed'
}

/** A moderator's decision that Akismet is to be told of: the comment as it was checked. */
export interface DueReport {
  /** `<post>/<comment>` */
  readonly key: string
  readonly want: 'spam' | 'ham'
  /** Names the decision. */
  readonly clock: number
  readonly comment: Required<CommentInput>
  readonly createdAtMs: number
  readonly permalink: string
  readonly visitor: CommentVisitor
}

/**
 * Decisions on their way to Akismet, kept with their comments: they outlive every crash, and any server
 * may send them.
 */
export interface SpamReports {
  /** Keys of those that are due, the longest waiting first; `count`: of all that wait, due later too. */
  waiting(): Promise<{
    readonly due: readonly string[]
    readonly count: number
    /** There are more than were counted. */
    readonly isMore: boolean
  }>
  /**
   * Take one, to send it now. It is due again after a pause, which grows with every try, in case this
   * server dies meanwhile: of two servers one sends it, or both do, which harms nothing.
   *
   * @returns undefined where there is nothing to send (any more).
   */
  claim(key: string): Promise<DueReport | undefined>
  /** Akismet has it. Where the decision was changed meanwhile, the newer one stays due. */
  accepted(report: DueReport): Promise<void>
  /**
   * Forgets who sent comments that were checked longer ago than `visitorKeptMs`; what is still due of
   * them is given up.
   *
   * @returns how many, of a page: call again until 0.
   */
  forget(): Promise<number>
  /** As `waiting` counted them last on this server. */
  counted(): number | undefined
  /** Told of decisions of this server at once. */
  onDue(listener: () => void): () => void
}

export type Scope = 'read' | 'write' | 'admin'

export interface Tokens {
  /** @returns the token itself, once; only its hash is stored. */
  create(input: { readonly name: string; readonly scope: Scope }): Promise<string>
  /** Scopes nest: admin ⊃ write ⊃ read. */
  authenticate(token: string): Promise<{ readonly name: string; readonly scope: Scope } | undefined>
  revoke(token: string): Promise<boolean>
}

export type Role = 'admin' | 'editor' | 'author'

/** An account; its password is never shown to anybody. */
export interface AuthorView {
  /** By which it signs in: lower case, unique. */
  readonly name: string
  /** Which account of that name: an id that no other has. */
  readonly account: string
  /** `none`: closed. */
  readonly role: Role | 'none'
  readonly displayName: string
  readonly email: string
  readonly url: string
  /** ISO 8601 UTC. */
  readonly createdAt: string
  /** Sessions that began under another one have ended. */
  readonly generation: string
  /** Accounts of the same name that were made apart, later, and were set aside (`buckets/authors/merge.ts`). */
  readonly setAside: readonly { readonly account: string; readonly createdAt: string }[]
}

/** What the owner of an account may change without a password. */
export type AuthorProfile = Pick<AuthorView, 'displayName' | 'email' | 'url'>

export interface Authors {
  /**
   * Makes an account, or opens a closed one again with this password and role.
   *
   * @throws InvalidInputError; of a name that is taken, naming the field `name`.
   */
  add(
    input: {
      readonly name: string
      readonly role: Role
      readonly password: string
    } & Partial<AuthorProfile>,
    by: string,
  ): Promise<AuthorView>
  /** Closed ones too. */
  read(name: string): Promise<AuthorView | undefined>
  /** By name; closed ones too. */
  list(): Promise<readonly AuthorView[]>
  /**
   * @returns the account where the password is right and it is not closed. A wrong name takes as long as a wrong password.
   * @throws OperationError `BLOG_OVERLOADED` where too many wait to be checked.
   */
  verify(name: string, password: string): Promise<AuthorView | undefined>
  /** The rest: @returns undefined where there is no such account. */
  change(name: string, profile: Partial<AuthorProfile>, by: string): Promise<AuthorView | undefined>
  /** Ends every session of the account, as the two below do. @throws InvalidInputError */
  setPassword(name: string, password: string, by: string): Promise<AuthorView | undefined>
  setRole(name: string, role: Role, by: string): Promise<AuthorView | undefined>
  close(name: string, by: string): Promise<AuthorView | undefined>
}

/** A session as its owner sees it. */
export interface SessionView {
  /** SHA-256 of what the cookie holds. */
  readonly id: string
  /** Times in ISO 8601 UTC. */
  readonly startedAt: string
  /** To the hour. */
  readonly seenAt: string
  /** The browser's own words. */
  readonly agent: string
}

export interface Sessions {
  /** @returns what the cookie holds, once: only its hash is stored. */
  start(
    account: AuthorView,
    about: { readonly agent: string },
  ): Promise<{ readonly token: string; readonly id: string }>
  /**
   * Whose session it is, as the account is now.
   *
   * @throws StoreError where that cannot be told just now; a session seen valid here within the last
   *   minute stays valid meanwhile.
   */
  authenticate(
    token: string,
  ): Promise<{ readonly id: string; readonly account: AuthorView } | undefined>
  /** Here at once, elsewhere within 5 s. @returns false where it is not one of this account's. */
  end(name: string, id: string): Promise<boolean>
  /** All of an account's. @returns undefined where there is no such account. */
  endAll(name: string, by: string): Promise<AuthorView | undefined>
  /** Newest first. */
  list(account: AuthorView): Promise<readonly SessionView[]>
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
