/**
 * `search.query`: one question after another, each another word of the posts, by the API.
 *
 *     posts ─▶ ringpost import ─▶ data ─▶ ringpost serve ◀─ 4 connections: /api/search?q=…
 *                                         bare Hono app  ◀─ the same, with the bytes of one answer
 */

import { setTimeout as rest } from 'node:timers/promises'
import type { HonoFloor } from './hono-floor.ts'
import type { HttpLoad } from './http-load.ts'
import { importBlog } from './load-part.ts'
import { measureBeside } from './measure.ts'
import type { Part } from './part.ts'
import { freshFolder, startServe } from './program.ts'
import { readWords } from './read-site.ts'
import { settledAnswer } from './settled-answer.ts'
import { startWorker } from './worker.ts'

const name = 'search.query'
/** Few: the index answers one at a time, and what waits in line is not its work. */
const connections = 4
const headers = { accept: 'application/json' }
const wholeMsMax = 120_000

export const searchPart: Part = {
  names: [name],

  async run(context) {
    const { cleanUp } = context
    const folder = freshFolder('search')
    cleanUp(folder.remove)
    const server = await startServe(await importBlog(context, folder.path), context)
    cleanUp(server.stop)
    const words = await readWords(server.url)
    const paths = words.map((word) => `/api/search?limit=10&q=${encodeURIComponent(word)}`)
    const [first = '/'] = paths
    await untilWhole(`${server.url}${first}`)
    const load = startWorker<HttpLoad>('http-load.ts')
    cleanUp(load.end)
    const floor = startWorker<HonoFloor>('hono-floor.ts')
    cleanUp(floor.end)
    const floorUrl = await floor.call(
      'start',
      await settledAnswer(`${server.url}${first}`, headers),
    )
    const loadOf = { paths, headers, connections }
    await measureBeside(context, {
      name,
      unit: 'requests/s',
      pid: server.pid,
      program: (seconds) => load.call('round', { ...loadOf, url: server.url, seconds }),
      floor: (seconds) => load.call('round', { ...loadOf, url: floorUrl, seconds }),
    })
  },
}

/** The archive is read in the background after a start. */
async function untilWhole(address: string): Promise<void> {
  const endMs = performance.now() + wholeMsMax
  while (performance.now() < endMs) {
    const answer = await fetch(address)
    const { isWhole } = (await answer.json()) as { isWhole?: boolean }
    if (isWhole === true) return
    await rest(200)
  }
  throw new Error(`the search has not read the archive in ${wholeMsMax / 1_000} s`)
}
