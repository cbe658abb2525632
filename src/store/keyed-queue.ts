/**
 * One after another, key by key: every read-merge-write of an object on this server goes through
 * such a queue, so that a server is never its own rival and siblings stay few.
 */

export class KeyedQueue {
  readonly #tails = new Map<string, Promise<void>>()

  /** Runs `task` when all earlier tasks of this key have ended, however they ended. */
  run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key)
    const running = before === undefined ? task() : before.then(task)
    const tail = running.then(
      () => undefined,
      () => undefined,
    )
    this.#tails.set(key, tail)
    void tail.then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
    })
    return running
  }

  /** Resolves when nothing runs or waits. */
  async idle(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values())
  }
}
