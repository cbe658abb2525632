/**
 * LevelDB behind the `Disk` port: one folder, opened by one process at a time.
 *
 * A read that is answered from memory (LevelDB's or the system's) takes some microseconds, a hop to
 * another thread and back fifty: few values are read in the caller's turn. Where such reads turn out slow,
 * the disk itself is asked, or values are large: for some time reads go to the disk's threads then, those
 * of one turn together.
 */

import { ClassicLevel } from 'classic-level'
import { OperationError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Disk, DiskChange, DiskRange } from '../kernel/ports.ts'
import type { Soon } from '../kernel/soon.ts'

export interface LevelDiskOptions {
  /** Made if missing. */
  readonly folder: string
  /** Blocks kept in memory. Default 32 MiB. */
  readonly cacheBytes?: number
  /** Writes gathered in memory before they become a file. Default 48 MiB; twice that while one is written. */
  readonly writeBufferBytes?: number
  /** Reads that take longer on average leave the caller's turn. Default `diskSlowReadMicros`. */
  readonly slowReadMs?: number
}

/** Values that change often are written out once. */
const writeBufferBytesDefault = 48 * 1_048_576
const cacheBytesDefault = 32 * 1_048_576
/**
 * A scan reads ahead by so many entries, first few, for it may stop early, then more; and never more
 * than so many bytes.
 */
const readAheadEntriesMin = 16
const readAheadEntriesMax = 512
const readAheadBytes = 262_144

/** What one read counts in the average of reads. */
const readShare = 1 / 32

const noBytes = new Uint8Array(0)

type Db = ClassicLevel<Uint8Array, Uint8Array>

/**
 * @throws OperationError `BLOG_UNAVAILABLE` where another process has the folder open,
 * `BLOG_UNREADABLE_VALUE` where it is damaged or may not be read; the message names the folder.
 */
export async function openLevelDisk(options: LevelDiskOptions): Promise<Disk> {
  const db = await openLevel(options)
  return new LevelDisk(db, options.slowReadMs ?? limits.diskSlowReadMicros / 1_000)
}

/** LevelDB itself, set as the disk's. @throws as `openLevelDisk`. */
export async function openLevel(options: LevelDiskOptions): Promise<Db> {
  const {
    folder,
    cacheBytes = cacheBytesDefault,
    writeBufferBytes = writeBufferBytesDefault,
  } = options
  const db: Db = new ClassicLevel(folder, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    cacheSize: cacheBytes,
    writeBufferSize: writeBufferBytes,
  })
  try {
    await db.open()
  } catch (error) {
    throw openingError(folder, error)
  }
  return db
}

function openingError(folder: string, error: unknown): OperationError {
  const cause = error instanceof Error ? error.cause : undefined
  const isLocked = cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED'
  if (isLocked) {
    const message = `the data folder ${folder} is in use by another process`
    return new OperationError('BLOG_UNAVAILABLE', message, 'definite', { cause: error })
  }
  const reason = cause instanceof Error ? cause.message : String(error)
  const message = `the data folder ${folder} cannot be opened: ${reason}`
  return new OperationError('BLOG_UNREADABLE_VALUE', message, 'definite', { cause: error })
}

type Values = readonly (Uint8Array | undefined)[]

interface Waiting {
  readonly keys: readonly Uint8Array[]
  readonly resolve: (values: Values) => void
  readonly reject: (error: Error) => void
}

class LevelDisk implements Disk {
  private readonly db: Db
  private readonly slowReadMs: number
  private waiting: Waiting[] = []
  /** A moving average of reads in the caller's turn: one pause of the machine is no slow disk. */
  private readMs = 0
  /** Until then, monotonic ms, the caller's turn is no place for reads. */
  private slowUntilMs = 0

  constructor(db: Db, slowReadMs: number) {
    this.db = db
    this.slowReadMs = slowReadMs
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return (await this.getMany([key]))[0]
  }

  getMany(keys: readonly Uint8Array[]): Soon<Values> {
    if (keys.length > limits.diskReadsAtOnceMax) return this.db.getMany([...keys])
    const values: (Uint8Array | undefined)[] = []
    let startMs = performance.now()
    try {
      for (const key of keys) {
        if (startMs < this.slowUntilMs) return this.readTogether(keys)
        values.push(this.db.getSync(key))
        const endMs = performance.now()
        this.noteRead(endMs - startMs, endMs)
        startMs = endMs
      }
    } catch (error) {
      return Promise.reject(asError(error))
    }
    return values
  }

  private noteRead(tookMs: number, nowMs: number): void {
    this.readMs += (tookMs - this.readMs) * readShare
    if (this.readMs <= this.slowReadMs) return
    this.slowUntilMs = nowMs + this.readMs * limits.diskSlowReadRest
    this.readMs = 0
  }

  /** The reads of one turn of the event loop cross to the disk's threads together. */
  private readTogether(keys: readonly Uint8Array[]): Promise<Values> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ keys, resolve, reject })
      if (this.waiting.length > 1) return
      setImmediate(() => {
        void this.readWaiting()
      })
    })
  }

  private async readWaiting(): Promise<void> {
    const { waiting } = this
    this.waiting = []
    try {
      const values = await this.db.getMany(waiting.flatMap(({ keys }) => keys))
      let at = 0
      for (const { keys, resolve } of waiting) {
        resolve(values.slice(at, at + keys.length))
        at += keys.length
      }
    } catch (error) {
      for (const { reject } of waiting) reject(asError(error))
    }
  }

  write(changes: readonly DiskChange[], options: { readonly sync: boolean }): Promise<void> {
    try {
      const batch = this.db.batch()
      for (const change of changes) {
        if (change.kind === 'put') batch.put(change.key, change.value)
        else batch.del(change.key)
      }
      return batch.write({ sync: options.sync })
    } catch (error) {
      return Promise.reject(asError(error))
    }
  }

  async *scan(range: DiskRange): AsyncGenerator<readonly [key: Uint8Array, value: Uint8Array]> {
    const { gte, lt, reverse = false, limit = -1, keysOnly = false } = range
    const iterator = this.db.iterator({
      gte,
      lt,
      reverse,
      limit,
      values: !keysOnly,
      highWaterMarkBytes: readAheadBytes,
    })
    try {
      for (let ahead = readAheadEntriesMin; ; ahead = Math.min(ahead * 4, readAheadEntriesMax)) {
        const entries = await iterator.nextv(ahead)
        if (entries.length === 0) return
        for (const [key, value] of entries) yield [key, keysOnly ? noBytes : value]
      }
    } finally {
      await iterator.close()
    }
  }

  close(): Promise<void> {
    return this.db.close()
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
