/**
 * Worker: LevelDB alone doing the reads and writes of `riak.*`: three copies of an object are three values,
 * read by one `getMany` and written by one `batch`, as many operations at once as the load has loops. A write
 * reads the three first, as a put does: what is there decides what is written.
 */

import { randomBytes } from 'node:crypto'
import { openLevel } from '../../src/runtime/level-disk.ts'
import { measureLoops } from './loops.ts'
import type { RoundOf } from './riak-load.ts'
import { keyOf, valueBytes } from './riak-keys.ts'
import type { Round } from './statistics.ts'
import { answerParent } from './worker.ts'

type Level = Awaited<ReturnType<typeof openLevel>>

export type LevelFloor = {
  fill: (at: { readonly folder: string; readonly keys: number }) => Promise<void>
  round: (of: RoundOf) => Promise<Round>
  close: (none: object) => Promise<void>
}

/** What Riak's object adds to a value: its clock and metadata. */
const overheadBytes = 100
const replicas = 3
const partitions = 64
const values = Array.from({ length: 64 }, () => randomBytes(valueBytes + overheadBytes))
const encoder = new TextEncoder()
let db: Level | undefined
let places: Uint8Array[][] = []

function opened(): Level {
  if (db === undefined) throw new Error('nothing is open yet')
  return db
}

/** Keys of the copies of an object: beside each other on the ring, apart on the disk. */
function placesOf(n: number): Uint8Array[] {
  // Fibonacci hashing: neighbours in number are far apart on the ring, as with SHA-1.
  const first = Math.imul(n, 0x9e3779b1) >>> 26
  return Array.from({ length: replicas }, (_, copy) =>
    encoder.encode(`${(first + copy) % partitions}/default/bench/${keyOf(n)}`),
  )
}

function anyPlaces(): Uint8Array[] {
  return places[Math.floor(Math.random() * places.length)] ?? []
}

function changes(at: readonly Uint8Array[], n: number) {
  const value = values[n % values.length] ?? new Uint8Array(0)
  return at.map((key) => ({ type: 'put' as const, key, value }))
}

answerParent({
  async fill({ folder, keys }) {
    db = await openLevel({ folder })
    places = Array.from({ length: keys }, (_, n) => placesOf(n))
    for (let n = 0; n < keys; n += 100) {
      await db.batch(places.slice(n, n + 100).flatMap((at) => changes(at, n)))
    }
  },

  round({ kind, concurrency, seconds }) {
    const get = async (): Promise<void> => {
      const copies = await opened().getMany(anyPlaces())
      if (copies[0] === undefined) throw new Error('a wrong answer')
    }
    const put = async (n: number): Promise<void> => {
      const at = anyPlaces()
      await opened().getMany(at)
      await opened().batch(changes(at, n))
    }
    return measureLoops(kind === 'get' ? get : put, { concurrency, seconds })
  },

  async close() {
    await db?.close()
  },
} satisfies LevelFloor)
