/**
 * Which posts a term stands in: lists that grow at their end, in one pool of bytes.
 *
 *     block (1 MiB)   …│8: p p p ▸│…│16: p p p p p ▸│…│32: p p …
 *                          head ───────▲      └──────────▲  tail
 *
 * A list is a chain of slices, each twice the one before; the last four bytes of a full slice are the
 * address of the next. A posting is `(document - the one before) * 8 + fields`, and where the text is
 * among the fields the number of times; both as varints, so most take two or three bytes.
 *
 * Invariant: documents of one list ascend. Pure.
 * Not here: which documents still count (`documents.ts`), what a posting is worth (`score.ts`).
 *
 * Source: Lucene, org.apache.lucene.util.ByteBlockPool and ByteSliceReader.
 */

import { assert } from '../kernel/assert.ts'
import { GrowingUint32 } from './growing.ts'

export const inTitle = 1
export const inTags = 2
export const inText = 4

const blockBits = 20
const blockBytes = 1 << blockBits
const firstSlice = 8
const largestSlice = 4_096
const addressBytes = 4

/** @param times - in the text; 0 where it stands elsewhere only. */
export type Visit = (document: number, fields: number, times: number) => void

/** As it is written to disk, and read again. */
export interface SavedPostings {
  readonly columns: readonly Uint32Array[]
  readonly blocks: readonly Uint8Array[]
  readonly used: number
}

export class Postings {
  #blocks: Uint8Array[] = []
  /** Bytes of the pool that slices have taken; the next one begins here. */
  #used = 0
  /** One row a term. */
  readonly #head = new GrowingUint32()
  readonly #tail = new GrowingUint32()
  /** Where the slice of the tail ends, and its size. */
  readonly #end = new GrowingUint32()
  readonly #size = new GrowingUint32()
  readonly #last = new GrowingUint32()
  readonly #count = new GrowingUint32()

  get bytes(): number {
    return (
      this.#columns().reduce((sum, column) => sum + column.bytes, 0) +
      this.#blocks.length * blockBytes
    )
  }

  /** Postings of the term, of documents that no longer count among them. */
  count(term: number): number {
    return this.#count.get(term)
  }

  /** @param document - greater than the last one of this term. */
  add(term: number, document: number, fields: number, times: number): void {
    const count = this.#count.get(term)
    const last = count === 0 ? -1 : this.#last.get(term)
    assert(document > last, 'documents of a term ascend')
    if (count === 0) this.#begin(term)
    this.#varint(term, (document - last) * 8 + fields)
    if ((fields & inText) !== 0) this.#varint(term, times)
    this.#last.set(term, document)
    this.#count.set(term, count + 1)
  }

  each(term: number, visit: Visit): void {
    const count = this.#count.get(term)
    let address = this.#head.get(term)
    let size = firstSlice
    let end = address + size
    let block = this.#blocks[address >>> blockBits] ?? noBytes
    let document = -1
    const byte = (): number => {
      if (address === end - addressBytes) {
        address = readAddress(block, address & (blockBytes - 1))
        size = Math.min(size * 2, largestSlice)
        end = address + size
        block = this.#blocks[address >>> blockBits] ?? noBytes
      }
      return block[address++ & (blockBytes - 1)] ?? 0
    }
    const varint = (): number => {
      let value = 0
      let scale = 1
      for (;;) {
        const next = byte()
        value += (next & 127) * scale
        if (next < 128) return value
        scale *= 128
      }
    }
    for (let index = 0; index < count; index++) {
      const head = varint()
      const fields = head % 8
      document += (head - fields) / 8
      visit(document, fields, (fields & inText) === 0 ? 0 : varint())
    }
  }

  save(terms: number): SavedPostings {
    return {
      columns: this.#columns().map((column) => column.values.subarray(0, terms)),
      blocks: this.#blocks,
      used: this.#used,
    }
  }

  static load(saved: SavedPostings): Postings {
    const postings = new Postings()
    postings.#blocks = [...saved.blocks] as Uint8Array[]
    postings.#used = saved.used
    for (const [index, column] of postings.#columns().entries()) {
      column.values = Uint32Array.from(saved.columns[index] ?? [])
    }
    return postings
  }

  #columns(): readonly GrowingUint32[] {
    return [this.#head, this.#tail, this.#end, this.#size, this.#last, this.#count]
  }

  #begin(term: number): void {
    const address = this.#slice(firstSlice)
    this.#head.set(term, address)
    this.#tail.set(term, address)
    this.#end.set(term, address + firstSlice)
    this.#size.set(term, firstSlice)
  }

  /** Slices never lie across two blocks. */
  #slice(size: number): number {
    const room = blockBytes - (this.#used & (blockBytes - 1))
    if (room < size) this.#used += room
    if (this.#used >>> blockBits >= this.#blocks.length)
      this.#blocks.push(new Uint8Array(blockBytes))
    const address = this.#used
    this.#used += size
    return address
  }

  #varint(term: number, value: number): void {
    let rest = value
    while (rest >= 128) {
      this.#byte(term, (rest % 128) + 128)
      rest = Math.floor(rest / 128)
    }
    this.#byte(term, rest)
  }

  #byte(term: number, value: number): void {
    let tail = this.#tail.get(term)
    if (tail === this.#end.get(term) - addressBytes) {
      const size = Math.min(this.#size.get(term) * 2, largestSlice)
      const next = this.#slice(size)
      writeAddress(this.#blocks[tail >>> blockBits] ?? noBytes, tail & (blockBytes - 1), next)
      this.#size.set(term, size)
      this.#end.set(term, next + size)
      tail = next
    }
    const block = this.#blocks[tail >>> blockBits] ?? noBytes
    block[tail & (blockBytes - 1)] = value
    this.#tail.set(term, tail + 1)
  }
}

const noBytes = new Uint8Array(0)

function readAddress(block: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = block.subarray(at, at + addressBytes)
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
}

function writeAddress(block: Uint8Array, at: number, address: number): void {
  block[at] = address >>> 24
  block[at + 1] = address >>> 16
  block[at + 2] = address >>> 8
  block[at + 3] = address
}
