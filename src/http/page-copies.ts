/**
 * The pages that most readers come for, kept on disk: what a server shows that was restarted while the store
 * is away.
 *
 *     page cache ─ each minute, at the end ─▶ file ─ at the start ─▶ page cache: shown only while the store is away
 *          └ a post or a setting was changed: pages of it leave the file at once
 *
 * The front page is made for it where nobody has asked; the others are those that people come back to.
 *
 * Invariant: what is kept was shown to everybody; a copy made by another program, or for another address, is
 * never shown; the file is bounded by pages and by bytes.
 * Not here: when a copy is shown (`page-cache.ts`), what is said above it (`serve-page.ts`).
 */

import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

import { z } from 'zod'

import { limits } from '../kernel/limits.ts'
import type { Clock, Log, Timer, WholeFile } from '../kernel/ports.ts'
import type { PageCache } from './page-cache.ts'
import type { PageCopy } from './page-copy.ts'

export interface PageCopies {
  /** Hands the kept pages to the cache, then keeps them up to date. Never throws. */
  start(): Promise<void>
  /** Pages may have left the cache because what they show was changed. */
  changed(): void
  /** Keeps what is there now. Idempotent. */
  stop(): Promise<void>
}

const unpack = promisify(gunzip)
const format = 1

const fileSchema = z.object({
  format: z.literal(format),
  stamp: z.string(),
  pages: z.array(
    z.object({
      key: z.string(),
      tag: z.string(),
      headers: z.record(z.string(), z.string()),
      dependsOn: z.array(z.string()),
      madeAtMs: z.number(),
      gzip: z.base64().transform((text) => Buffer.from(text, 'base64')),
    }),
  ),
})

/** One word for everything that shapes a page beside what is stored. */
export function stampOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}

export interface PageCopiesOptions {
  readonly cache: Pick<PageCache, 'copyOf' | 'holds' | 'regulars' | 'restore'>
  readonly clock: Clock
  readonly log: Log
  readonly file: WholeFile
  readonly stamp: string
  /** Asks for the front page, as a reader would. Never throws. */
  readonly askForFrontPage: () => Promise<void>
}

/** @returns none of a file that cannot be read, or that another program or address has left. */
function parse(bytes: Uint8Array, stamp: string, nowMs: number): readonly PageCopy[] {
  const text = Buffer.from(bytes).toString()
  const file = fileSchema.parse(JSON.parse(text))
  if (file.stamp !== stamp) return []
  return file.pages.filter(({ madeAtMs }) => nowMs - madeAtMs < limits.pageCopyAgeMsMax)
}

function encode(copies: Iterable<PageCopy>, stamp: string): Uint8Array {
  const pages = Array.from(copies, (copy) => ({ ...copy, gzip: copy.gzip.toString('base64') }))
  return Buffer.from(JSON.stringify({ format, stamp, pages }))
}

/** What identifies the file's content. */
function tagsOf(copies: ReadonlyMap<string, PageCopy>): string {
  return Array.from(copies.values(), ({ key, tag }) => `${key} ${tag}`).join('\n')
}

class KeptOnDisk implements PageCopies {
  readonly #options: PageCopiesOptions
  #isWritten = true
  /** As the file has them, or is about to. */
  #copies = new Map<string, PageCopy>()
  /** Writes go one after the other; those asked for meanwhile are one. */
  #writing: Promise<void> | undefined
  #isDue = false
  #timer: Timer | undefined
  #isStopped = false

  constructor(options: PageCopiesOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const { cache, clock, file, log, stamp } = this.#options
    try {
      const bytes = await file.read()
      const copies = bytes === undefined ? [] : parse(bytes, stamp, clock.nowMs())
      for (const { gzip, tag, ...rest } of copies) {
        const body = await unpack(gzip, { maxOutputLength: limits.pageCopyBytesMax })
        await cache.restore({ ...rest, body: body.toString() })
        this.#copies.set(rest.key, { ...rest, gzip, tag })
      }
    } catch (error) {
      log.write('warn', 'kept copies of pages cannot be read, and are made anew', {
        error: String(error),
      })
    }
    this.#wait(limits.pageCopiesFirstMs)
  }

  changed(): void {
    const { cache } = this.#options
    const gone = [...this.#copies.keys()].filter((key) => !cache.holds(key))
    if (gone.length === 0) return
    for (const key of gone) this.#copies.delete(key)
    void this.#write()
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#timer?.cancel()
    await this.#collect()
    await this.#writing
  }

  #wait(delayMs: number): void {
    if (this.#isStopped) return
    this.#timer = this.#options.clock.after(delayMs, () => {
      void this.#turn()
    })
  }

  async #turn(): Promise<void> {
    await this.#options.askForFrontPage()
    if (!this.#isStopped) await this.#collect()
    this.#wait(limits.pageCopiesMs)
  }

  /** What could not be made whole meanwhile stays as it was kept last. */
  async #collect(): Promise<void> {
    const { cache } = this.#options
    const next = new Map<string, PageCopy>()
    let bytes = 0
    for (const key of new Set(['/', ...cache.regulars(), ...this.#copies.keys()])) {
      const copy = cache.copyOf(key) ?? (cache.holds(key) ? this.#copies.get(key) : undefined)
      if (copy === undefined || bytes + copy.gzip.length > limits.pageCopiesBytesMax) continue
      bytes += copy.gzip.length
      next.set(key, copy)
      if (next.size >= limits.pageCopiesMax) break
    }
    const isSame = tagsOf(next) === tagsOf(this.#copies)
    this.#copies = next
    if (!isSame || !this.#isWritten) await this.#write()
  }

  #write(): Promise<void> {
    this.#isDue = true
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  async #writeAll(): Promise<void> {
    const { file, log, stamp } = this.#options
    while (this.#isDue) {
      this.#isDue = false
      try {
        await file.replace(encode(this.#copies.values(), stamp))
        this.#isWritten = true
      } catch (error) {
        this.#isWritten = false
        log.write('warn', 'copies of pages could not be kept on disk', { error: String(error) })
      }
    }
  }
}

export function createPageCopies(options: PageCopiesOptions): PageCopies {
  return new KeptOnDisk(options)
}
