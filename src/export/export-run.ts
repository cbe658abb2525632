/**
 * A run of the export: everything of a site into one archive, in one order, held in memory one record at
 * a time.
 *
 *     blog.copies.walk ──▶ layout (json: one file of records; markdown: a folder a post)
 *                            │ media by name
 *     blog.copies.mediaChunks ──▶ media/…  ──▶ SHA256SUMS ──▶ manifest.json
 *
 * What it is a picture of: each object as it was at some moment between begin and end, whole, and with
 * all that it names. What was written meanwhile may be in it or not.
 *
 * Invariant: what should be in it and is not is told in the manifest, and then it is not `complete`: what
 * an index names and nobody finds, what cannot be read, and any time in which nodes were away, when an
 * index itself may say too little.
 */

import type { MediaValue } from '../../buckets/media/schema.ts'
import { mediaCodec } from '../../buckets/media/schema.ts'
import { hashBytes } from '../../buckets/canonical-json.ts'
import { StoreError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock } from '../kernel/ports.ts'
import type { Blog, Copy, CopyGap } from '../store/blog.ts'
import type { ArchiveWriter } from './archive-writer.ts'
import {
  exportFormat,
  manifestName,
  showManifest,
  sumLine,
  sumsName,
  type ExportCounts,
  type Layout,
  type Manifest,
} from './format.ts'
import { writeJson } from './json-layout.ts'
import type { LaidOut, LayoutRun } from './layout.ts'
import { writeMarkdown } from './markdown-layout.ts'
import { mediaName } from './media-name.ts'

export interface ExportRequest {
  readonly blog: Blog
  readonly clock: Clock
  readonly writer: ArchiveWriter
  /** Keeps lines until they are asked for, once: there is one for every file. */
  readonly spool: LineSpool
  readonly layout: Layout
  readonly addresses: boolean
  /** Others want the store as well: it rests as long as it works. */
  readonly isPaced: boolean
  /** Version of this program. */
  readonly program: string
  /** Public address of the blog. */
  readonly url: string
  readonly listener: ExportListener
}

export interface LineSpool {
  write(line: string): Promise<void>
  /** Everything written; then it is gone. */
  read(): AsyncIterable<Uint8Array>
}

export interface ExportListener {
  /** Before the first post, as the index counts them. */
  found(posts: number): void
  done(posts: number): void
  /** Something is missing; told as it is met. */
  missing(what: string): void
}

type Counts = { -readonly [Name in keyof ExportCounts]: ExportCounts[Name] }

/** @throws StoreError where the store went away; the system's error where the disk did. */
export async function exportBlog(request: ExportRequest): Promise<Manifest> {
  const run = new ExportRun(request)
  return run.toEnd()
}

class ExportRun implements LayoutRun {
  readonly #request: ExportRequest
  readonly #counts: Counts = { posts: 0, revisions: 0, drafts: 0, comments: 0, media: 0 }
  readonly #gaps: string[] = []
  #gapCount = 0
  readonly #media: MediaValue[] = []
  #turnMs = 0
  #lookMs = 0
  #wasUnsettled = false

  constructor(request: ExportRequest) {
    this.#request = request
  }

  async toEnd(): Promise<Manifest> {
    const { blog, clock, writer, spool, layout, listener } = this.#request
    const begunMs = clock.nowMs()
    this.#turnMs = clock.monotonicMs()
    listener.found(await blog.copies.count())
    await this.#look()
    await (layout === 'json' ? writeJson(this) : writeMarkdown(this))
    await this.#addMedia()
    await this.#look()
    if (this.#wasUnsettled) {
      this.#tell('nodes were away or had just returned: an index may have named too little')
    }
    const sums = await writer.add(sumsName, spool.read())
    const { addresses, program, url } = this.#request
    const manifest: Manifest = {
      ringpostExport: exportFormat,
      layout,
      program,
      site: blog.site,
      url,
      begunAt: new Date(begunMs).toISOString(),
      endedAt: new Date(clock.nowMs()).toISOString(),
      addresses,
      complete: this.#gapCount === 0,
      gaps: this.#gaps,
      counts: { ...this.#counts },
      sums: sums.hash,
    }
    await writer.add(manifestName, [new TextEncoder().encode(showManifest(manifest))])
    return manifest
  }

  async *steps(): AsyncGenerator<LaidOut> {
    const { blog, addresses, listener } = this.#request
    for await (const step of blog.copies.walk({ addresses })) {
      await this.#giveWay()
      if (step.kind === 'gap') {
        this.#tell(showGap(step.gap))
        continue
      }
      if (step.kind === 'copy') this.#count(step.copy)
      yield step
      if (step.kind === 'post') listener.done(this.#counts.posts)
    }
    listener.done(this.#counts.posts)
  }

  async add(...[name, chunks, options]: Parameters<LayoutRun['add']>): Promise<void> {
    const { hash } = await this.#request.writer.add(name, chunks, options)
    await this.#request.spool.write(sumLine(hash, name))
  }

  #count(copy: Copy): void {
    if (copy.type in this.#counts) this.#counts[copy.type as keyof Counts] += 1
    if (copy.type !== 'media') return
    const parsed = mediaCodec.parse(new TextEncoder().encode(copy.json))
    if (parsed.kind === 'value') this.#media.push(parsed.value)
  }

  /** One at a time, whole in memory: what is damaged must be known before it is named. */
  async #addMedia(): Promise<void> {
    const { blog, layout } = this.#request
    for (const value of this.#media) {
      await this.#giveWay()
      const chunks: Uint8Array[] = []
      try {
        for await (const chunk of blog.copies.mediaChunks(value)) chunks.push(chunk)
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
        this.#tell(`media/${value.hash}: ${error.message}`)
        continue
      }
      const bytes = Buffer.concat(chunks)
      if (hashBytes(bytes) !== value.hash) {
        this.#tell(`media/${value.hash}: its bytes are damaged`)
        continue
      }
      const isPacked = !/^(?:text\/|image\/svg|image\/bmp)/.test(value.contentType)
      await this.add(mediaName(value, layout), [bytes], { isPacked })
    }
  }

  #tell(what: string): void {
    this.#gapCount += 1
    if (this.#gapCount <= limits.exportGapsNamed) this.#gaps.push(what)
    this.#request.listener.missing(what)
  }

  /** Pages go before; and nodes that are away are noticed. */
  async #giveWay(): Promise<void> {
    const { clock, isPaced } = this.#request
    const nowMs = clock.monotonicMs()
    if (nowMs - this.#lookMs >= limits.exportLookMs) await this.#look()
    const workedMs = nowMs - this.#turnMs
    if (!isPaced || workedMs < limits.exportTurnMs) return
    await new Promise<void>((resolve) => {
      clock.after(Math.min(workedMs, limits.sweepRestMsMax), resolve)
    })
    this.#turnMs = clock.monotonicMs()
  }

  async #look(): Promise<void> {
    const { blog, clock } = this.#request
    this.#lookMs = clock.monotonicMs()
    const { isSettled } = await blog.health()
    if (!isSettled) this.#wasUnsettled = true
  }
}

function showGap({ type, key, kind, reason }: CopyGap): string {
  return `${type}/${key}: ${kind === 'unreadable' ? 'it cannot be read: ' : ''}${reason}`
}
