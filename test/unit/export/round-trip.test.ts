/** An export brought into an empty store is the same blog; into a filled one, it merges. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { Blog } from '../../../src/store/blog.ts'
import { everyPage } from '../../support/every-page.ts'
import { fillRichBlog, hiddenPaths, questions } from '../../support/rich-blog.ts'
import { brought, exported, exportsFolder, newBlog } from '../../support/round-trip.ts'

const folder = exportsFolder()
const asked = { questions, paths: hiddenPaths }
let blog: Blog
let pages: ReadonlyMap<string, string>

beforeAll(async () => {
  blog = (await newBlog()).blog
  await fillRichBlog(blog)
  pages = await everyPage(blog, asked)
})
afterAll(() => {
  folder.remove()
})

describe.each(['json', 'markdown'] as const)('%s', (layout) => {
  test.each(['a folder', 'a file.zip'])('from %s: every page has the same bytes', async (name) => {
    const place = folder.at(`${layout} ${name}`)
    const { manifest, missing } = await exported(blog, place, { layout })
    expect(missing).toEqual([])
    expect(manifest).toMatchObject({ complete: true, counts: { posts: 33, media: 2 } })

    const { blog: empty } = await newBlog()
    const { report, failed } = await brought(empty, place)
    expect(failed).toEqual([])
    expect(report.damage).toEqual([])
    expect(report.of.posts).toEqual({ created: 33, updated: 0, unchanged: 0, failed: 0 })

    const copied = await everyPage(empty, asked)
    expect([...copied.keys()]).toEqual([...pages.keys()])
    for (const [path, page] of pages) expect(copied.get(path), path).toBe(page)
    expect(pages.size).toBeGreaterThan(60)
    expect(await empty.jobs.verify()).toEqual([])
  })
})
