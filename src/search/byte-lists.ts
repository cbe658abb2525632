/**
 * Lists of numbers that grow at their end, very many of them, in one pool of bytes.
 *
 *     block (1 MiB)   …│8: n n n ▸│…│16: n n n n n ▸│…│32: n n …
 *                          head ───────▲      └──────────▲  tail
 *
 * A list is a chain of slices, each twice the one before; the last four bytes of a full slice are the
 * address of the next. Numbers are varints: below 128 one byte, below 16,384 two. Pure.
 *
 * Source: Lucene, org.apache.lucene.util.ByteBlockPool and ByteSliceReader.
 */

import { GrowingUint32 } from './growing.ts'

const blockBits = 20
export const blockBytes: number = 1 << blockBits
const firstSlice = 8
const largestSlice = 4_096
const addressBytes = 4

/** As they are written to disk, and read again. */
export interface SavedLists {
  /** Four, a row for each list. */
  readonly columns: readonly Uint32Array[]
  readonly blocks: readonly Uint8Array[]
  readonly used: number
}

export class ByteLists {
  #blocks: Uint8Array[] = []
  /** Bytes of the pool that slices have taken; the next one begins here. */
  #used = 0
  /** One row a list. */
  readonly #head = new GrowingUint32()
  readonly #tail = new GrowingUint32()
  /** Where the slice of the tail ends, and its size; 0: there is no such list yet. */
  readonly #end = new GrowingUint32()
  readonly #size = new GrowingUint32()

  get bytes(): number {
    const columns = this.#columns().reduce((sum, column) => sum + column.bytes, 0)
    return columns + this.#blocks.length * blockBytes
  }

  /** @param value - a whole number from 0 to 2^53. */
  append(list: number, value: number): void {
    if (this.#size.get(list) === 0) this.#begin(list)
    let rest = value
    while (rest >= 128) {
      this.#byte(list, (rest % 128) + 128)
      rest = Math.floor(rest / 128)
    }
    this.#byte(list, rest)
  }

  /** @returns the numbers of a list, one a call; it knows no end: who asks must. */
  reader(list: number): () => number {
    let address = this.#head.get(list)
    let size = firstSlice
    let end = address + size
    let block = this.#blocks[address >>> blockBits] ?? noBytes
    const byte = (): number => {
      if (address === end - addressBytes) {
        address = readAddress(block, address & (blockBytes - 1))
        size = Math.min(size * 2, largestSlice)
        end = address + size
        block = this.#blocks[address >>> blockBits] ?? noBytes
      }
      return block[address++ & (blockBytes - 1)] ?? 0
    }
    return () => {
      let next = byte()
      if (next < 128) return next
      let value = next & 127
      let scale = 128
      for (;;) {
        next = byte()
        value += (next & 127) * scale
        if (next < 128) return value
        scale *= 128
      }
    }
  }

  save(lists: number): SavedLists {
    return {
      columns: this.#columns().map((column) => column.values.subarray(0, lists)),
      blocks: this.#blocks,
      used: this.#used,
    }
  }

  static load(saved: SavedLists): ByteLists {
    const lists = new ByteLists()
    lists.#blocks = [...saved.blocks] as Uint8Array[]
    lists.#used = saved.used
    for (const [index, column] of lists.#columns().entries()) {
      column.values = Uint32Array.from(saved.columns[index] ?? [])
    }
    return lists
  }

  #columns(): readonly GrowingUint32[] {
    return [this.#head, this.#tail, this.#end, this.#size]
  }

  #begin(list: number): void {
    const address = this.#slice(firstSlice)
    this.#head.set(list, address)
    this.#tail.set(list, address)
    this.#end.set(list, address + firstSlice)
    this.#size.set(list, firstSlice)
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

  #byte(list: number, value: number): void {
    let tail = this.#tail.get(list)
    if (tail === this.#end.get(list) - addressBytes) {
      const size = Math.min(this.#size.get(list) * 2, largestSlice)
      const next = this.#slice(size)
      writeAddress(this.#blocks[tail >>> blockBits] ?? noBytes, tail & (blockBytes - 1), next)
      this.#size.set(list, size)
      this.#end.set(list, next + size)
      tail = next
    }
    const block = this.#blocks[tail >>> blockBits] ?? noBytes
    block[tail & (blockBytes - 1)] = value
    this.#tail.set(list, tail + 1)
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
