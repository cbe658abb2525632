/**
 * Blogs from elsewhere, exported and brought into an empty store: every page has the same bytes.
 *
 *     WordPress, generated ─▶ a store ─▶ export (json, markdown; folder, zip) ─▶ an empty store
 *                                 │                                                   │
 *                                 └── every page, feed, file and answer of both, compared ┘
 *
 * Needs `../shared/data` for the real one.
 */

import { existsSync, writeFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'

import { openImport, type ImportFormat } from '../../src/commands/import-formats.ts'
import { importAll } from '../../src/import/import-run.ts'
import type { Blog } from '../../src/store/blog.ts'
import { everyPage } from '../support/every-page.ts'
import { largeSlug, oldAddress, wordpressExport } from '../support/large-blog.ts'
import { realClock } from '../support/real-clock.ts'
import { brought, exported, exportsFolder, newBlog } from '../support/round-trip.ts'

interface Source {
  readonly name: string
  readonly path: string
  readonly format: ImportFormat
  readonly posts: number
  readonly comments: number
  readonly pagesMin: number
  readonly questions: readonly string[]
  /** Old addresses, which no page names. */
  readonly paths: readonly string[]
}

const folder = exportsFolder()
const generated = { posts: 300, comments: 1_500 }

/** A file of the generator's, made when it is asked for. */
function generatedFile(): string {
  const path = folder.at('generated.xml')
  writeFileSync(path, [...wordpressExport(generated)].join(''))
  return path
}

const sources: readonly Source[] = [
  {
    name: 'theme-preview.xml',
    path: '../shared/data/theme-preview.xml',
    format: 'wxr',
    posts: 7,
    comments: 2,
    pagesMin: 30,
    questions: ['boat', 'lorem'],
    paths: ['/?p=19', '/?p=36'],
  },
  {
    name: 'the blog of Node.js',
    path: '../shared/data/nodejs-blog',
    format: 'markdown',
    posts: 1_049,
    comments: 0,
    pagesMin: 1_100,
    questions: ['security', 'libuv'],
    paths: [],
  },
  {
    name: 'a generated blog of 300 posts and 1,500 comments',
    path: generatedFile(),
    format: 'wxr',
    ...generated,
    pagesMin: 600,
    questions: ['entry', 'bafi'],
    paths: [7, 150, 299].flatMap((n) => [oldAddress(n), `/?p=${n}`, `/posts/${largeSlug(n)}`]),
  },
]

afterAll(() => {
  folder.remove()
})

async function imported(source: Source): Promise<Blog> {
  const { blog } = await newBlog()
  const options = { format: source.format, html: 'markdown', media: undefined } as const
  const report = await importAll(await openImport(source.path, options), {
    blog,
    clock: realClock(),
    listener: {
      read: () => undefined,
      found: () => undefined,
      failed: () => undefined,
      noted: () => undefined,
      done: () => undefined,
    },
  })
  await blog.settle()
  expect(report).toMatchObject({
    created: source.posts,
    failed: 0,
    commentsCreated: source.comments,
  })
  return blog
}

/** Where pages part: the path, and some words of each from there. */
function differences(
  pages: ReadonlyMap<string, string>,
  copied: ReadonlyMap<string, string>,
): readonly string[] {
  return [...pages].flatMap(([path, page]) => {
    const copy = copied.get(path) ?? ''
    if (copy === page) return []
    let at = 0
    while (at < page.length && page[at] === copy[at]) at++
    const wordsOf = (text: string): string => text.slice(Math.max(0, at - 60), at + 100)
    return [`${path}: ${wordsOf(page)} | ${wordsOf(copy)}`]
  })
}

describe.each(sources)('$name', (source) => {
  const isThere = existsSync(source.path)
  if (!isThere) console.log(`skipped: ${source.path} is not there`)

  test.skipIf(!isThere)(
    'exported in either form and brought into an empty store: every page has the same bytes',
    async () => {
      const blog = await imported(source)
      const { questions, paths } = source
      const pages = await everyPage(blog, { questions, paths })
      expect(pages.size).toBeGreaterThan(source.pagesMin)
      for (const path of paths) expect(pages.get(path)?.slice(0, 3), path).toMatch(/^(200|301)$/)
      for (const [layout, name] of [
        ['json', 'blog.zip'],
        ['markdown', 'blog'],
      ] as const) {
        const place = folder.at(`${source.posts} ${layout} ${name}`)
        const { manifest, missing } = await exported(blog, place, { layout })
        expect(missing).toEqual([])
        expect(manifest).toMatchObject({ complete: true, counts: { posts: source.posts } })

        const { blog: empty } = await newBlog()
        const { report, failed } = await brought(empty, place)
        expect(failed).toEqual([])
        expect(report.damage).toEqual([])
        const copied = await everyPage(empty, { questions, paths })
        expect([...copied.keys()]).toEqual([...pages.keys()])
        expect(differences(pages, copied)).toEqual([])
        await empty.stop()
      }
      await blog.stop()
    },
  )
})
