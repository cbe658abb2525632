/**
 * `load.mix`, `load.peak`, `load.memory`: a whole blog under the traffic of a busy day.
 *
 *     posts ─▶ ringpost import ─▶ data ─▶ ringpost serve ◀─ 64 connections: pages, feeds, searches, comments
 *                                             └ resident memory, sampled meanwhile
 *
 * The mix asks as fast as it is answered: how many requests there can be. The peak comes at its own pace, 2,500 a
 * second, and each visitor is late from the moment he came: how long people wait, and whether memory stays flat.
 * Any answer that is no 200, 303 or 304 fails the part: what is refused costs little, and is not counted.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { makePosts, writePosts } from './blog-data.ts'
import { cpuMs } from './machine.ts'
import { memorySlope, watchMemory, type MemorySample } from './memory.ts'
import type { MixFloor } from './mix-floor.ts'
import { type MixLoad, type MixOf, type MixRound, type Weights, kinds } from './mix-load.ts'
import type { Context, Part } from './part.ts'
import { type Served, freshFolder, root, startProgram, startServe } from './program.ts'
import { readSite } from './read-site.ts'
import { settledAnswer } from './settled-answer.ts'
import { median, summarise } from './statistics.ts'
import { type Worker, startWorker } from './worker.ts'

/** The issue's mix, of a hundred requests. */
const weights: Weights = { home: 50, post: 30, tag: 10, feed: 6, search: 3, comment: 1 }
const connections = 64
/** Five times the mean of 40 million page views a day. */
const peakPerSecond = 2_500
/** Real posts, where they are; else as many that are made. */
const realPosts = join(root, '../shared/data/nodejs-blog')
const madePosts = 1_000
const roundSeconds = 10
const mixRounds = 3
/** Compilers have seen the code, and every page has been asked for. */
const warmUpSeconds = 10
const browser = { 'accept-encoding': 'gzip, deflate, br, zstd', accept: 'text/html,*/*;q=0.8' }

/** The blog, and who asks for it; its floor, and who asks for that. */
interface Stage {
  readonly server: Served
  readonly load: Worker<MixLoad>
  readonly floor: Worker<MixLoad>
}

export const loadPart: Part = {
  names: ['load.mix', 'load.peak', 'load.memory'],

  async run(context) {
    const { cleanUp, tell, wants } = context
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
    const stage = await prepare(context, server)
    tell('load: warming up')
    assertServed(await stage.load.call('round', { ...roundOf(0), seconds: warmUpSeconds }))
    if (wants('load.mix')) await measureMix(context, stage)
    if (wants('load.peak') || wants('load.memory')) await measurePeak(context, stage)
  },
}

/** @returns the data folder of a blog of real posts, where they are. */
export async function importBlog({ tell }: Context, folder: string): Promise<string> {
  const isReal = existsSync(realPosts)
  const blog = isReal ? realPosts : join(folder, 'blog')
  tell(`${isReal ? "the Node.js project's blog" : `a blog of ${madePosts} posts`} is imported`)
  if (!isReal) writePosts(blog, makePosts(madePosts))
  const data = join(folder, 'data')
  const args = ['import', blog, '--storage-sync', 'off']
  await startProgram({ args, env: { RINGPOST_DATA: data } }).done()
  return data
}

/** The floor answers with what the blog answers: its front page, its newest post, its most used tag. */
async function prepare({ tell, cleanUp }: Context, server: Served): Promise<Stage> {
  const { url } = server
  tell('load: every post is read once')
  const site = await readSite(url)
  const load = startWorker<MixLoad>('mix-load.ts')
  cleanUp(load.end)
  await load.call('know', site)
  const answerOf = (path = '/') => settledAnswer(`${url}${path}`, browser)
  const floorServer = startWorker<MixFloor>('mix-floor.ts')
  cleanUp(floorServer.end)
  const floorUrl = await floorServer.call('start', {
    home: await answerOf(),
    post: await answerOf(site.posts[0]?.path),
    tag: await answerOf(site.tags[0]),
    feed: await answerOf('/feed.atom'),
    search: await answerOf(`/search?q=${encodeURIComponent(site.words[0] ?? 'blog')}`),
  })
  const floor = startWorker<MixLoad>('mix-load.ts')
  cleanUp(floor.end)
  await floor.call('know', { ...site, url: floorUrl })
  return { server, load, floor }
}

function roundOf(round: number): MixOf {
  return { weights, connections, seconds: roundSeconds, seed: 1 + round }
}

