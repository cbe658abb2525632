/**
 * An ordered store in memory, for tests and throw-away nodes. What is closed is gone.
 *
 *     blocks   [ aa … ac ] [ ad … b0 ] [ b1 … ]      each sorted, at most 512 entries, none empty
 *
 * A scan takes the list of blocks as it is; a writer copies a block that a scan may still read before it
 * changes it. Keys are kept as latin1 strings: those compare by byte, and faster than buffers.
 */

import { OperationError } from '../kernel/errors.ts'
import type { Disk, DiskChange, DiskRange } from '../kernel/ports.ts'
import type { Soon } from '../kernel/soon.ts'

const blockEntriesMax = 512
/** A long scan lets other work of the event loop run after so many entries. */
const entriesBetweenPauses = 2_000

interface Block {
  /** Blocks of an older epoch may be read by a scan. */
  readonly epoch: number
  readonly keys: string[]
  readonly values: Uint8Array[]
}

function text(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1')
}

/** Where `key` is, or would be: the first position whose key is not below it. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((keys[middle] ?? '') < key) low = middle + 1
    else high = middle
  }
  return low
}

export class MemoryDisk implements Disk {
  private blocks: Block[] = []
  private epoch = 0
  private isClosed = false

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.isClosed ? Promise.reject(closed()) : Promise.resolve(this.valueOf(text(key)))
  }

  getMany(keys: readonly Uint8Array[]): Soon<readonly (Uint8Array | undefined)[]> {
    return this.isClosed ? Promise.reject(closed()) : keys.map((key) => this.valueOf(text(key)))
  }

  write(changes: readonly DiskChange[]): Promise<void> {
    if (this.isClosed) return Promise.reject(closed())
    for (const change of changes) {
      const name = text(change.key)
      if (change.kind === 'put') this.put(name, change.value)
      else this.delete(name)
    }
    return Promise.resolve()
  }

  async *scan(range: DiskRange): AsyncGenerator<readonly [key: Uint8Array, value: Uint8Array]> {
    if (this.isClosed) throw closed()
    const { gte, lt, reverse, limit = Infinity } = range
    const snapshot = this.blocks.slice()
    this.epoch++
    const entries =
      reverse === true
        ? descending(snapshot, text(gte), text(lt))
        : ascending(snapshot, text(gte), text(lt))
    let count = 0
    for (const [key, value] of entries) {
      if (count >= limit) return
      count++
      if (count % entriesBetweenPauses === 0) await pause()
      yield [Buffer.from(key, 'latin1'), value]
    }
  }

  close(): Promise<void> {
    this.isClosed = true
    return Promise.resolve()
  }

  /** Entries held now. */
  get size(): number {
    return this.blocks.reduce((size, block) => size + block.keys.length, 0)
  }

  private valueOf(name: string): Uint8Array | undefined {
    const block = this.blocks[this.blockOf(name)]
    if (block === undefined) return undefined
    const at = lowerBound(block.keys, name)
    return block.keys[at] === name ? block.values[at] : undefined
  }

  /** The block that holds `name`, or that it would go into. */
  private blockOf(name: string): number {
    let low = 0
    let high = this.blocks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.blocks[middle]?.keys[0] ?? '') <= name) low = middle + 1
      else high = middle
    }
    return Math.max(0, low - 1)
  }

  /** The block at `index`, safe to change. */
  private own(index: number): Block | undefined {
    const block = this.blocks[index]
    if (block === undefined || block.epoch === this.epoch) return block
    const copy = { epoch: this.epoch, keys: block.keys.slice(), values: block.values.slice() }
    this.blocks[index] = copy
    return copy
  }

  private put(name: string, value: Uint8Array): void {
    const index = this.blockOf(name)
    const block = this.own(index)
    if (block === undefined) {
      this.blocks = [{ epoch: this.epoch, keys: [name], values: [value] }]
      return
    }
    const at = lowerBound(block.keys, name)
    const isThere = block.keys[at] === name
    block.keys.splice(at, isThere ? 1 : 0, name)
    block.values.splice(at, isThere ? 1 : 0, value)
    if (block.keys.length <= blockEntriesMax) return
    const half = blockEntriesMax / 2
    const keys = block.keys.splice(half)
    const values = block.values.splice(half)
    this.blocks.splice(index + 1, 0, { epoch: this.epoch, keys, values })
  }

  private delete(name: string): void {
    const index = this.blockOf(name)
    const at = lowerBound(this.blocks[index]?.keys ?? [], name)
    if (this.blocks[index]?.keys[at] !== name) return
    const block = this.own(index)
    block?.keys.splice(at, 1)
    block?.values.splice(at, 1)
    if (block?.keys.length === 0) this.blocks.splice(index, 1)
  }
}

function closed(): OperationError {
  return new OperationError('BLOG_UNAVAILABLE', 'the disk is closed')
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

type Entry = readonly [key: string, value: Uint8Array]
const noBytes = new Uint8Array(0)

function* ascending(blocks: readonly Block[], gte: string, lt: string): Generator<Entry> {
  for (const block of blocks) {
    if ((block.keys.at(-1) ?? '') < gte) continue
    for (let at = lowerBound(block.keys, gte); at < block.keys.length; at++) {
      const key = block.keys[at] ?? ''
      if (key >= lt) return
      yield [key, block.values[at] ?? noBytes]
    }
  }
}

function* descending(blocks: readonly Block[], gte: string, lt: string): Generator<Entry> {
  for (const block of blocks.toReversed()) {
    if ((block.keys[0] ?? '') >= lt) continue
    for (let at = lowerBound(block.keys, lt) - 1; at >= 0; at--) {
      const key = block.keys[at] ?? ''
      if (key < gte) return
      yield [key, block.values[at] ?? noBytes]
    }
  }
}
