/** The verbs of comments and of their moderation: a part of `Blog` (`blog.ts`). */

import type { CheckRecord, CommentReport, CommentVisitor } from '../../buckets/comments/schema.ts'
import type { PostFields } from '../../buckets/posts/schema.ts'
import type { WriteTuning } from './tuning.ts'

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
  /** When readers were last shown something else of it: written, changed by its author, or decided about. */
  readonly updatedAt: string
}

export interface CommentInput {
  readonly author: string
  readonly email?: string
  readonly url?: string
  readonly body: string
  readonly parent?: string | null
}

/** A comment that another program has taken before: everything about it is decided. */
export interface CommentToBring {
  /** A ULID, derived from what the source calls it. */
  readonly id: string
  /** Id of the comment it answers, which may come later, or never. */
  readonly parent: string | null
  readonly author: string
  readonly email: string
  readonly url: string
  readonly body: string
  readonly status: CommentStatus
  /** ISO 8601 UTC. */
  readonly createdAt: string
}

export interface BroughtComments {
  readonly created: number
  /** There already: what became of them here since stays. */
  readonly unchanged: number
  /** Not taken, and why: what the fields say is wrong. */
  readonly refused: readonly { readonly id: string; readonly reason: string }[]
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
  /**
   * Comments of one post from another store, with their own dates, parents and statuses; nothing is checked
   * for spam, counted or reported. What is there already under an id stays as it is: later edits by its
   * author and decisions of moderators are never undone.
   *
   * The post is not read: it was just brought, or will be. Its thread is written once for all of them.
   *
   * @throws StoreError where the store did not take all: bring them again.
   */
  bring(postId: string, comments: readonly CommentToBring[]): Promise<BroughtComments>
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
