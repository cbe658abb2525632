/** Worker: LevelDB alone reading the same posts, a thousand at a time, and `JSON.parse` of each. */

import { openLevel } from '../../src/runtime/level-disk.ts'
import { jobKey, jobPageKeys, jobPost, jobPostCount } from './job-posts.ts'
import { answerParent } from './worker.ts'

type Level = Awaited<ReturnType<typeof openLevel>>

export type JobFloor = {
  fill: (at: { readonly folder: string }) => Promise<void>
  /** @returns ms. */
  run: (none: object) => Promise<number>
  close: (none: object) => Promise<void>
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()
let db: Level | undefined

function opened(): Level {
  if (db === undefined) throw new Error('nothing is open yet')
  return db
}

function pageAt(from: number): Uint8Array[] {
  return Array.from({ length: jobPageKeys }, (_, n) => encoder.encode(jobKey(from + n)))
}

answerParent({
  async fill({ folder }) {
    db = await openLevel({ folder })
    for (let from = 0; from < jobPostCount; from += jobPageKeys) {
      const keys = pageAt(from)
      await db.batch(
        keys.map((key, at) => ({ type: 'put' as const, key, value: jobPost(from + at) })),
      )
    }
  },

  async run() {
    const beganMs = performance.now()
    for (let from = 0; from < jobPostCount; from += jobPageKeys) {
      for (const value of await opened().getMany(pageAt(from))) {
        JSON.parse(decoder.decode(value))
      }
    }
    return performance.now() - beganMs
  },

  async close() {
    await db?.close()
  },
} satisfies JobFloor)