async function measureMix(context: Context, stage: Stage): Promise<void> {
  const measured: MixRound[] = []
  const micros: number[] = []
  for (let round = 1; round <= mixRounds; round++) {
    const { made, cpuMicros } = await measureRound(context, stage, 'load.mix', roundOf(round))
    measured.push(made)
    micros.push(...cpuMicros)
  }
  const { perSecond, p50, p99 } = summarise(measured.map(({ all }) => all))
  const floor = (await measureFloor(context, stage, 'load.mix', {})).perSecond
  const cpuMicros = micros.length === 0 ? undefined : median(micros)
  context.done({
    name: 'load.mix',
    value: perSecond,
    unit: 'requests/s',
    p50,
    p99,
    floor,
    cpuMicros,
  })
}

async function measurePeak(context: Context, stage: Stage): Promise<void> {
  const { loadSeconds, wants, done } = context
  const rounds = Math.max(1, Math.round(loadSeconds / roundSeconds))
  const measured: MixRound[] = []
  const micros: number[] = []
  const memory = watchMemory(stage.server.pid, loadSeconds < 120 ? 1_000 : 5_000)
  for (let round = 1; round <= rounds; round++) {
    const of = { ...roundOf(mixRounds + round), perSecond: peakPerSecond }
    const last = memory.samples().at(-1)
    const { made, cpuMicros } = await measureRound(context, stage, 'load.peak', of, last)
    measured.push(made)
    micros.push(...cpuMicros)
  }
  const samples = memory.stop()
  if (wants('load.peak')) {
    const { p50, p99 } = summarise(measured.map(({ all }) => all))
    const floor = await measureFloor(context, stage, 'load.peak', { perSecond: peakPerSecond })
    const cpuMicros = micros.length === 0 ? undefined : median(micros)
    done({ name: 'load.peak', value: p99, unit: 'ms', p50, p99, floor: floor.p99, cpuMicros })
  }
  if (wants('load.memory') && samples.length > 2) {
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

async function measureRound(
  { tell }: Context,
  { server, load }: Stage,
  name: string,
  of: MixOf,
  memory?: MemorySample,
): Promise<{ readonly made: MixRound; readonly cpuMicros: readonly number[] }> {
  const before = cpuMs(server.pid)
  const loadBefore = cpuMs(load.pid)
  const made = await load.call('round', of)
  assertServed(made)
  const after = cpuMs(server.pid)
  const loadAfter = cpuMs(load.pid)
  if (before === undefined || after === undefined) return { made, cpuMicros: [] }
  const coreMs = made.all.seconds * 1_000
  const cores = `cores ${((after - before) / coreMs).toFixed(2)}`
  const ofLoad = `of the load ${(((loadAfter ?? 0) - (loadBefore ?? 0)) / coreMs).toFixed(2)}`
  tell(`${name}: ${describeRound(made, memory)}; ${cores}, ${ofLoad}`)
  return { made, cpuMicros: [((after - before) * 1_000) / made.all.operations] }
}

function assertServed({ statuses }: MixRound): void {
  const refused = Object.entries(statuses).filter(([name]) => !/ (?:200|303|304)$/.test(name))
  if (refused.length > 0) {
    const list = refused.map(([name, count]) => `${name}: ${count} times`).join(', ')
    throw new Error(`not everything was served: ${list}`)
  }
}

function describeRound(
  { all, kinds: of, left }: MixRound,
  memory: MemorySample | undefined,
): string {
  const each = kinds.flatMap((kind) => {
    const some = of[kind]
    return some === undefined ? [] : [`${kind} ${some.p50.toFixed(1)}/${some.p99.toFixed(1)}`]
  })
  const rate = Math.round(all.operations / all.seconds)
  const late = left === 0 ? '' : `, ${left} still waited at the end`
  const resident = memory === undefined ? '' : `, ${Math.round(memory.mib)} MiB`
  return `${rate}/s, p50/p99 ms ${all.p50.toFixed(1)}/${all.p99.toFixed(1)} (${each.join(', ')})${late}${resident}`
}

/** The same requests at a bare Hono app. */
async function measureFloor(
  { tell, seconds, rounds }: Context,
  { floor }: Stage,
  name: string,
  pace: Pick<MixOf, 'perSecond'>,
): Promise<{ readonly perSecond: number; readonly p99: number }> {
  const made: MixRound[] = []
  for (let round = 0; round <= rounds; round++) {
    const one = await floor.call('round', { ...roundOf(round), ...pace, seconds })
    // The first warms up.
    if (round > 0) made.push(one)
  }
  const { perSecond, p99 } = summarise(made.map(({ all }) => all))
  tell(`${name}: its floor ${Math.round(perSecond)}/s, p99 ms ${p99.toFixed(1)}`)
  return { perSecond, p99 }
}
