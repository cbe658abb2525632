/** A queue: push at the end, take from the front, each in constant time. */

/** Below this many taken places the array is not worth moving. */
const compactFrom = 1_024

export class Fifo<T> {
  #items: (T | undefined)[] = []
  #head = 0

  push(item: T): void {
    this.#items.push(item)
  }

  /** @returns the first, or undefined where there is none. */
  peek(): T | undefined {
    return this.#items[this.#head]
  }

  /** Take the first away. */
  drop(): void {
    if (this.#head >= this.#items.length) return
    // Not to be kept alive by its old place.
    this.#items[this.#head] = undefined
    this.#head++
    if (this.#head === this.#items.length) {
      this.#items = []
      this.#head = 0
    } else if (this.#head >= compactFrom && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
  }

  /** The first to the last. */
  values(): readonly T[] {
    return this.#items.slice(this.#head) as T[]
  }
}
