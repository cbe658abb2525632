/**
 * Group commit: the writes of all vnodes that arrive while others are on their way to the disk go together
 * in the next batch, as one atomic write.
 *
 * Depends on the world for the disk alone; needs no timer.
 *
 *     write ──▶ gathered ──▶ in flight ──▶ disk      with sync: one batch in flight, one fsync for all
 *     write ──▶    ″    ──▶     ″                    without:   a few, so that the disk works while the
 *                                                               writers of the next batch are still prepared
 *
 * Invariants: the changes of one `write` are never split; a failed batch fails each of its writers and no
 * other. Batches in flight together may land in any order: who writes one key twice waits for the first
 * (`key-locks.ts`).
 *
 * Source: basho/eleveldb write batches; RIAK.md §9.3 "Durability".
 */

import type { Disk, DiskChange } from '../../kernel/ports.ts'

/** A larger batch would delay its first writer without saving a sync worth it. */
const batchBytesMax = 4 * 1_048_576

/** So many gathered writes leave without waiting for the batch before, where no sync is to be shared. */
const writesAhead = 8
const batchesInFlightMax = 4

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
  private inFlight = 0
  private isSendDue = false
  private whenIdle: (() => void)[] = []

  constructor(disk: Disk, sync: boolean) {
    this.disk = disk
    this.sync = sync
  }

  /** Resolves when all the changes are on the disk; when it rejects, all of them may be or none. */
  write(changes: readonly DiskChange[]): Promise<void> {
    return new Promise((landed, failed) => {
      this.waiting.push({ changes, bytes: bytesOf(changes), landed, failed })
      if (this.waiting.length >= writesAhead && this.hasRoom()) this.send()
      else this.sendSoon()
    })
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.inFlight > 0 || this.waiting.length > 0) {
      await new Promise<void>((resolve) => {
        this.whenIdle.push(resolve)
      })
    }
  }

  private hasRoom(): boolean {
    return this.inFlight < (this.sync ? 1 : batchesInFlightMax)
  }

  /** One turn of promises lets the writers of this very moment join. */
  private sendSoon(): void {
    if (this.isSendDue || this.inFlight > 0) return
    this.isSendDue = true
    queueMicrotask(() => {
      this.isSendDue = false
      if (this.inFlight === 0) this.send()
    })
  }

  private send(): void {
    if (this.waiting.length === 0) return
    const batch = this.takeBatch()
    this.inFlight++
    const changes = batch.flatMap((waiting) => waiting.changes)
    this.disk.write(changes, { sync: this.sync }).then(
      () => {
        this.landed(() => {
          for (const waiting of batch) waiting.landed()
        })
      },
      (error: unknown) => {
        const reason = error instanceof Error ? error : new Error(String(error))
        this.landed(() => {
          for (const waiting of batch) waiting.failed(reason)
        })
      },
    )
  }

  private landed(tell: () => void): void {
    this.inFlight--
    this.send()
    tell()
    if (this.inFlight > 0 || this.waiting.length > 0) return
    const { whenIdle } = this
    this.whenIdle = []
    for (const resolve of whenIdle) resolve()
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
