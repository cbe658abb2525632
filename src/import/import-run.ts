/**
 * A run of the importer: whatever a format gives becomes posts, comments and files of the store, once.
 *
 *     ImportSource ──plan──▶ posts, one after another ──▶ (64 at once) files, post, comments ──▶ counts
 *
 * A run may be repeated and killed at any moment: ids come from the source, a first save has no parent and a
 * hash for its id, so what is there already is met, not doubled.
 *
 * Invariant: texts in memory are bounded by what the source holds and `postsAtOnce`.
 * Not here: what a format is (`markdown/`, `wxr/`), how things are stored (`store-target.ts`).
 */

import { normaliseFields, type PostFields } from '../../buckets/post-fields.ts'
import { InvalidInputError, StoreError } from '../kernel/errors.ts'
import type { Clock } from '../kernel/ports.ts'
import type { Blog } from '../store/blog.ts'
import { checkPostInput } from '../store/post-input.ts'
import type { Brought, BroughtComment, BroughtPost, ImportSource, Note } from './brought.ts'
import { dryTarget } from './dry-target.ts'
import type { ImportTarget } from './import-target.ts'
import { NoteBook, type NotedKind } from './note-book.ts'
import { storeTarget } from './store-target.ts'

export interface ImportCounts {
  readonly created: number
  readonly updated: number
  readonly unchanged: number
  readonly failed: number
}

export interface ImportReport extends ImportCounts {
  /** Published posts whose date the path, or only the file's time, gave. */
  readonly datesFromPath: number
  readonly datesFromFile: number
  /** Files stored with posts: pictures above all. */
  readonly files: number
  /** Saves that met edits made in the blog, and left a conflict for an author. */
  readonly conflicts: number
  readonly commentsCreated: number
  readonly commentsUnchanged: number
  readonly commentsRefused: number
  /** What was guessed or left out. */
  readonly noted: readonly NotedKind[]
}

export interface ImportListener {
  /** The first pass: how far it is. */
  read(done: number, total: number): void
  /** Before the first post is stored: so many there are, with those that failed already. */
  found(posts: number): void
  /** Something that did not become a post, and why; never more than once each. */
  failed(origin: string, reason: string): void
  /** The post is there; something about it should be known. */
  noted(origin: string, note: Note): void
  done(counts: ImportCounts): void
}

/** The store refused, also when asked again: the run ended early. */
export class ImportStoppedError extends Error {
  override readonly name = 'ImportStoppedError'
  readonly report: ImportReport
  /** Posts not looked at. */
  readonly left: number

  constructor(report: ImportReport, left: number, cause: StoreError) {
    super(cause.message, { cause })
    this.report = report
    this.left = left
  }
}

export interface ImportOptions {
  readonly blog: Blog
  readonly clock: Clock
  readonly listener: ImportListener
  /** Everything is read and compared with what is there, and nothing is written. */
  readonly isDryRun?: boolean
}

/** A busy listing is written some four times a second: what waits for one write should be worth it. */
const postsAtOnce = 64
/** Comments of one post that are stored together: its thread is written once for them. */
const commentsAtOnce = 500
/** About one post, not about the store. */
const aboutOnePost: ReadonlySet<string> = new Set([
  'BLOG_INVALID_INPUT',
  'BLOG_TOO_LARGE',
  'BLOG_UNREADABLE_VALUE',
  'BLOG_BAD_REQUEST',
])

type Counts = { -readonly [Name in Exclude<keyof ImportReport, 'noted'>]: ImportReport[Name] }

/** @throws ImportStoppedError, or SourceError of the source. */
export async function importAll(
  source: ImportSource,
  options: ImportOptions,
): Promise<ImportReport> {
  return new Run(options).toEnd(source)
}

