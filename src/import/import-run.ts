/**
 * A run of the importer: every file of a folder becomes a post of the store, once.
 *
 *     files ──by path──▶ read, slug ──by date──▶ (48 at once) pictures, compare, save ──▶ counts
 *
 * By path, so that slugs fall alike in every run. By date, oldest first, because listings are kept in
 * segments of time: what comes in order touches the newest segment only (0.6 of the work otherwise).
 *
 * A run may be repeated and killed at any moment: ids come from paths, a first save has no parent and a
 * hash for its id, so what is there already is met, not doubled. A file that changed since is saved with
 * the last imported revision as parent: what authors wrote meanwhile is merged, not covered.
 *
 * Invariant: texts in memory are bounded by `heldCharsMax` and `postsAtOnce`; the rest is read again.
 */

import { normaliseFields, postFieldNames, type PostFields } from '../../buckets/post-fields.ts'
import { InvalidInputError, StoreError } from '../kernel/errors.ts'
import { ownNames } from '../kernel/own-names.ts'
import type { Clock } from '../kernel/ports.ts'
import type { Blog, PostView } from '../store/blog.ts'
import { checkPostInput } from '../store/post-input.ts'
import { uniqueSlugs } from './addresses.ts'
import { lastImported } from './last-imported.ts'
import { readMarkdownPost, type MarkdownPost } from './markdown-post.ts'
import { illustrate, type Picture } from './pictures.ts'
import type { SourceFolder } from './source-folder.ts'

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
  readonly pictures: number
  /** Saves that met edits made in the blog, and left a conflict for an author. */
  readonly conflicts: number
}

export interface ImportListener {
  /** Before the first file. */
  found(files: number): void
  /** A file that did not become a post, and why; never more than once a file. */
  failed(path: string, reason: string): void
  /** The post is there; something about it should be known. */
  noted(path: string, note: string): void
  done(counts: ImportCounts): void
}

/** The store refused, also when asked again: the run ended early. */
export class ImportStoppedError extends Error {
  override readonly name = 'ImportStoppedError'
  readonly report: ImportReport
  /** Files not looked at. */
  readonly left: number

  constructor(report: ImportReport, left: number, cause: StoreError) {
    super(cause.message, { cause })
    this.report = report
    this.left = left
  }
}

/** Listings are written every 40 ms or so: what waits for one write should be worth it. */
const postsAtOnce = 48
/** A blog of a thousand short posts is read once; of a larger one, the rest is read twice. */
const heldCharsMax = 12_582_912
/** Waits before a refused request is made again, in ms; ids are derived, so a repeat is harmless. */
const patienceMs = [250, 1_000, 4_000]
const passing: ReadonlySet<string> = new Set([
  'BLOG_QUORUM_UNMET',
  'BLOG_TIMEOUT',
  'BLOG_UNAVAILABLE',
  'BLOG_OVERLOADED',
  'BLOG_UNSETTLED',
])
/** About one post, not about the store. */
const aboutOnePost: ReadonlySet<string> = new Set([
  'BLOG_INVALID_INPUT',
  'BLOG_TOO_LARGE',
  'BLOG_UNREADABLE_VALUE',
  'BLOG_BAD_REQUEST',
])

/** A file that can be a post, in the second pass over the folder. */
interface PlannedPost {
  readonly path: string
  readonly date: string
  readonly slug: string
  /** Undefined: not held in memory since the first pass. */
  readonly post: MarkdownPost | undefined
}

type Counts = { -readonly [Name in keyof ImportReport]: ImportReport[Name] }

/** @throws ImportStoppedError */
export async function importFolder(
  folder: SourceFolder,
  with_: { readonly blog: Blog; readonly clock: Clock; readonly listener: ImportListener },
): Promise<ImportReport> {
  const run = new Run(folder, with_.blog, with_.clock, with_.listener)
  return run.toEnd()
}

