/** Who waits for which search: one page is made for all who ask the same, and none once all have left. */

interface Group {
  readonly controller: AbortController
  present: number
}

export class Askers {
  readonly #groups = new Map<string, Group>()

  /**
   * @param key - of the page that is asked for.
   * @param gone - aborted where this visitor left before the answer.
   * @returns `signal`, aborted once everybody has gone; `leave`, to be called when this one is answered.
   */
  join(
    key: string,
    gone: AbortSignal,
  ): { readonly signal: AbortSignal; readonly leave: () => void } {
    const group = this.#groups.get(key) ?? { controller: new AbortController(), present: 0 }
    this.#groups.set(key, group)
    group.present += 1
    let isHere = true
    const leave = (isGone: boolean): void => {
      if (!isHere) return
      isHere = false
      gone.removeEventListener('abort', onGone)
      group.present -= 1
      if (group.present > 0) return
      if (this.#groups.get(key) === group) this.#groups.delete(key)
      // A page that is made anew behind an older one is wanted, though nobody waits.
      if (isGone) group.controller.abort()
    }
    const onGone = (): void => {
      leave(true)
    }
    gone.addEventListener('abort', onGone)
    if (gone.aborted) leave(true)
    return {
      signal: group.controller.signal,
      leave: () => {
        leave(false)
      },
    }
  }
}
