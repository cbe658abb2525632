/**
 * Bringing an export back: record by record, merged with what is there.
 *
 *     records ──in order──▶ at most 48 at once ──▶ blog.copies.bring
 *        revision, revision ─┐
 *        post ◀──────────────┘ waits for its own revisions, for nothing else
 *
 * May be stopped and repeated at any moment: each record is merged for itself, and what is there already
 * is written no more.
 *
 * Invariants: records in memory are bounded by their number and their size. One that cannot be brought is
 * named and the rest goes on; a store that is away ends the run.
 */

import { ArchiveError } from '../../export/archive.ts'
import { readRecord } from '../../export/format.ts'
import { bytesOf, linesOf, textOf } from '../../export/lines.ts'
import { mediaName } from '../../export/media-name.ts'
import { mediaCodec } from '../../../buckets/media/schema.ts'
import { InvalidInputError, StoreError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { Blog, BroughtAs, Copy, CopyType } from '../../store/blog.ts'
import { patiently } from '../../store/patience.ts'
import { bringEdit } from './edited-post.ts'
import type { OwnArchive } from './own-archive.ts'

export type BroughtCounts = Readonly<Record<BroughtAs | 'failed', number>>

export interface OwnReport {
  readonly of: Readonly<Record<CopyType, BroughtCounts>>
  /** Files of posts that people have changed since: brought as saves upon what was exported. */
  readonly edited: BroughtCounts
  /** Lines that are no records of this program. */
  readonly broken: number
  /** Of the export itself: what was not as it was written, or is not there. */
  readonly damage: readonly string[]
}

export interface OwnListener {
  /** Posts, as the manifest counts them. */
  found(posts: number): void
  done(posts: number): void
  failed(what: string, reason: string): void
}

/** The store refused, also when asked again: the run ended early. */
export class BringingStoppedError extends Error {
  override readonly name = 'BringingStoppedError'
  readonly report: OwnReport

  constructor(report: OwnReport, cause: StoreError) {
    super(cause.message, { cause })
    this.report = report
  }
}

const about: ReadonlySet<string> = new Set([
  'BLOG_INVALID_INPUT',
  'BLOG_TOO_LARGE',
  'BLOG_UNREADABLE_VALUE',
  'BLOG_BAD_REQUEST',
])

/** @throws BringingStoppedError */
export async function bringExport(
  archive: OwnArchive,
  with_: { readonly blog: Blog; readonly clock: Clock; readonly listener: OwnListener },
): Promise<OwnReport> {
  const run = new OwnRun(archive, with_.blog, with_.clock, with_.listener)
  return run.toEnd()
}

type Counts = Record<CopyType, { -readonly [Name in keyof BroughtCounts]: number }>

class OwnRun {
  readonly #archive: OwnArchive
  readonly #blog: Blog
  readonly #clock: Clock
  readonly #listener: OwnListener
  readonly #counts: Counts = {
    posts: none(),
    revisions: none(),
    drafts: none(),
    comments: none(),
    media: none(),
    sites: none(),
    counters: none(),
    quarantine: none(),
  }
  readonly #damage: string[]
  readonly #edited = none()
  #broken = 0
  readonly #running = new Set<Promise<void>>()
  #heldChars = 0
  #stoppedBy: Error | undefined

  constructor(archive: OwnArchive, blog: Blog, clock: Clock, listener: OwnListener) {
    this.#archive = archive
    this.#blog = blog
    this.#clock = clock
    this.#listener = listener
    this.#damage = [...archive.damage]
  }

  async toEnd(): Promise<OwnReport> {
    this.#listener.found(this.#archive.manifest.counts.posts)
    for (const name of this.#archive.records) {
      await this.#file(name)
      if (this.#stoppedBy !== undefined) break
    }
    await Promise.all(this.#running)
    if (this.#stoppedBy === undefined) this.#compare()
    for (const name of this.#archive.edited) await this.#edit(name)
    const report = {
      of: this.#counts,
      edited: this.#edited,
      broken: this.#broken,
      damage: this.#damage,
    }
    if (this.#stoppedBy === undefined) return report
    if (!(this.#stoppedBy instanceof StoreError)) throw this.#stoppedBy
    throw new BringingStoppedError(report, this.#stoppedBy)
  }

  async #file(name: string): Promise<void> {
    let before: Promise<void>[] = []
    try {
      const chunks = await this.#archive.read(name)
      if (chunks === undefined) return
      for await (const { number, text } of linesOf(chunks)) {
        const copy = readRecord(text)
        if (typeof copy === 'string') {
          this.#fail(`${name}, line ${number}`, copy)
          continue
        }
        // All of a post comes together: who waits for its revisions waits for few.
        const waitsFor = copy.type === 'posts' ? before : []
        if (copy.type !== 'revisions') before = []
        const task = this.#start(copy, waitsFor)
        if (copy.type === 'revisions') before.push(task)
        await this.#room()
        if (this.#stoppedBy !== undefined) return
      }
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error
      // Told already where the sums were compared; the lines before it were brought.
      if (!this.#damage.some((what) => what.startsWith(`${name}:`))) {
        this.#damage.push(`${name}: ${error.message}`)
      }
    }
  }

  #start(copy: Copy, waitsFor: readonly Promise<void>[]): Promise<void> {
    this.#heldChars += copy.json.length
    const task = Promise.all(waitsFor)
      .then(() => this.#bring(copy))
      .finally(() => {
        this.#heldChars -= copy.json.length
        this.#running.delete(task)
      })
    this.#running.add(task)
    return task
  }

  async #room(): Promise<void> {
    const isFull = (): boolean =>
      this.#running.size >= limits.bringAtOnce || this.#heldChars >= limits.bringCharsMax
    while (isFull()) await Promise.race(this.#running)
  }

  /** Never rejects. */
  async #bring(copy: Copy): Promise<void> {
    if (this.#stoppedBy !== undefined) return
    try {
      const outcome = await (copy.type === 'media'
        ? this.#media(copy)
        : patiently(this.#clock, () => this.#blog.copies.bring(copy)))
      this.#counts[copy.type][outcome] += 1
    } catch (error) {
      if (isAboutOne(error)) this.#fail(nameOf(copy), reasonOf(error), copy)
      else this.#stoppedBy ??= error instanceof Error ? error : new Error(String(error))
    }
    if (copy.type === 'posts') {
      const { created, updated, unchanged, failed } = this.#counts.posts
      this.#listener.done(created + updated + unchanged + failed)
    }
  }

  #media = oneAtATime(async (copy: Copy): Promise<BroughtAs> => {
    const parsed = mediaCodec.parse(new TextEncoder().encode(copy.json))
    if (parsed.kind === 'unreadable') throw new ArchiveError(parsed.reason)
    const name = mediaName(parsed.value, this.#archive.manifest.layout)
    const chunks = await this.#archive.read(name)
    if (chunks === undefined) throw new ArchiveError(`${name} is missing`)
    const bytes = await bytesOf(chunks, limits.mediaBytesMax)
    return patiently(this.#clock, () => this.#blog.copies.bringMedia(copy, bytes))
  })

  async #edit(name: string): Promise<void> {
    if (this.#stoppedBy !== undefined) return
    try {
      const chunks = await this.#archive.read(name)
      const text = chunks === undefined ? '' : await textOf(chunks)
      const bring = (): Promise<BroughtAs> => bringEdit(this.#blog.posts, text)
      this.#edited[await patiently(this.#clock, bring)] += 1
    } catch (error) {
      if (isAboutOne(error)) {
        this.#edited.failed += 1
        this.#listener.failed(name, reasonOf(error))
      } else this.#stoppedBy = error instanceof Error ? error : new Error(String(error))
    }
  }

  #fail(what: string, reason: string, copy?: Copy): void {
    if (copy === undefined) this.#broken += 1
    else this.#counts[copy.type].failed += 1
    this.#listener.failed(what, reason)
  }

  /** Whole lines may be gone, and no sum tell: what was promised is counted. */
  #compare(): void {
    const { counts } = this.#archive.manifest
    for (const type of ['posts', 'revisions', 'drafts', 'comments', 'media'] as const) {
      const { created, updated, unchanged, failed } = this.#counts[type]
      const found = created + updated + unchanged + failed
      if (found >= counts[type]) continue
      this.#damage.push(`${counts[type]} ${type} were written, ${found} are in its files`)
    }
  }
}

function none(): { created: number; updated: number; unchanged: number; failed: number } {
  return { created: 0, updated: 0, unchanged: 0, failed: 0 }
}

/** A large file is held once, not 48 times. */
function oneAtATime<A, R>(work: (argument: A) => Promise<R>): (argument: A) => Promise<R> {
  let last: Promise<unknown> = Promise.resolve()
  return (argument) => {
    const turn = last.then(() => work(argument))
    last = turn.catch(() => undefined)
    return turn
  }
}

function nameOf(copy: Copy): string {
  return `${copy.type}/${copy.key}`
}

function isAboutOne(error: unknown): error is Error {
  return error instanceof ArchiveError || (error instanceof StoreError && about.has(error.code))
}

function reasonOf(error: Error): string {
  return error instanceof InvalidInputError
    ? error.issues.map(({ message }) => message).join('; ')
    : error.message
}
