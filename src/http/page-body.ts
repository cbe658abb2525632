/**
 * A page's text as bytes: compressed once, however many pages and readers it serves, and kept compressed.
 *
 *     text ─▶ tag ─▶ met before? ─▶ the same bytes
 *                └─▶ gzip ─▶ plain bytes are let go ─▶ brotli, once a second reader asks
 *
 * A page is made again every few seconds, and for visitors who have a cookie of ours each time: mostly it says
 * what it said before. A text that is known is not compressed again. The rare reader who takes no gzip gets the
 * text unpacked: a quarter of the memory for all others.
 */

import { promisify } from 'node:util'
import { brotliCompress, constants, gunzip, gzip } from 'node:zlib'

import { LRUCache } from 'lru-cache'

import { limits } from '../kernel/limits.ts'
import { hashTag } from './etag.ts'

const compressGzip = promisify(gzip)
const unpackGzip = promisify(gunzip)
const compressBrotli = promisify(brotliCompress)
/** 5 costs a fifth of 11 and gives nine tenths of its gain. */
const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }
/** Below this a compressed body does not pay for its header. */
const compressBytesMin = 512
/** Of the objects around the bytes. */
const overheadBytes = 512

export type Encoding = 'br' | 'gzip' | 'identity'

/** Bytes in an encoding that the reader takes. */
export interface Encoded {
  readonly encoding: Encoding
  readonly bytes: Buffer
}

export class PageBody {
  /** A strong tag of the text, without quotes. */
  readonly tag: string
  /** Until it is compressed; of a short text for good. */
  #plain: Encoded | undefined
  #gzip: Encoded | Promise<Encoded> | undefined
  #br: Encoded | undefined
  #brotliBegun = false
  readonly #onCompressed: (body: PageBody) => void

  /** @param onCompressed - called once, when its gzip has been made. */
  constructor(bytes: Buffer, tag: string, onCompressed: (body: PageBody) => void) {
    this.tag = tag
    this.#plain = { encoding: 'identity', bytes }
    this.#onCompressed = onCompressed
  }

  /** Upper bound of what it occupies once all its encodings are made; exact enough once compressed. */
  get bytesMax(): number {
    if (this.#plain !== undefined) return this.#plain.bytes.length * 2 + overheadBytes
    return (this.packed?.length ?? 0) * 2 + overheadBytes
  }

  /** Resolves once no more than compressed bytes are held. */
  async compressed(): Promise<void> {
    if (this.#plain !== undefined && this.#plain.bytes.length >= compressBytesMin) {
      await (this.#gzip ?? this.#makeGzip())
    }
  }

  /** A promise only for the first reader who wants it compressed, and for those who do not. */
  encoded(acceptEncoding: string | undefined): Encoded | Promise<Encoded> {
    const plain = this.#plain
    if (plain !== undefined && plain.bytes.length < compressBytesMin) return plain
    if (acceptEncoding === undefined) return this.#identity()
    const accepted = acceptedBy(acceptEncoding)
    if (accepted.br) {
      if (this.#br) return this.#br
      // The second reader of a text tells that there may be more.
      if (this.#gzip !== undefined) this.#beginBrotli()
    }
    if (!accepted.gzip) {
      if (accepted.br) this.#beginBrotli()
      return this.#identity()
    }
    return this.#gzip ?? this.#makeGzip()
  }

  /** Its gzip, once that is made. */
  get packed(): Buffer | undefined {
    return this.#gzip === undefined || this.#gzip instanceof Promise ? undefined : this.#gzip.bytes
  }

  async text(): Promise<string> {
    return (await this.#identity()).bytes.toString()
  }

  #identity(): Encoded | Promise<Encoded> {
    return this.#plain ?? this.#unpacked()
  }

  async #unpacked(): Promise<Encoded> {
    const packed = await this.#gzip
    if (packed === undefined) throw new TypeError('a body holds its text plain or compressed')
    return { encoding: 'identity', bytes: await unpackGzip(packed.bytes) }
  }

  #makeGzip(): Promise<Encoded> {
    const bytes = this.#plain?.bytes ?? Buffer.alloc(0)
    const made = compressGzip(bytes, { level: 6 }).then((packed) => {
      const encoded: Encoded = { encoding: 'gzip', bytes: packed }
      this.#gzip = encoded
      this.#plain = undefined
      this.#onCompressed(this)
      return encoded
    })
    this.#gzip = made
    return made
  }

  /** Made beside the requests: whoever asks meanwhile gets gzip. */
  #beginBrotli(): void {
    if (this.#brotliBegun) return
    this.#brotliBegun = true
    const make = async (): Promise<void> => {
      const { bytes } = await this.#identity()
      this.#br = { encoding: 'br', bytes: await compressBrotli(bytes, brotliOptions) }
    }
    make().catch(() => undefined)
  }
}

export interface PageBodies {
  /** The body that says this: one that is known already, where it was shown lately. */
  of(text: string): PageBody
}

/** @param bytesMax - of the compressed forms that are known again. */
export function createPageBodies(bytesMax: number = limits.pageBodiesBytesMax): PageBodies {
  const known = new LRUCache<string, PageBody>({
    maxSize: bytesMax,
    sizeCalculation: (body) => body.bytesMax,
  })
  // Not before it is compressed: then it is small, and its size is known.
  const remember = (body: PageBody): void => {
    known.set(body.tag, body)
  }
  return {
    of(text) {
      const bytes = Buffer.from(text)
      const tag = hashTag(bytes)
      return known.get(tag) ?? new PageBody(bytes, tag, remember)
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
const headerCharsRemembered = 200

function acceptedBy(header: string): Accepted {
  const known = acceptedByHeader.get(header)
  if (known) return known
  const accepted = { br: accepts(header, 'br'), gzip: accepts(header, 'gzip') }
  if (header.length > headerCharsRemembered) return accepted
  if (acceptedByHeader.size >= headersRemembered) acceptedByHeader.clear()
  acceptedByHeader.set(header, accepted)
  return accepted
}

/** Whether `Accept-Encoding` takes the coding by its name (`q=0` refuses it). */
function accepts(header: string, coding: 'br' | 'gzip'): boolean {
  return header.split(',').some((part) => {
    const [name = '', ...parameters] = part.split(';').map((word) => word.trim().toLowerCase())
    return name === coding && !parameters.some((each) => /^q=0(?:\.0{0,3})?$/.test(each))
  })
}
