/**
 * `load.mix` and `load.memory`: a whole blog under the traffic of a busy day, and whether its memory stays flat.
 *
 *     posts ─▶ ringpost import ─▶ data ─▶ ringpost serve ◀─ 64 connections: pages, feeds, searches, comments
 *                                             └ resident memory, sampled meanwhile
 *
 * Any answer that is no 200, 303 or 304 fails the part: what is refused costs little, and is not counted.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { makePosts, writePosts } from './blog-data.ts'
import type { HonoFloor } from './hono-floor.ts'
import type { HttpLoad } from './http-load.ts'
import { cpuMs } from './machine.ts'
import { memorySlope, watchMemory, type MemorySample } from './memory.ts'
import { type MixLoad, type MixRound, type Weights, kinds } from './mix-load.ts'
import type { Context, Part } from './part.ts'
import { type Served, freshFolder, root, startProgram, startServe } from './program.ts'
import { readSite } from './read-site.ts'
import { settledAnswer } from './settled-answer.ts'
import { median, summarise } from './statistics.ts'
import { type Worker, startWorker } from './worker.ts'

/** The issue's mix, of a hundred requests. */
const weights: Weights = { home: 50, post: 30, tag: 10, feed: 6, search: 3, comment: 1 }
const connections = 64
/** Real posts, where they are; else as many that are made. */
const realPosts = join(root, '../shared/data/nodejs-blog')
const madePosts = 1_000
const roundSeconds = 10
/** Compilers have seen the code, and every page has been asked for. */
const warmUpSeconds = 10
const browser = { 'accept-encoding': 'gzip, deflate, br, zstd', accept: 'text/html,*/*;q=0.8' }

export const loadPart: Part = {
  names: ['load.mix', 'load.memory'],

  async run(context) {
    const { cleanUp, tell } = context
    const folder = freshFolder('load')
    cleanUp(folder.remove)
    const data = await importBlog(context, folder.path)
    const server = await startServe(data, {
      ...context,
      // As it is started by people; behind a proxy, which tells the visitors apart.
      sync: true,
      env: { TRUST_PROXY: '1' },
    })
    cleanUp(server.stop)
    const load = startWorker<MixLoad>('mix-load.ts')
    cleanUp(load.end)
    tell('load: every post is read once')
    await load.call('know', await readSite(server.url))
    await measureLoad(context, server, load)
  },
}

async function importBlog({ tell }: Context, folder: string): Promise<string> {
  const isReal = existsSync(realPosts)
  const blog = isReal ? realPosts : join(folder, 'blog')
  tell(
    `load: ${isReal ? "the Node.js project's blog" : `a blog of ${madePosts} posts`} is imported`,
  )
  if (!isReal) writePosts(blog, makePosts(madePosts))
  const data = join(folder, 'data')
  const args = ['import', blog, '--storage-sync', 'off']
  await startProgram({ args, env: { RINGPOST_DATA: data } }).done()
  return data
}

async function measureLoad(context: Context, server: Served, load: Worker<MixLoad>): Promise<void> {
  const { tell, loadSeconds, done } = context
  const mix = { weights, connections }
  tell('load.mix: warming up')
  assertServed(await load.call('round', { ...mix, seconds: warmUpSeconds, seed: 1 }))
  const rounds = Math.max(1, Math.round(loadSeconds / roundSeconds))
  const measured: MixRound[] = []
  const micros: number[] = []
  const memory = watchMemory(server.pid, loadSeconds < 120 ? 1_000 : 5_000)
  for (let round = 0; round < rounds; round++) {
    const before = cpuMs(server.pid)
    const made = await load.call('round', { ...mix, seconds: roundSeconds, seed: 2 + round })
    assertServed(made)
    measured.push(made)
    if (before !== undefined) {
      micros.push((((cpuMs(server.pid) ?? before) - before) * 1_000) / made.all.operations)
    }
    tell(describeRound(made, memory.samples().at(-1)))
  }
  const samples = memory.stop()
  const { perSecond, p50, p99 } = summarise(measured.map(({ all }) => all))
  if (context.wants('load.mix')) {
    const floor = await measureFloor(context, server)
    const cpuMicros = micros.length === 0 ? undefined : median(micros)
    done({ name: 'load.mix', value: perSecond, unit: 'requests/s', p50, p99, floor, cpuMicros })
  }
  if (context.wants('load.memory') && samples.length > 2) {
    const sizes = samples.map(({ mib }) => mib)
    done({
      name: 'load.memory',
      value: memorySlope(samples),
      unit: 'MiB/min',
      p50: median(sizes),
      p99: Math.max(...sizes),
      floor: 0,
    })
  }
}

function assertServed({ statuses }: MixRound): void {
  const refused = Object.entries(statuses).filter(([name]) => !/ (?:200|303|304)$/.test(name))
  if (refused.length === 0) return
  const list = refused.map(([name, count]) => `${name}: ${count} times`).join(', ')
  throw new Error(`not everything was served: ${list}`)
}

function describeRound({ all, kinds: of }: MixRound, memory: MemorySample | undefined): string {
  const each = kinds.flatMap((kind) => {
    const some = of[kind]
    return some === undefined ? [] : [`${kind} ${some.p50.toFixed(1)}/${some.p99.toFixed(1)}`]
  })
  const rate = Math.round(all.operations / all.seconds)
  const resident = memory === undefined ? '' : `, ${Math.round(memory.mib)} MiB`
  return `load.mix: ${rate}/s, p50/p99 ms ${all.p50.toFixed(1)}/${all.p99.toFixed(1)} (${each.join(', ')})${resident}`
}

/** The same connections at a bare Hono app that answers the front page to everything. */
async function measureFloor(context: Context, { url }: Served): Promise<number> {
  const load = startWorker<HttpLoad>('http-load.ts')
  context.cleanUp(load.end)
  const floor = startWorker<HonoFloor>('hono-floor.ts')
  context.cleanUp(floor.end)
  const floorUrl = await floor.call('start', await settledAnswer(`${url}/`, browser))
  const of = { url: floorUrl, paths: ['/'], headers: browser, connections }
  await load.call('round', { ...of, seconds: context.seconds })
  const made = []
  for (let round = 0; round < context.rounds; round++) {
    made.push(await load.call('round', { ...of, seconds: context.seconds }))
  }
  return summarise(made).perSecond
}
