/**
 * Group commit: the writes of all vnodes that arrive while one is on its way to the disk go together
 * in the next, as one atomic batch with one sync.
 *
 * Depends on the world for the disk alone; needs no timer.
 *
 *     write ──▶ gathered ──▶ in flight ──▶ disk          a batch leaves as soon as the one before
 *     write ──▶    ″                                     has landed; all its writers hear at once
 *
 * Invariants: batches land one after another in the order of their writes; the changes of one `write`
 * are never split; a failed batch fails each of its writers and no other.
 *
 * Source: basho/eleveldb write batches; RIAK.md §9.3 "Durability".
 */

import type { Disk, DiskChange } from '../../kernel/ports.ts'

/** A larger batch would delay its first writer without saving a sync worth it. */
const batchBytesMax = 4 * 1_048_576

interface Waiting {
  readonly changes: readonly DiskChange[]
  readonly bytes: number
  readonly landed: () => void
  readonly failed: (error: Error) => void
}

function bytesOf(changes: readonly DiskChange[]): number {
  let bytes = 0
  for (const change of changes) {
    bytes += change.key.length + (change.kind === 'put' ? change.value.length : 0)
  }
  return bytes
}

export class GroupCommit {
  private readonly disk: Disk
  private readonly sync: boolean
  private waiting: Waiting[] = []
  private draining: Promise<void> | undefined

  constructor(disk: Disk, sync: boolean) {
    this.disk = disk
    this.sync = sync
  }

  /** Resolves when all the changes are on the disk; when it rejects, all of them may be or none. */
  write(changes: readonly DiskChange[]): Promise<void> {
    return new Promise((landed, failed) => {
      this.waiting.push({ changes, bytes: bytesOf(changes), landed, failed })
      this.draining ??= this.drain()
    })
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.draining !== undefined) await this.draining
  }

  private async drain(): Promise<void> {
    // One turn of promises lets the writers of this very moment join.
    await Promise.resolve()
    while (this.waiting.length > 0) {
      const batch = this.takeBatch()
      try {
        await this.disk.write(
          batch.flatMap((waiting) => waiting.changes),
          { sync: this.sync },
        )
        for (const waiting of batch) waiting.landed()
      } catch (error) {
        const reason = error instanceof Error ? error : new Error(String(error))
        for (const waiting of batch) waiting.failed(reason)
      }
    }
    this.draining = undefined
  }

  private takeBatch(): readonly Waiting[] {
    let bytes = 0
    let count = 0
    for (const waiting of this.waiting) {
      bytes += waiting.bytes
      if (count > 0 && bytes > batchBytesMax) break
      count++
    }
    const batch = this.waiting.slice(0, count)
    this.waiting = this.waiting.slice(count)
    return batch
  }
}