class Run {
  readonly #folder: SourceFolder
  readonly #blog: Blog
  readonly #clock: Clock
  readonly #listener: ImportListener
  readonly #counts: Counts = {
    created: 0,
    updated: 0,
    unchanged: 0,
    failed: 0,
    datesFromPath: 0,
    datesFromFile: 0,
    pictures: 0,
    conflicts: 0,
  }
  readonly #stored = new Set<string>()
  #puttingPicture: Promise<void> = Promise.resolve()
  #stoppedBy: StoreError | undefined

  constructor(folder: SourceFolder, blog: Blog, clock: Clock, listener: ImportListener) {
    this.#folder = folder
    this.#blog = blog
    this.#clock = clock
    this.#listener = listener
  }

  async toEnd(): Promise<ImportReport> {
    const total = this.#folder.files.length
    this.#listener.found(total)
    const planned = await this.#plan()
    const posts = this.#inOrder(planned)
    // One generator, asked by many.
    await Promise.all(Array.from({ length: postsAtOnce }, () => this.#work(posts)))
    const report = { ...this.#counts }
    if (this.#stoppedBy === undefined) return report
    const seen = report.created + report.updated + report.unchanged + report.failed
    throw new ImportStoppedError(report, total - seen, this.#stoppedBy)
  }

  /** Reads every file once: what cannot be a post is said, what can has its slug. */
  async #plan(): Promise<readonly PlannedPost[]> {
    const ownSlug = uniqueSlugs()
    const planned: PlannedPost[] = []
    let heldChars = 0
    for (const file of this.#folder.files) {
      if (file.oddReason !== undefined) {
        this.#fail(file.path, file.oddReason)
        continue
      }
      const post = await this.#read(file.path)
      if (post === undefined) continue
      const slug = ownSlug(post.slug)
      const isHeld = heldChars + post.body.length <= heldCharsMax
      if (isHeld) heldChars += post.body.length
      const date = post.publishedAt ?? '9999'
      planned.push({ path: file.path, date, slug, post: isHeld ? post : undefined })
    }
    const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
    return planned.sort((a, b) => order(a.date, b.date) || order(a.path, b.path))
  }

  async *#inOrder(planned: readonly PlannedPost[]): AsyncGenerator<MarkdownPost, void, undefined> {
    for (const { path, slug, post: held } of planned) {
      if (this.#stoppedBy !== undefined) return
      const post = held ?? (await this.#read(path))
      if (post !== undefined) yield { ...post, slug }
    }
  }

  /** @returns undefined where it was said that the file is no post. */
  async #read(path: string): Promise<MarkdownPost | undefined> {
    const source = await this.#folder.readText(path)
    const read = source.kind === 'odd' ? source : readMarkdownPost({ path, ...source })
    if (read.kind === 'post') return read.post
    this.#fail(path, read.reason)
    return undefined
  }

  async #work(posts: AsyncGenerator<MarkdownPost, void, undefined>): Promise<void> {
    for await (const post of posts) {
      try {
        const outcome = await this.#bring(post)
        this.#counts[outcome] += 1
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
        if (!aboutOnePost.has(error.code)) {
          this.#stoppedBy ??= error
          return
        }
        this.#counts.failed += 1
        this.#listener.failed(post.path, reasonOf(error))
      }
      this.#listener.done(this.#counts)
    }
  }

  #fail(path: string, reason: string): void {
    this.#counts.failed += 1
    this.#listener.failed(path, reason)
    this.#listener.done(this.#counts)
  }

  /**
   * A create is asked for first: under a known id it answers with what is there, and it costs no search
   * for witnesses, as a read of an unknown id does.
   */
  async #bring(post: MarkdownPost): Promise<'created' | 'updated' | 'unchanged'> {
    const illustrated = await illustrate(this.#folder, post.path, post.body)
    const wanted = fieldsOf(post, illustrated.body)
    await this.#store(illustrated.pictures)
    let tries = 0
    const known = await this.#patiently(async () => {
      tries += 1
      const saved = await this.#blog.posts.create(wanted, { id: post.id, by: ownNames.importer })
      // After an answer that was lost, "there already" is our own doing.
      return saved.changed || (tries > 1 && isSame(wanted, saved.post)) ? 'created' : saved.post
    }).catch((error: unknown) => {
      if (error instanceof StoreError && error.code === 'BLOG_KEY_REUSED') return 'differs' as const
      throw error
    })
    if (known === 'created') {
      this.#note(post, illustrated.notes)
      return 'created'
    }
    const there =
      known === 'differs' ? await this.#patiently(() => this.#blog.posts.read(post.id)) : known
    return this.#update(post, wanted, there, illustrated.notes)
  }

  async #update(
    post: MarkdownPost,
    wanted: PostFields,
    known: PostView | undefined,
    notes: readonly string[],
  ): Promise<'updated' | 'unchanged'> {
    // The usual case of a second run costs this one read.
    if (known?.isPending === false && isSame(settle(post, wanted, known), known)) return 'unchanged'
    const last = await this.#patiently(() =>
      lastImported(this.#blog.posts, post.id, ownNames.importer),
    )
    if (last === undefined) {
      throw new InvalidInputError([
        { field: 'id', message: 'a post with this id was not made by an import' },
      ])
    }
    const input = settle(post, wanted, last.fields)
    if (isSame(input, last.fields)) return 'unchanged'
    const saved = await this.#patiently(() =>
      this.#blog.posts.save(post.id, input, {
        ifMatch: [last.revisionId],
        mode: 'replace',
        by: ownNames.importer,
      }),
    )
    this.#note(post, notes)
    if (saved?.merge === 'conflict') {
      this.#counts.conflicts += 1
      this.#listener.noted(post.path, 'the blog and the file changed the same place: a conflict')
    }
    return saved?.changed === true ? 'updated' : 'unchanged'
  }

  #note(post: MarkdownPost, notes: readonly string[]): void {
    if (post.dateSource === 'path') this.#counts.datesFromPath += 1
    if (post.dateSource === 'mtime') this.#counts.datesFromFile += 1
    for (const note of [...post.notes, ...notes]) this.#listener.noted(post.path, note)
  }

  /**
   * Before the post that shows them; what is there already is not written again. One at a time: a large
   * file is held once, not sixteen times.
   */
  async #store(pictures: readonly Picture[]): Promise<void> {
    const turn = this.#puttingPicture.then(async () => {
      for (const picture of pictures) {
        if (this.#stored.has(picture.hash)) continue
        const { name, contentType } = picture
        const bytes = await picture.bytes()
        await this.#patiently(() => this.#blog.media.put({ bytes, name, contentType }))
        this.#stored.add(picture.hash)
        this.#counts.pictures += 1
      }
    })
    this.#puttingPicture = turn.catch(() => undefined)
    await turn
  }

  async #patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (const waitMs of patienceMs) {
      try {
        return await ask()
      } catch (error) {
        const isPassing = error instanceof StoreError && passing.has(error.code)
        if (!isPassing || this.#stoppedBy !== undefined) throw error
      }
      await new Promise<void>((resolve) => {
        this.#clock.after(waitMs, resolve)
      })
    }
    return ask()
  }
}

