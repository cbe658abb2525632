/** The search in the thread that the program uses, with its file on a disk. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { startSearch } from '../../src/commands/start-search.ts'
import { workerThreads } from '../../src/runtime/worker-threads.ts'
import type { Search } from '../../src/search/search.ts'
import { blogOn, memoryRiak, recordingLog } from '../support/open-blog.ts'
import { until } from '../support/program.ts'
import { realClock } from '../support/real-clock.ts'

let dataFolder: string
beforeAll(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'ringpost-search-'))
})
afterAll(() => {
  rmSync(dataFolder, { recursive: true, force: true })
})

test('is filled, saved, and loaded by the next start (a thread, a file)', async () => {
  const clock = realClock()
  const blog = await blogOn(memoryRiak())
  for (let n = 0; n < 30; n++) {
    const dated = { status: 'published', publishedAt: '2020-01-01T00:00:00Z' } as const
    await blog.posts.create({ title: `Otter ${n}`, body: `x${n} river`, ...dated }, { by: 'ann' })
  }
  const machine = { clock, log: recordingLog(), threads: workerThreads() }
  const open = async (): Promise<Search> => {
    const search = startSearch(blog, { site: 'blog', dataFolder }, machine)
    await until('the archive is read', 60_000, () => search.state().isWhole)
    return search
  }
  const first = await open()
  const found = await first.find('rivr x17', { offset: 0, limit: 10 })
  expect(found.results.map(({ post }) => post.title)).toEqual(['Otter 17'])
  expect(found.results[0]?.text.filter(({ isMatch }) => isMatch).map(({ text }) => text)).toEqual([
    'x17',
    'river',
  ])
  await first.stop()

  const second = await open()
  expect(second.state()).toMatchObject({ posts: 30, known: 30 })
  const again = await second.find('rivr x17', { offset: 0, limit: 10 })
  expect(again.results).toEqual(found.results)
  await second.stop()
  await blog.stop()
})
