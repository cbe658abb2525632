/**
 * One change of a key at a time on this node: reading what is stored, merging and writing are one step.
 *
 * Pure in time: no timer; a holder must end by itself.
 *
 * Invariant: holders of one key run one after another in the order in which they asked.
 *
 * Source: basho/riak_kv src/riak_kv_vnode.erl (a vnode is one process: its mailbox orders requests).
 */

export class KeyLocks {
  private readonly tails = new Map<string, Promise<void>>()

  /** @returns what `work` returns; a failure of it does not stop the next holder. */
  async hold<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key)
    let release = (): void => undefined
    const mine = new Promise<void>((resolve) => {
      release = resolve
    })
    this.tails.set(key, mine)
    if (before !== undefined) await before
    try {
      return await work()
    } finally {
      if (this.tails.get(key) === mine) this.tails.delete(key)
      release()
    }
  }

  /** Keys that are held or waited for. */
  get size(): number {
    return this.tails.size
  }
}
