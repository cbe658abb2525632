/**
 * A page's text as bytes: plain, gzipped and brotlied once, however many pages and readers it serves.
 *
 * A page is made again every few seconds, and for visitors who have a cookie of ours each time: mostly it says
 * what it said before. A text that is known is neither hashed nor compressed again.
 */

import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

import { LRUCache } from 'lru-cache'

import { limits } from '../kernel/limits.ts'
import { hashTag } from './etag.ts'

const compressGzip = promisify(gzip)
const compressBrotli = promisify(brotliCompress)
/** 5 costs a fifth of 11 and gives nine tenths of its gain. */
const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }
/** Below this a compressed body does not pay for its header. */
const compressBytesMin = 512

export type Encoding = 'br' | 'gzip' | 'identity'

/** Bytes in an encoding that the reader takes. */
export interface Encoded {
  readonly encoding: Encoding
  readonly bytes: Buffer
}

export class PageBody {
  /** A strong tag of the text, without quotes. */
  readonly tag: string
  readonly text: string
  /** Upper bound of what it occupies once all its encodings are made. */
  readonly bytesMax: number
  readonly #plain: Encoded
  #gzip: Encoded | Promise<Encoded> | undefined
  #br: Encoded | undefined
  #brotliBegun = false

  constructor(text: string) {
    const bytes = Buffer.from(text)
    this.text = text
    this.tag = hashTag(bytes)
    this.#plain = { encoding: 'identity', bytes }
    this.bytesMax = Math.ceil(bytes.length * 1.7) + 2 * text.length + 2_048
  }

  /** A promise only for the first reader who wants it compressed. */
  encoded(acceptEncoding: string | undefined): Encoded | Promise<Encoded> {
    if (acceptEncoding === undefined || this.#plain.bytes.length < compressBytesMin) {
      return this.#plain
    }
    const accepted = acceptedBy(acceptEncoding)
    if (accepted.br) {
      if (this.#br) return this.#br
      // The second reader of a text tells that there may be more.
      if (this.#gzip !== undefined) this.#beginBrotli()
    }
    if (!accepted.gzip) {
      if (accepted.br) this.#beginBrotli()
      return this.#plain
    }
    return this.#gzip ?? this.#makeGzip()
  }

  #makeGzip(): Promise<Encoded> {
    const made = compressGzip(this.#plain.bytes, { level: 6 }).then((bytes) => {
      const encoded: Encoded = { encoding: 'gzip', bytes }
      this.#gzip = encoded
      return encoded
    })
    this.#gzip = made
    return made
  }

  /** Made beside the requests: whoever asks meanwhile gets gzip. */
  #beginBrotli(): void {
    if (this.#brotliBegun) return
    this.#brotliBegun = true
    compressBrotli(this.#plain.bytes, brotliOptions).then(
      (bytes) => {
        this.#br = { encoding: 'br', bytes }
      },
      () => undefined,
    )
  }
}

export interface PageBodies {
  /** The body that says this: one that is known already, where it was shown lately. */
  of(text: string): PageBody
}

export function createPageBodies(): PageBodies {
  const known = new LRUCache<string, PageBody>({
    maxSize: limits.pageBodiesBytesMax,
    sizeCalculation: (body) => body.bytesMax,
  })
  return {
    of(text) {
      const met = known.get(text)
      if (met) return met
      const body = new PageBody(text)
      known.set(text, body)
      return body
    },
  }
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