class Run {
  readonly #target: ImportTarget
  readonly #listener: ImportListener
  readonly #noted = new NoteBook()
  readonly #counts: Counts = {
    created: 0,
    updated: 0,
    unchanged: 0,
    failed: 0,
    datesFromPath: 0,
    datesFromFile: 0,
    files: 0,
    conflicts: 0,
    commentsCreated: 0,
    commentsUnchanged: 0,
    commentsRefused: 0,
  }
  #stoppedBy: StoreError | undefined

  constructor({ blog, clock, listener, isDryRun = false }: ImportOptions) {
    this.#listener = listener
    this.#target = isDryRun
      ? dryTarget(blog)
      : storeTarget(blog, clock, () => this.#stoppedBy !== undefined)
  }

  async toEnd(source: ImportSource): Promise<ImportReport> {
    const plan = await source.plan({
      failed: (origin, reason) => {
        this.#fail(origin, reason)
      },
      noted: (origin, note) => {
        this.#note(origin, note)
      },
      read: (done, total) => {
        this.#listener.read(done, total)
      },
    })
    this.#listener.found(plan.total)
    const posts = plan.posts()
    // One generator, asked by many.
    await Promise.all(Array.from({ length: postsAtOnce }, () => this.#work(posts)))
    const report = { ...this.#counts, noted: this.#noted.kinds() }
    if (this.#stoppedBy === undefined) return report
    const seen = report.created + report.updated + report.unchanged + report.failed
    throw new ImportStoppedError(report, plan.total - seen, this.#stoppedBy)
  }

  async #work(posts: AsyncGenerator<Brought, void, undefined>): Promise<void> {
    for await (const brought of posts) {
      if (this.#stoppedBy !== undefined) return
      try {
        await this.#bring(brought)
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
        if (!aboutOnePost.has(error.code)) {
          this.#stoppedBy ??= error
          return
        }
        this.#fail(brought.post.origin, reasonOf(error))
      }
      this.#listener.done(this.#counts)
    }
  }

  async #bring(brought: Brought): Promise<void> {
    const { post } = brought
    const illustrated = await brought.illustrate()
    const wanted = fieldsOf(post, illustrated.body)
    const stored = await this.#target.files(illustrated.files)
    this.#counts.files += stored
    const { outcome, isConflict } = await this.#target.post(post, wanted)
    const comments = brought.comments?.()
    if (comments !== undefined) await this.#bringComments(post, comments)
    // A post and its comments are one thing to whoever reads the counts.
    this.#counts[outcome] += 1
    if (outcome === 'unchanged') return
    if (post.dateSource === 'path') this.#counts.datesFromPath += 1
    if (post.dateSource === 'mtime') this.#counts.datesFromFile += 1
    for (const note of [...post.notes, ...illustrated.notes]) this.#note(post.origin, note)
    if (!isConflict) return
    this.#counts.conflicts += 1
    const text = 'the blog and the file changed the same place: a conflict'
    this.#note(post.origin, { kind: 'conflicts for an author to look at', text })
  }

  async #bringComments(
    post: BroughtPost,
    comments: AsyncIterable<BroughtComment> | Iterable<BroughtComment>,
  ): Promise<void> {
    let batch: BroughtComment[] = []
    const flush = async (): Promise<void> => {
      const { created, unchanged, refused } = await this.#target.comments(post.id, batch)
      batch = []
      this.#counts.commentsCreated += created
      this.#counts.commentsUnchanged += unchanged
      this.#counts.commentsRefused += refused.length
      for (const { id, reason } of refused) {
        const text = `comment ${id}: ${reason}`
        this.#note(post.origin, { kind: 'comments that the store does not take', text })
      }
    }
    for await (const comment of comments) {
      batch.push(comment)
      if (batch.length >= commentsAtOnce) await flush()
    }
    if (batch.length > 0) await flush()
  }

  #fail(origin: string, reason: string): void {
    this.#counts.failed += 1
    this.#listener.failed(origin, reason)
    this.#listener.done(this.#counts)
  }

  #note(origin: string, note: Note): void {
    this.#noted.add(origin, note)
    this.#listener.noted(origin, note)
  }
}

/** In the form in which the store keeps them, so that they can be compared with what is there. */
function fieldsOf(post: BroughtPost, body: string): PostFields {
  const { title, summary, tags, slug, status, kind, author, publishedAt, aliases } = post
  const input = { title, body, summary, tags, slug, status, kind, author, publishedAt, aliases }
  return normaliseFields(checkPostInput(input, 'whole'))
}

function reasonOf(error: StoreError): string {
  return error instanceof InvalidInputError
    ? error.issues.map((issue) => `${issue.field}: ${issue.message}`).join('; ')
    : error.message
}
