/** An export of Ghost brought into a blog: the JSON alone, a folder, a zip. */

import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ZipFile } from 'yazl'

import { openGhost, type GhostOptions } from '../../../../src/import/ghost/ghost-source.ts'
import { importAll, type ImportReport } from '../../../../src/import/import-run.ts'
import type { Blog, PostView } from '../../../../src/store/blog.ts'
import { blogOn, memoryRiak } from '../../../support/open-blog.ts'
import { realClock } from '../../../support/real-clock.ts'

let root: string
let blog: Blog
let said: string[]
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'ringpost-ghost-'))
  blog = await blogOn(memoryRiak())
})
afterEach(async () => {
  await blog.stop()
  rmSync(root, { recursive: true, force: true })
})

async function bring(path: string, options: Partial<GhostOptions> = {}): Promise<ImportReport> {
  said = []
  const source = await openGhost(path, { html: 'markdown', media: undefined, ...options })
  try {
    const report = await importAll(source, {
      blog,
      clock: realClock(),
      isDryRun: false,
      listener: {
        read: () => undefined,
        found: () => undefined,
        failed: (origin, reason) => said.push(`${origin}: ${reason}`),
        noted: (_origin, note) => said.push(note.kind),
        done: () => undefined,
      },
    })
    await blog.settle()
    return report
  } finally {
    await source.close?.()
  }
}

const counts = ({ created, updated, unchanged, failed }: ImportReport): string =>
  `created ${created}, updated ${updated}, unchanged ${unchanged}, failed ${failed}`
