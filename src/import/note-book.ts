/** What was guessed or left out, counted by kind: a run over 100,000 posts ends in a list one can read. */

import type { Note } from './brought.ts'

export interface NotedKind {
  readonly kind: string
  readonly count: number
  /** The first ones. */
  readonly examples: readonly { readonly origin: string; readonly text: string }[]
}

/** Shown of each kind: enough to go and look. */
const examplesMax = 3
/** Kinds are words of the program, and of the source only in part (types of its posts). */
const kindsMax = 100
const otherKinds = 'other notes'

export class NoteBook {
  readonly #kinds = new Map<
    string,
    { count: number; readonly examples: { origin: string; text: string }[] }
  >()

  add(origin: string, { kind, text }: Note): void {
    const name = this.#kinds.has(kind) || this.#kinds.size < kindsMax ? kind : otherKinds
    const noted = this.#kinds.get(name) ?? { count: 0, examples: [] }
    noted.count += 1
    if (noted.examples.length < examplesMax) noted.examples.push({ origin, text })
    this.#kinds.set(name, noted)
  }

  /** The most frequent first. */
  kinds(): readonly NotedKind[] {
    return [...this.#kinds]
      .map(([kind, { count, examples }]) => ({ kind, count, examples }))
      .sort((a, b) => b.count - a.count)
  }
}
