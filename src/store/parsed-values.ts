/**
 * Values that were read lately, with the bytes they were parsed from: an object that has not changed since is
 * read, but not parsed again. Parsing is most of what a read costs on this side.
 *
 * Invariant: a value is given out for exactly the bytes it was parsed from, so nothing here can be stale. It is
 * given out many times: nobody may change it (every type of `buckets/` is readonly throughout).
 */

import type { Room } from '../../buckets/room.ts'
import { equalBytes } from '../causality/bytes.ts'

interface Parsed {
  /** That parsed them: a bucket type may have a room for each form of key. */
  readonly room: Room<unknown>
  readonly bytes: Uint8Array
  readonly value: unknown
}

export class ParsedValues {
  /** By bucket type and key; the one asked for longest ago comes first. */
  readonly #values = new Map<string, Parsed>()
  readonly #bytesMax: number
  #bytes = 0

  /** @param bytesMax - of stored bytes, over all values. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** @returns undefined unless these very bytes were parsed by this room lately. */
  get<T>(room: Room<T>, key: string, bytes: Uint8Array): T | undefined {
    const name = nameOf(room, key)
    const known = this.#values.get(name)
    if (known?.room !== room || !equalBytes(known.bytes, bytes)) return undefined
    this.#values.delete(name)
    this.#values.set(name, known)
    return known.value as T
  }

  set<T>(room: Room<T>, key: string, bytes: Uint8Array, value: T): void {
    const name = nameOf(room, key)
    this.#delete(name)
    // One value must not crowd out all others.
    if (bytes.length > this.#bytesMax / 8) return
    // A copy: the bytes are a piece of all that came with them from the socket.
    this.#values.set(name, { room, bytes: new Uint8Array(bytes), value })
    this.#bytes += bytes.length
    for (const oldest of this.#values.keys()) {
      if (this.#bytes <= this.#bytesMax) return
      this.#delete(oldest)
    }
  }

  #delete(name: string): void {
    const known = this.#values.get(name)
    if (known === undefined) return
    this.#values.delete(name)
    this.#bytes -= known.bytes.length
  }
}

function nameOf(room: Room<unknown>, key: string): string {
  return `${room.type}/${key}`
}
