/** One rendered page as bytes: plain, gzipped and brotlied once, with its tags and headers. */

import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

import { hashTag, matchesNone } from './etag.ts'

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
  /** Fresh for less than usual: something in it could not be read. */
  readonly freshMs?: number
  /** "There is nothing here": kept for a second at most, apart from pages. */
  readonly isMissing?: boolean
  /** False: never kept. */
  readonly isKept?: boolean
}

/** Where the layout leaves room for the notice of an older copy. */
export const noticeSlot = '<!--notice-->'

const compressGzip = promisify(gzip)
const compressBrotli = promisify(brotliCompress)
/** 5 costs a fifth of 11 and gives nine tenths of its gain. */
const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }
/** Below this a compressed body does not pay for its header. */
const compressBytesMin = 512

type Encoding = 'br' | 'gzip' | 'identity'

/** What the request says about the answer it wants. */
export interface Wanted {
  readonly acceptEncoding: string | undefined
  readonly ifNoneMatch: string | undefined
}

export class CachedPage {
  readonly status: number
  /** Upper bound of what this page occupies once all its encodings are made. */
  readonly bytesMax: number
  readonly #tag: string
  readonly #plain: Buffer
  readonly #headers: Readonly<Record<string, string>>
  #gzip: Buffer | Promise<Buffer> | undefined
  #br: Buffer | undefined
  #brotliBegun = false
  #withNotice: CachedPage | undefined

  constructor(page: Page) {
    this.status = page.status
    this.#plain = Buffer.from(page.body)
    this.#tag = hashTag(this.#plain)
    this.#headers = page.headers
    this.bytesMax = Math.ceil(this.#plain.length * 1.7) + 2_048
  }

  /** The tags of all encodings: a client may hold any of them. */
  get #tags(): readonly string[] {
    return [this.#tag, `${this.#tag}-gz`, `${this.#tag}-br`]
  }

  /** Answer from memory; a promise only for the first reader who wants it compressed. */
  respond(wanted: Wanted): Response | Promise<Response> {
    const isPage = this.status === 200
    if (isPage && matchesNone(wanted.ifNoneMatch, this.#tags)) {
      return this.#answer(304, null, this.#chooseReady(wanted.acceptEncoding))
    }
    const encoding = this.#chooseReady(wanted.acceptEncoding)
    if (encoding === 'identity') return this.#answer(this.status, this.#plain, encoding)
    if (encoding === 'br' && this.#br) return this.#answer(this.status, this.#br, encoding)
    const compressed = this.#gzip ?? this.#makeGzip()
    if (Buffer.isBuffer(compressed)) return this.#answer(this.status, compressed, 'gzip')
    return compressed.then((bytes) => this.#answer(this.status, bytes, 'gzip'))
  }

  /** The same page for a reader who must know that the store is away. */
  stale(notice: string): CachedPage {
    if (this.#withNotice) return this.#withNotice
    const text = this.#plain.toString()
    this.#withNotice = new CachedPage({
      status: this.status,
      headers: {
        ...this.#headers,
        'cache-control': 'no-cache',
        'ringpost-stale': '1',
      },
      // A function: a notice with `$&` in it is text, too.
      body: text.includes(noticeSlot) ? text.replace(noticeSlot, () => notice) : text,
      dependsOn: [],
    })
    return this.#withNotice
  }

  #answer(status: number, body: Buffer | null, encoding: Encoding): Response {
    const tag =
      encoding === 'identity' ? this.#tag : `${this.#tag}-${encoding === 'gzip' ? 'gz' : 'br'}`
    const headers: Record<string, string> = { ...this.#headers, vary: 'accept-encoding' }
    if (this.status === 200) headers['etag'] = `"${tag}"`
    if (body !== null) {
      headers['content-length'] = String(body.length)
      if (encoding !== 'identity') headers['content-encoding'] = encoding
    }
    return new Response(body as Buffer<ArrayBuffer> | null, { status, headers })
  }

  #chooseReady(accept: string | undefined): Encoding {
    if (accept === undefined || this.#plain.length < compressBytesMin) return 'identity'
    if (accepts(accept, 'br')) {
      if (this.#br) return 'br'
      this.#beginBrotli()
    }
    return accepts(accept, 'gzip') ? 'gzip' : 'identity'
  }

  #makeGzip(): Promise<Buffer> {
    const made = compressGzip(this.#plain, { level: 6 }).then((bytes) => {
      this.#gzip = bytes
      return bytes
    })
    this.#gzip = made
    return made
  }

  /** Made beside the requests: whoever asks meanwhile gets gzip. */
  #beginBrotli(): void {
    if (this.#brotliBegun) return
    this.#brotliBegun = true
    compressBrotli(this.#plain, brotliOptions).then(
      (bytes) => {
        this.#br = bytes
      },
      () => undefined,
    )
  }
}

/** Whether `Accept-Encoding` takes the coding (`q=0` refuses it). */
function accepts(header: string, coding: string): boolean {
  const at = header.indexOf(coding)
  if (at === -1) return false
  return !/^[a-z]*\s*;\s*q=0(?:\.0{0,3})?\s*(?:,|$)/.test(header.slice(at))
}
