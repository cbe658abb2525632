/** `import.posts`: a folder of Markdown files into an empty store, beside LevelDB writing the same bytes. */

import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import type { Context } from './part.ts'
import { startProgram } from './program.ts'
import { median } from './statistics.ts'

export interface ImportOf {
  /** Where data folders may be made. */
  readonly folder: string
  /** The files to import. */
  readonly blog: string
  readonly posts: number
}

const name = 'import.posts'

/** @returns a data folder that holds the imported blog. */
export async function measureImport(context: Context, of: ImportOf): Promise<string> {
  const isMeasured = context.wants(name)
  context.tell(isMeasured ? name : 'pages: a blog is imported')
  const data = join(of.folder, 'data-0')
  const tookMs: number[] = []
  const rounds = isMeasured ? context.rounds : 1
  for (let round = 0; round < rounds; round++) {
    tookMs.push(await importOnce(context, of, join(of.folder, `data-${round}`)))
  }
  if (!isMeasured) return data
  const floorMs: number[] = []
  for (let round = 0; round < rounds; round++) {
    floorMs.push(await copyOnce(data, join(of.folder, `floor-${round}`)))
  }
  const perPost = tookMs.map((ms) => ms / of.posts)
  context.done({
    name,
    value: 1_000 / median(perPost),
    unit: 'posts/s',
    p50: median(perPost),
    p99: Math.max(...perPost),
    floor: (of.posts * 1_000) / median(floorMs),
  })
  return data
}

/** The whole command, from its start to its end. @returns ms. */
async function importOnce({ profileFolder }: Context, of: ImportOf, data: string): Promise<number> {
  const beganMs = performance.now()
  const running = startProgram({
    args: ['import', of.blog, '--storage-sync', 'off'],
    env: { RINGPOST_DATA: data },
    profileFolder,
  })
  await running.done()
  const counts = `created ${of.posts}, updated 0, unchanged 0, failed 0`
  if (!running.output().includes(counts)) throw new Error(`not ${counts}:\n${running.output()}`)
  return performance.now() - beganMs
}

/** LevelDB alone: everything that the import left behind, written to an empty database. @returns ms. */
async function copyOnce(data: string, folder: string): Promise<number> {
  type Db = ClassicLevel<Uint8Array, Uint8Array>
  const encodings = { keyEncoding: 'view', valueEncoding: 'view' }
  const from: Db = new ClassicLevel(join(data, 'riak/dev1/leveldb'), encodings)
  const entries = await from.iterator().all()
  await from.close()
  const to: Db = new ClassicLevel(folder, encodings)
  await to.open()
  const beganMs = performance.now()
  // A batch for each object: three copies and what their indexes take.
  const batchSize = 6
  for (let at = 0; at < entries.length; at += batchSize) {
    const some = entries.slice(at, at + batchSize)
    await to.batch(some.map(([key, value]) => ({ type: 'put' as const, key, value })))
  }
  const tookMs = performance.now() - beganMs
  await to.close()
  return tookMs
}
