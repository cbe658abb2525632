/**
 * The posts of the index: which there are, in which version, and when each may be seen.
 *
 * A post that changes gets a new number; the old one is dead until the index is rewritten. A post that
 * nobody may see is kept by name, so that it is not read again to learn the same. Pure.
 */

import { GrowingFloat64, GrowingUint32 } from './growing.ts'

const dead = 0
const hidden = 1
const shown = 2

export interface Document {
  readonly id: string
  /** Of the revision; equal versions hold equal texts. */
  readonly version: number
  /** Its `changed_int`, epoch ms. */
  readonly changedMs: number
  /** Epoch ms from which everybody may see it; undefined: nobody may. */
  readonly shownFromMs: number | undefined
  readonly titleWords: number
  readonly textWords: number
}

export interface SavedDocuments {
  readonly ids: readonly string[]
  readonly numbers: readonly Float64Array[]
  readonly states: Uint32Array
  readonly lengths: Uint32Array
}

export class Documents {
  readonly #ids: string[] = []
  readonly #numberOf = new Map<string, number>()
  readonly #version = new GrowingFloat64()
  readonly #changedMs = new GrowingFloat64()
  readonly #shownFromMs = new GrowingFloat64()
  readonly #state = new GrowingUint32()
  /** Words of the text, and in the last eight bits of the title. */
  readonly #lengths = new GrowingUint32()
  #shown = 0
  #textWords = 0

  /** Numbers given out, dead ones among them. */
  get size(): number {
    return this.#ids.length
  }

  /** Posts that may be found, now or at their time. */
  get shown(): number {
    return this.#shown
  }

  /** Posts by name, hidden ones among them. */
  get known(): number {
    return this.#numberOf.size
  }

  get textWordsAverage(): number {
    return this.#shown === 0 ? 1 : Math.max(1, this.#textWords / this.#shown)
  }

  get bytes(): number {
    const columns = [this.#version, this.#changedMs, this.#shownFromMs, this.#state, this.#lengths]
    // A name of 26 letters as a string, and in the map.
    return columns.reduce((sum, column) => sum + column.bytes, 0) + this.size * 120
  }

  find(id: string): Pick<Document, 'version' | 'changedMs'> | undefined {
    const number = this.#numberOf.get(id)
    if (number === undefined) return undefined
    return { version: this.#version.get(number), changedMs: this.#changedMs.get(number) }
  }

  /** @returns its number; an older one of the same post is dead from now on. */
  add(document: Document): number {
    const before = this.#numberOf.get(document.id)
    if (before !== undefined) this.#bury(before)
    const number = this.#ids.length
    const isShown = document.shownFromMs !== undefined
    this.#ids.push(document.id)
    this.#numberOf.set(document.id, number)
    this.#version.set(number, document.version)
    this.#changedMs.set(number, document.changedMs)
    this.#shownFromMs.set(number, document.shownFromMs ?? 0)
    this.#state.set(number, isShown ? shown : hidden)
    this.#lengths.set(number, document.textWords * 256 + Math.min(255, document.titleWords))
    if (isShown) {
      this.#shown += 1
      this.#textWords += document.textWords
    }
    return number
  }

  /** The same text was stored anew. */
  touch(id: string, changedMs: number): void {
    const number = this.#numberOf.get(id)
    if (number !== undefined) this.#changedMs.set(number, changedMs)
  }

  isShown(number: number, nowMs: number): boolean {
    return this.#state.get(number) === shown && this.#shownFromMs.get(number) <= nowMs
  }

  id(number: number): string {
    return this.#ids[number] ?? ''
  }

  shownFromMs(number: number): number {
    return this.#shownFromMs.get(number)
  }

  titleWords(number: number): number {
    return this.#lengths.get(number) & 255
  }

  textWords(number: number): number {
    return this.#lengths.get(number) >>> 8
  }

  /** In order; undefined for one that is dead. */
  at(number: number): Document | undefined {
    const state = this.#state.get(number)
    if (state === dead) return undefined
    return {
      id: this.id(number),
      version: this.#version.get(number),
      changedMs: this.#changedMs.get(number),
      shownFromMs: state === shown ? this.#shownFromMs.get(number) : undefined,
      titleWords: this.titleWords(number),
      textWords: this.textWords(number),
    }
  }

  save(): SavedDocuments {
    return {
      ids: this.#ids,
      numbers: [this.#version, this.#changedMs, this.#shownFromMs].map((column) =>
        column.values.subarray(0, this.size),
      ),
      states: this.#state.values.subarray(0, this.size),
      lengths: this.#lengths.values.subarray(0, this.size),
    }
  }

  static load(saved: SavedDocuments): Documents {
    const documents = new Documents()
    const [versions = [], changes = [], showings = []] = saved.numbers
    for (const [number, id] of saved.ids.entries()) {
      const state = saved.states[number] ?? dead
      const lengths = saved.lengths[number] ?? 0
      const added = documents.add({
        id,
        version: versions[number] ?? 0,
        changedMs: changes[number] ?? 0,
        shownFromMs: state === shown ? (showings[number] ?? 0) : undefined,
        titleWords: lengths & 255,
        textWords: lengths >>> 8,
      })
      if (state === dead) documents.#bury(added)
    }
    return documents
  }

  #bury(number: number): void {
    if (this.#state.get(number) === shown) {
      this.#shown -= 1
      this.#textWords -= this.textWords(number)
    }
    this.#state.set(number, dead)
    const id = this.id(number)
    if (this.#numberOf.get(id) === number) this.#numberOf.delete(id)
  }
}
