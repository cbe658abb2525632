/**
 * A memory disk that can lose power: from a chosen write on, nothing reaches it and nothing is answered.
 * What it held then can be opened again, as after a crash.
 */

import type { Disk, DiskChange, DiskRange } from '../../src/kernel/ports.ts'
import type { Soon } from '../../src/kernel/soon.ts'
import { MemoryDisk } from '../../src/runtime/memory-disk.ts'

export class FaultyDisk implements Disk {
  readonly kept: MemoryDisk
  /** Writes that reached the disk. */
  writes = 0
  /** Each write, as the number of its changes. */
  readonly sizes: number[] = []
  private lastWrite = Infinity
  private failing: Error | undefined
  private cut: 'before' | 'after' = 'before'

  constructor(kept: MemoryDisk = new MemoryDisk()) {
    this.kept = kept
  }

  /** Lose power at the `count`-th write from now: just before it, or just after it, unacknowledged. */
  crashAt(count: number, cut: 'before' | 'after'): void {
    this.lastWrite = this.writes + count
    this.cut = cut
  }

  /** Refuse writes until told otherwise. */
  failWrites(error: Error | undefined): void {
    this.failing = error
  }

  isDead(): boolean {
    return this.writes >= this.lastWrite
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.isDead() ? new Promise(() => undefined) : this.kept.get(key)
  }

  getMany(keys: readonly Uint8Array[]): Soon<readonly (Uint8Array | undefined)[]> {
    return this.isDead() ? new Promise(() => undefined) : this.kept.getMany(keys)
  }

  async write(changes: readonly DiskChange[]): Promise<void> {
    if (this.failing !== undefined) throw this.failing
    if (this.isDead()) return new Promise(() => undefined)
    this.writes++
    this.sizes.push(changes.length)
    if (!this.isDead() || this.cut === 'after') await this.kept.write(changes)
    if (this.isDead()) return new Promise(() => undefined)
  }

  scan(range: DiskRange): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]> {
    return this.kept.scan(range)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