const kindsOf = ({ noted }: ImportReport): readonly string[] => noted.map(({ kind }) => kind)
const post = async (slug: string): Promise<PostView> => {
  const found = await blog.posts.bySlug(slug)
  if (found.kind !== 'post') throw new Error(`${slug} is ${found.kind}`)
  return found.post
}
const write = (name: string, content: string | Uint8Array): string => {
  const path = join(root, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  return path
}

type Row = Readonly<Record<string, unknown>>
const paragraph = (text: string): string =>
  JSON.stringify({
    root: { type: 'root', children: [{ type: 'paragraph', children: [{ type: 'text', text }] }] },
  })
const row = (n: number, more: Row = {}): Row => ({
  id: `64a0000000000000000000${String(n).padStart(2, '0')}`,
  uuid: `7c1e9f00-0000-4000-8000-0000000000${String(n).padStart(2, '0')}`,
  title: `Post ${n}`,
  slug: `post-${n}`,
  lexical: paragraph(`Text of ${n}`),
  mobiledoc: null,
  html: `<p>Text of ${n}</p>`,
  type: 'post',
  status: 'published',
  visibility: 'public',
  created_at: '2023-01-01T00:00:00.000Z',
  published_at: `2023-01-${String(1 + n).padStart(2, '0')}T10:20:30.000Z`,
  ...more,
})
const site = (posts: readonly Row[], tables: Row = {}, version = '5.130.0'): string =>
  JSON.stringify({ db: [{ meta: { exported_on: 1, version }, data: { posts, ...tables } }] })

const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

describe('an export of Ghost', () => {
  test('brings posts and pages with tags, authors, dates, summaries and pictures; again it changes nothing', async () => {
    const path = write(
      'blog.ghost.2023-05-01.json',
      site(
        [
          row(1, {
            custom_excerpt: 'In short',
            feature_image: '__GHOST_URL__/content/images/2023/a.png',
          }),
          row(2, { type: 'page', title: 'About us', slug: 'about-us' }),
        ],
        {
          tags: [
            { id: 't1', name: 'News & More', slug: 'news', visibility: 'public' },
            { id: 't2', name: '#internal', slug: 'hash-internal', visibility: 'internal' },
          ],
          users: [
            { id: 'u1', name: 'Ann', slug: 'ann' },
            { id: 'u2', name: 'Bob', slug: 'bob' },
          ],
          posts_tags: [
            { post_id: row(1)['id'], tag_id: 't1', sort_order: 0 },
            { post_id: row(1)['id'], tag_id: 't2', sort_order: 1 },
          ],
          posts_authors: [
            { post_id: row(1)['id'], author_id: 'u2', sort_order: 1 },
            { post_id: row(1)['id'], author_id: 'u1', sort_order: 0 },
          ],
          posts_meta: [
            { post_id: row(1)['id'], feature_image_alt: 'A dot', feature_image_caption: '' },
          ],
        },
      ),
    )
    write('content/images/2023/a.png', picture)
    const report = await bring(path)
    expect(counts(report)).toBe('created 2, updated 0, unchanged 0, failed 0')
    expect(await post('post-1')).toMatchObject({
      title: 'Post 1',
      summary: 'In short',
      author: 'Ann, Bob',
      tags: ['news-&-more'],
      publishedAt: '2023-01-02T10:20:30.000Z',
      kind: 'post',
      body: expect.stringMatching(
        /^!\[A dot\]\(\/media\/[0-9a-f]{64}\/a\.png\)\n\nText of 1\n$/,
      ) as unknown,
    })
    expect(await post('about-us')).toMatchObject({ kind: 'page', title: 'About us' })
    expect(kindsOf(report)).toEqual(['internal tags, which are left out'])
    expect(counts(await bring(path))).toBe('created 0, updated 0, unchanged 2, failed 0')
  })

  test('of the versions 1 to 6 is read: Lexical, Mobiledoc, HTML alone; old dates and pages', async () => {
    const mobiledoc = JSON.stringify({
      version: '0.3.1',
      atoms: [],
      cards: [],
      markups: [],
      sections: [[1, 'p', [[0, [], 0, 'Of Mobiledoc']]]],
    })
    const path = write(
      'x.json',
      site([
        row(1, { lexical: null, mobiledoc }),
        row(2, {
          lexical: null,
          html: '<!--kg-card-begin: html--><p>Of <b>HTML</b></p><!--kg-card-end: html-->',
        }),
        row(3, { lexical: '{"root":7}', html: '<p>The page</p>' }),
        row(4, { type: undefined, page: 1, published_at: 1_400_000_000_000, lexical: null }),
        row(5, { lexical: null, html: null, markdown: 'Of *Markdown*' }),
      ]),
    )
    expect(counts(await bring(path))).toBe('created 5, updated 0, unchanged 0, failed 0')
    expect((await post('post-1')).body).toBe('Of Mobiledoc\n')
    expect((await post('post-2')).body).toBe('Of **HTML**\n')
    expect((await post('post-3')).body).toBe('The page\n')
    expect(await post('post-4')).toMatchObject({
      kind: 'page',
      publishedAt: '2014-05-13T16:53:20.000Z',
    })
    expect((await post('post-5')).body).toBe('Of *Markdown*\n')
    // As its API gives it.
    const api = write('api.json', JSON.stringify({ meta: {}, data: { posts: [row(6)] } }))
    expect(counts(await bring(api))).toBe('created 1, updated 0, unchanged 0, failed 0')
  })

  test('makes drafts of what not everybody could read, and says so', async () => {
    const path = write(
      'x.json',
      site([
        row(1, { status: 'draft', published_at: null }),
        row(2, { status: 'scheduled', published_at: '2099-01-01T00:00:00.000Z' }),
        row(3, { status: 'sent' }),
        row(4, { visibility: 'members' }),
        row(5, { visibility: 'paid' }),
        row(6, { codeinjection_head: '<script>x()</script>', canonical_url: 'https://a.example' }),
      ]),
    )
    const report = await bring(path)
    expect(counts(report)).toBe('created 6, updated 0, unchanged 0, failed 0')
    for (const n of [1, 2, 3, 4, 5])
      expect(await blog.posts.bySlug(`post-${n}`)).toEqual({ kind: 'hidden' })
    expect((await post('post-6')).body).not.toContain('script')
    expect([...kindsOf(report)].sort()).toEqual([
      'canonical addresses, which are left out',
      'code injected into posts, which is left out',
      'posts that only members could read, which are drafts now',
      'posts that were sent as letters only, which are drafts now',
      'scheduled posts (their date is kept), which are drafts now',
    ])
  })

  test('leads old addresses on: permalinks of its routes, redirects beside it; links between posts', async () => {
    const path = write(
      'x.json',
      site([
        row(1, { lexical: null, html: '<p><a href="__GHOST_URL__/post-2/#end">two</a></p>' }),
        row(2),
      ]),
    )
    write('routes.yaml', 'collections:\n  /blog/:\n    permalink: /blog/{year}/{slug}/\n')
    write(
      'redirects.json',
      JSON.stringify([
        { from: '^/was-one/?$', to: '/post-1/' },
        { from: '/many/(.*)', to: '/$1' },
      ]),
    )
    const report = await bring(path)
    for (const alias of ['post-1', 'blog/2023/post-1', 'was-one'])
      expect(await blog.posts.byAlias(alias)).toMatchObject({ kind: 'moved', slug: 'post-1' })
    expect((await post('post-1')).body).toBe('[two](/posts/post-2#end)\n')
    expect(kindsOf(report)).toContain('redirects of patterns, which are left out')
  })

  test('packed with its files is read without unpacking it; a smaller size stands for the picture', async () => {
    const zip = new ZipFile()
    const lexical = JSON.stringify({
      root: {
        children: [
          { type: 'image', src: '__GHOST_URL__/content/images/size/w600/2023/a.png', alt: 'A' },
          { type: 'image', src: '__GHOST_URL__/content/images/2023/not-there.png' },
          { type: 'image', src: '__GHOST_URL__/content/images/../../etc/passwd.png' },
        ],
      },
    })
    zip.addBuffer(Buffer.from(site([row(1, { lexical })])), 'backup/blog.ghost.2023.json')
    zip.addBuffer(picture, 'backup/content/images/2023/a.png')
    zip.end()
    await pipeline(zip.outputStream, createWriteStream(join(root, 'x.zip')))
    const report = await bring(join(root, 'x.zip'))
    expect(counts(report)).toBe('created 1, updated 0, unchanged 0, failed 0')
    expect((await post('post-1')).body).toMatch(
      /^!\[A\]\(\/media\/[0-9a-f]{64}\/a\.png\)\n\n!\[\]\(\/content\/images\/2023\/not-there\.png\)/,
    )
    expect(kindsOf(report)).toContain('links to files of the old site, which stay')
  })

  test('reads no file outside of its folder, by whatever link', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'ringpost-outside-'))
    try {
      writeFileSync(join(outside, 'secret.png'), picture)
      mkdirSync(join(root, 'content/images'), { recursive: true })
      symlinkSync(join(outside, 'secret.png'), join(root, 'content/images/link.png'))
      const images = ['link.png', '../../../secret.png', '%2e%2e/%2e%2e/secret.png'].map(
        (name) => ({
          type: 'image',
          src: `__GHOST_URL__/content/images/${name}`,
        }),
      )
      const lexical = JSON.stringify({ root: { children: images } })
      await bring(write('x.json', site([row(1, { lexical })])))
      expect((await post('post-1')).body).not.toContain('/media/')
    } finally {
      rmSync(outside, { recursive: true, force: true })
    }
  })

  test.each([
    ['no JSON', '{"db": [', 'was the export copied to its end?'],
    ['JSON of another kind', '{"data": {"users": []}}', 'it has no list of posts'],
    ['no object', '[1]', 'it has no list of posts'],
  ])('that is %s is refused in words', async (_what, text, why) => {
    await expect(bring(write('x.json', text))).rejects.toThrow(why)
  })

  test('with rows of any shape brings what are posts, and names the others', async () => {
    const rows = [
      null,
      7,
      [],
      {},
      { id: {} },
      row(1, { title: '', slug: '' }),
      row(1),
      row(2, { slug: 'post-1' }),
    ]
    const path = write(
      'x.json',
      site(rows as readonly Row[], {
        tags: [null, { id: 't', name: { a: 1 } }],
        posts_tags: [1, { post_id: row(1)['id'], tag_id: 't' }],
        users: 'none',
      }),
    )
    const report = await bring(path)
    expect(counts(report)).toBe('created 3, updated 0, unchanged 0, failed 5')
    expect((await post('post-1')).title).toBe('Post 1')
    expect(said.filter((line) => line.includes('neither an id nor a slug'))).toHaveLength(5)
    expect(({} as { x?: unknown }).x).toBeUndefined()
  })

  test('with 10,000 tags on a post takes the first ones, and says so', async () => {
    const tags = Array.from({ length: 10_000 }, (_, n) => ({ id: `t${n}`, name: `tag ${n}` }))
    const path = write(
      'x.json',
      site([row(1)], {
        tags,
        posts_tags: tags.map(({ id }, n) => ({ post_id: row(1)['id'], tag_id: id, sort_order: n })),
      }),
    )
    const report = await bring(path)
    expect(counts(report)).toBe('created 1, updated 0, unchanged 0, failed 0')
    expect(kindsOf(report)).toContain('posts with too many tags')
  })
})
