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

/** An answer as it goes out: made once, sent to every reader. */
interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | null
}

/** What the request says about the answer it wants. */
export interface Wanted {
  readonly acceptEncoding: string | undefined
  readonly ifNoneMatch: string | undefined
}

const suffixes: Readonly<Record<Encoding, string>> = { identity: '', gzip: '-gz', br: '-br' }

export class CachedPage {
  readonly status: number
  /** Upper bound of what this page occupies once all its encodings are made. */
  readonly bytesMax: number
  /** Entity tags of all encodings, without quotes: a client may hold any of them. */
  readonly #tags: Readonly<Record<Encoding, string>>
  readonly #plain: Buffer
  readonly #headers: Readonly<Record<string, string>>
  readonly #identity: Answer
  #gzip: Answer | Promise<Answer> | undefined
  #br: Answer | undefined
  #brotliBegun = false
  #withNotice: CachedPage | undefined

  constructor(page: Page) {
    this.status = page.status
    this.#plain = Buffer.from(page.body)
    const tag = hashTag(this.#plain)
    this.#tags = { identity: tag, gzip: tag + suffixes.gzip, br: tag + suffixes.br }
    this.#headers = page.headers
    this.#identity = this.#answer('identity', this.#plain)
    this.bytesMax = Math.ceil(this.#plain.length * 1.7) + 4_096
  }

  /** Answer from memory; a promise only for the first reader who wants it compressed. */
  respond(wanted: Wanted): Response | Promise<Response> {
    const encoding = this.#chooseReady(wanted.acceptEncoding)
    if (this.status === 200 && this.#isUnchanged(wanted.ifNoneMatch)) {
      return toResponse(this.#unchanged(encoding))
    }
    if (encoding === 'identity') return toResponse(this.#identity)
    if (encoding === 'br' && this.#br) return toResponse(this.#br)
    const compressed = this.#gzip ?? this.#makeGzip()
    return compressed instanceof Promise ? compressed.then(toResponse) : toResponse(compressed)
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

  #answer(encoding: Encoding, body: Buffer): Answer {
    const headers: Record<string, string> = { ...this.#headers, vary: 'accept-encoding' }
    if (this.status === 200) headers['etag'] = `"${this.#tags[encoding]}"`
    headers['content-length'] = String(body.length)
    if (encoding !== 'identity') headers['content-encoding'] = encoding
    return { status: this.status, headers, body }
  }

  #isUnchanged(ifNoneMatch: string | undefined): boolean {
    if (ifNoneMatch === undefined) return false
    return matchesNone(ifNoneMatch, Object.values(this.#tags))
  }

  #unchanged(encoding: Encoding): Answer {
    const etag = `"${this.#tags[encoding]}"`
    const headers = { ...this.#headers, vary: 'accept-encoding', etag }
    return { status: 304, headers, body: null }
  }

  #chooseReady(accept: string | undefined): Encoding {
    if (accept === undefined || this.#plain.length < compressBytesMin) return 'identity'
    const accepted = acceptedBy(accept)
    if (accepted.br) {
      if (this.#br) return 'br'
      this.#beginBrotli()
    }
    return accepted.gzip ? 'gzip' : 'identity'
  }

  #makeGzip(): Promise<Answer> {
    const made = compressGzip(this.#plain, { level: 6 }).then((bytes) => {
      const answer = this.#answer('gzip', bytes)
      this.#gzip = answer
      return answer
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
        this.#br = this.#answer('br', bytes)
      },
      () => undefined,
    )
  }
}

function toResponse({ status, headers, body }: Answer): Response {
  return new Response(body as Buffer<ArrayBuffer> | null, { status, headers })
}

interface Accepted {
  readonly br: boolean
  readonly gzip: boolean
}

/** Browsers send few different headers: each is read once. Bounded, for others may send any. */
const acceptedByHeader = new Map<string, Accepted>()
const headersRemembered = 100

function acceptedBy(header: string): Accepted {
  const known = acceptedByHeader.get(header)
  if (known) return known
  const accepted = { br: accepts(header, 'br'), gzip: accepts(header, 'gzip') }
  if (acceptedByHeader.size >= headersRemembered) acceptedByHeader.clear()
  acceptedByHeader.set(header, accepted)
  return accepted
}

/** Whether `Accept-Encoding` takes the coding (`q=0` refuses it). */
function accepts(header: string, coding: string): boolean {
  const at = header.indexOf(coding)
  if (at === -1) return false
  return !/^[a-z]*\s*;\s*q=0(?:\.0{0,3})?\s*(?:,|$)/.test(header.slice(at))
}
