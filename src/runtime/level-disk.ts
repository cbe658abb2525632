/** LevelDB behind the `Disk` port: one folder, opened by one process at a time. */

import { ClassicLevel } from 'classic-level'
import { OperationError } from '../kernel/errors.ts'
import type { Disk, DiskChange, DiskRange } from '../kernel/ports.ts'

export interface LevelDiskOptions {
  /** Made if missing. */
  readonly folder: string
  /** Blocks kept in memory. Default 32 MiB. */
  readonly cacheBytes?: number
}

/** Writes gathered in memory before they become a file: fewer, larger files than the default 4 MiB. */
const writeBufferBytes = 16 * 1_048_576
const cacheBytesDefault = 32 * 1_048_576
/**
 * A scan reads ahead by so many entries, first few, for it may stop early, then more; and never more
 * than so many bytes.
 */
const readAheadEntriesMin = 16
const readAheadEntriesMax = 512
const readAheadBytes = 262_144

const noBytes = new Uint8Array(0)

type Db = ClassicLevel<Uint8Array, Uint8Array>

/**
 * @throws OperationError `BLOG_UNAVAILABLE` where another process has the folder open,
 * `BLOG_UNREADABLE_VALUE` where it is damaged or may not be read; the message names the folder.
 */
export async function openLevelDisk(options: LevelDiskOptions): Promise<Disk> {
  const { folder, cacheBytes = cacheBytesDefault } = options
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
  return new LevelDisk(db)
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

interface Waiting {
  readonly key: Uint8Array
  readonly resolve: (value: Uint8Array | undefined) => void
  readonly reject: (error: Error) => void
}

class LevelDisk implements Disk {
  private readonly db: Db
  private waiting: Waiting[] = []

  constructor(db: Db) {
    this.db = db
  }

  /** The gets of one turn of the event loop cross to the disk's thread together. */
  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ key, resolve, reject })
      if (this.waiting.length === 1) {
        queueMicrotask(() => {
          void this.readWaiting()
        })
      }
    })
  }

  private async readWaiting(): Promise<void> {
    const { waiting } = this
    this.waiting = []
    try {
      const values = await this.db.getMany(waiting.map(({ key }) => key))
      for (const [at, { resolve }] of waiting.entries()) resolve(values[at])
    } catch (error) {
      const reason = error instanceof Error ? error : new Error(String(error))
      for (const { reject } of waiting) reject(reason)
    }
  }

  write(changes: readonly DiskChange[], options: { readonly sync: boolean }): Promise<void> {
    const operations = changes.map((change) =>
      change.kind === 'put'
        ? ({ type: 'put', key: change.key, value: change.value } as const)
        : ({ type: 'del', key: change.key } as const),
    )
    return this.db.batch(operations, { sync: options.sync })
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
