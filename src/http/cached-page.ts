/** One rendered page as it goes out: the head of each encoding is made once. */

import { matchesNone } from './etag.ts'
import type { Encoded, Encoding, PageBodies, PageBody } from './page-body.ts'

/** What a page route makes. */
export interface Page {
  readonly status: number
  /** Lower-case names; `content-type` always, `location` on a redirect. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** What it shows: `post:<id>`, `slug:<slug>`, `thread:<post id>`, `listing:all`, `settings` … */
  readonly dependsOn: readonly string[]
  /** Wall ms of the next scheduled publication that will change it. */
  readonly expiresAtMs?: number | undefined
  /** Something in it could not be read: fresh for less than usual, and shown no longer, save while the store is away. */
  readonly freshMs?: number
  /** "There is nothing here", or nothing yet: kept for a second at most, apart from pages. */
  readonly isMissing?: boolean
  /** One of endlessly many that a visitor can ask for (a search): kept apart from pages, too. */
  readonly isPassing?: boolean
  /** False: never kept. */
  readonly isKept?: boolean
}

export function withHeaders(page: Page, headers: Page['headers']): Page {
  return { ...page, headers: { ...page.headers, ...headers } }
}

/** Where the layout leaves room for the notice of an older copy. */
export const noticeSlot = '<!--notice-->'

/** Where it leaves room for what a signed-in visitor alone sees; empty on every page that is shared. */
export const visitorSlot = '<!--visitor-->'

/** What the request says about the answer it wants. */
export interface Wanted {
  readonly acceptEncoding: string | undefined
  readonly ifNoneMatch: string | undefined
}

/** What of a page an answer needs. */
export type Shown = Pick<Page, 'status' | 'headers' | 'body'>

/** An answer's head, sent to every reader as it is. */
interface Head {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/** Headers, heads and dependencies of one page, about. */
const headsBytes = 2_048

const suffixes: Readonly<Record<Encoding, string>> = { identity: '', gzip: '-gz', br: '-br' }

export class CachedPage {
  readonly status: number
  readonly #bodies: PageBodies
  readonly #body: PageBody
  readonly #headers: Readonly<Record<string, string>>
  /** Entity tags of all encodings, without quotes: a client may hold any of them. */
  readonly #tags: readonly string[]
  readonly #heads = new Map<Encoding, Head>()
  /** Made only while the store is away; let go when memory is wanted. */
  #withNotice: WeakRef<CachedPage> | undefined

  constructor(page: Shown, bodies: PageBodies) {
    this.status = page.status
    this.#bodies = bodies
    this.#body = bodies.of(page.body)
    this.#headers = page.headers
    this.#tags = Object.values(suffixes).map((suffix) => this.#body.tag + suffix)
  }

  /** Upper bound of what this page occupies once all its encodings are made. */
  get bytesMax(): number {
    return this.#body.bytesMax + headsBytes
  }

  /** Resolves once it is as small as it is kept. */
  compressed(): Promise<void> {
    return this.#body.compressed()
  }

  /** What of it can be kept on disk; undefined: it is short, or not compressed yet. */
  packed():
    { readonly tag: string; readonly headers: Page['headers']; readonly gzip: Buffer } | undefined {
    const { packed: gzip, tag } = this.#body
    return gzip === undefined ? undefined : { tag, headers: this.#headers, gzip }
  }

  /** Answer from memory; a promise only where bytes must be compressed or unpacked first. */
  respond(wanted: Wanted): Response | Promise<Response> {
    const encoded = this.#body.encoded(wanted.acceptEncoding)
    if (encoded instanceof Promise) return encoded.then((bytes) => this.#answer(bytes, wanted))
    return this.#answer(encoded, wanted)
  }

  /** The same page for a reader who must know that the store is away. */
  async stale(notice: string): Promise<CachedPage> {
    const known = this.#withNotice?.deref()
    if (known) return known
    const text = await this.#body.text()
    const headers = { ...this.#headers, 'cache-control': 'no-cache', 'ringpost-stale': '1' }
    // A function: a notice with `$&` in it is text, too.
    const body = text.includes(noticeSlot) ? text.replace(noticeSlot, () => notice) : text
    const made = new CachedPage({ status: this.status, headers, body }, this.#bodies)
    this.#withNotice = new WeakRef(made)
    return made
  }

  #answer({ encoding, bytes }: Encoded, { ifNoneMatch }: Wanted): Response {
    const isUnchanged =
      this.status === 200 && ifNoneMatch !== undefined && matchesNone(ifNoneMatch, this.#tags)
    if (isUnchanged) return new Response(null, this.#unchanged(encoding))
    let head = this.#heads.get(encoding)
    if (head === undefined) {
      head = this.#headOf(encoding, bytes.length)
      this.#heads.set(encoding, head)
    }
    return new Response(bytes as Buffer<ArrayBuffer>, head)
  }

  #headOf(encoding: Encoding, length: number): Head {
    const headers: Record<string, string> = { ...this.#headers, vary: 'accept-encoding' }
    if (this.status === 200) headers['etag'] = this.#etag(encoding)
    headers['content-length'] = String(length)
    if (encoding !== 'identity') headers['content-encoding'] = encoding
    return { status: this.status, headers }
  }

  #unchanged(encoding: Encoding): Head {
    const etag = this.#etag(encoding)
    return { status: 304, headers: { ...this.#headers, vary: 'accept-encoding', etag } }
  }

  #etag(encoding: Encoding): string {
    return `"${this.#body.tag}${suffixes[encoding]}"`
  }
}