/** In the form in which the store keeps them, so that they can be compared with what is there. */
function fieldsOf(post: MarkdownPost, body: string): PostFields {
  const { title, summary, tags, slug, status, kind, author, publishedAt, aliases } = post
  const input = { title, body, summary, tags, slug, status, kind, author, publishedAt, aliases }
  return normaliseFields(checkPostInput(input, 'whole'))
}

function isSame(a: PostFields, b: PostFields): boolean {
  return postFieldNames.every((name) => JSON.stringify(a[name]) === JSON.stringify(b[name]))
}

/**
 * What a guess may not change in a post that is there: a date taken from the file's time (a copy of the
 * folder has another), and the number behind a slug that two files wanted.
 */
function settle(post: MarkdownPost, wanted: PostFields, there: PostFields): PostFields {
  const base = (slug: string): string => slug.replace(/-\d+$/, '')
  const keepsSlug = !post.isSlugStated && base(wanted.slug) === base(there.slug)
  return {
    ...wanted,
    ...(post.dateSource === 'mtime' ? { publishedAt: there.publishedAt } : {}),
    ...(keepsSlug ? { slug: there.slug } : {}),
  }
}

function reasonOf(error: StoreError): string {
  return error instanceof InvalidInputError
    ? error.issues.map((issue) => `${issue.field}: ${issue.message}`).join('; ')
    : error.message
}
