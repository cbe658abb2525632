import { createHash } from 'node:crypto'

import { beforeAll, describe, expect, test } from 'vitest'

import { OperationError } from '../../../../src/kernel/errors.ts'
import { loadAssets } from '../../../../src/http/assets.ts'
import { htmlFaults } from '../../../support/html-faults.ts'
import { fillSampleBlog } from '../../../support/sample-blog.ts'
import { openTestApp } from '../../../support/test-app.ts'
import type { TestApp } from '../../../support/test-app.ts'

let app: TestApp
let ids: ReadonlyMap<string, string>

beforeAll(async () => {
  app = openTestApp()
  ids = await fillSampleBlog(app.blog)
})

const read = async (path: string): Promise<string> => (await app.get(path)).text()

const pages = [
  ['/', 200],
  ['/?page=2', 200],
  ['/posts/everything', 200],
  ['/posts/everything?comment=held', 200],
  ['/posts/node-v8', 200],
  ['/posts/note-1', 200],
  ['/pages/imprint', 200],
  ['/about', 200],
  ['/tags', 200],
  ['/tags/riak', 200],
  ['/archive', 200],
  ['/archive/2016', 200],
  ['/archive/2016/03', 200],
  ['/posts/nothing', 404],
  ['/no/such/place', 404],
  ['/tags/nothing', 404],
  ['/archive/1999', 404],
  ['/archive/2016/13', 404],
  ['/?page=0', 404],
  ['/?page=99', 404],
] as const

describe('every page', () => {
  test.each(pages)(
    '%s (%i) is valid HTML with one h1, landmarks and a skip link',
    async (path, status) => {
      const response = await app.get(path)
      const html = await response.text()
      expect(response.status).toBe(status)
      expect(await htmlFaults(html)).toEqual([])
      expect(html.match(/<h1[ >]/g)).toHaveLength(1)
      expect(html).toMatch(/<body><a class="skip" href="#main">/)
      for (const part of ['<header', '<nav', '<main', '<aside', '<footer', '<html lang="en">']) {
        expect(html).toContain(part)
      }
      const levels = [...html.matchAll(/<h([1-6])/g)].map((match) => Number(match[1]))
      const jumps = levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1)
      expect(jumps).toEqual([])
    },
  )

  test.each(pages)(
    '%s asks no other host, and runs at most the script of its form',
    async (path) => {
      const response = await app.get(path)
      const html = await response.text()
      const policy = response.headers.get('content-security-policy') ?? ''
      expect(policy).not.toContain('unsafe')
      expect(policy).toContain("frame-ancestors 'none'")
      const scripts = [...html.matchAll(/<script(?! type="application\/ld\+json")[^>]*>/g)]
      const isPost = path.startsWith('/posts/') && response.status === 200
      expect(scripts).toHaveLength(isPost ? 1 : 0)
      if (isPost)
        expect(scripts[0]?.[0]).toMatch(/^<script src="\/assets\/comments\.[\w-]+\.js" defer>$/)
      expect(policy).toMatch(isPost ? /script-src 'self' 'sha256-/ : /script-src (?!'self')/)
      expect(html).not.toMatch(/<[^>]* style=/)
      expect(html).toMatch(/<link rel="icon" href="\/assets\//)
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect(response.headers.get('referrer-policy')).toBeTruthy()
    },
  )

  test.each(pages)('%s brings its stylesheet along, and no other would be let in', async (path) => {
    const response = await app.get(path)
    const styles = [...(await response.text()).matchAll(/<style>(.*?)<\/style>/gs)]
    expect(styles).toHaveLength(1)
    const hash = createHash('sha256')
      .update(styles[0]?.[1] ?? '')
      .digest('base64')
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy.split('; ')).toContain(`style-src 'sha256-${hash}'`)
  })

  test('the stylesheet is a file, too, which a browser keeps for good', async () => {
    const { path } = loadAssets().stylesheet
    const file = await app.get(path)
    expect(file.headers.get('cache-control')).toContain('immutable')
    expect(await read('/')).toContain(`<style>${await file.text()}</style>`)
  })

  test('the colours that a browser shows around a page are those of the page', async () => {
    const css = loadAssets().stylesheet.bytes.toString()
    const papers = [...css.matchAll(/--paper:(#[0-9a-f]+)/g)].map((match) => match[1])
    const named = [...(await read('/')).matchAll(/name="theme-color"[^>]*content="([^"]*)"/g)]
    expect(named.map((match) => match[1])).toEqual(papers.slice(0, 2))
  })

  test('an empty blog welcomes its author', async () => {
    const empty = openTestApp()
    const html = await (await empty.get('/')).text()
    expect(html).toContain('nothing has been published yet')
    expect(html).toContain('https://blog.example/api/posts')
    expect(await htmlFaults(html)).toEqual([])
  })
})

describe('the front page', () => {
  test('shows the newest five with date line, tags joined by " + " and comments where there are any', async () => {
    const html = await read('/')
    expect(html.match(/<article class="entry">/g)).toHaveLength(5)
    expect(html).toContain(
      '<time datetime="2017-12-26T14:05:00Z">Tuesday, December 26th, 2017</time>',
    )
    expect(html).toContain('>riak</a> + <a')
    expect(html).toContain('<a class="count" href="/posts/everything#comments">4 comments</a>')
    expect(html.match(/class="count"/g)).toHaveLength(1)
  })

  test('cuts a long post at a block, with a link that names it, and stays light', async () => {
    const response = await app.get('/', { 'accept-encoding': 'gzip' })
    expect((await response.arrayBuffer()).byteLength).toBeLessThan(24_000)
    const html = await read('/')
    expect(html).toMatch(/Continue reading <cite>Node v8.0.0 \(Current\)<\/cite>/)
    expect(html).not.toMatch(/Continue reading <cite>A short note/)
  })

  test('links its pages both ways, in the text and in the head', async () => {
    const html = await read('/?page=2')
    expect(html).toContain('<link rel="prev" href="/">')
    expect(html).toContain('<link rel="next" href="/?page=3">')
    expect(html).toContain('<link rel="canonical" href="https://blog.example/?page=2">')
    expect(await read('/?page=3')).not.toContain('rel="next"')
  })

  test('has no id twice though two posts have the same headings', async () => {
    const html = await read('/')
    expect(html).toContain('/posts/everything#fn-1')
    expect(html).not.toContain('id="fn-1"')
  })
})

describe('a post', () => {
  test('has its head: title, canonical, feeds, OpenGraph, two theme colours', async () => {
    const html = await read('/posts/everything')
    for (const part of [
      '<title>Everything at once &amp; more : Ring of Keys</title>',
      '<link rel="canonical" href="https://blog.example/posts/everything">',
      'type="application/atom+xml" title="Ring of Keys" href="/feed.atom"',
      'href="/posts/everything/comments.atom"',
      '<meta property="og:type" content="article">',
      '<meta name="twitter:card"',
      '<meta name="description"',
      'media="(prefers-color-scheme: dark)"',
    ]) {
      expect(html).toContain(part)
    }
  })

  test('carries JSON-LD that the policy allows by its hash', async () => {
    const response = await app.get('/posts/everything')
    const html = await response.text()
    const json = /<script type="application\/ld\+json">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? ''
    expect(JSON.parse(json)).toMatchObject({
      '@type': 'BlogPosting',
      headline: 'Everything at once & more',
      url: 'https://blog.example/posts/everything',
    })
    const { createHash } = await import('node:crypto')
    const hash = createHash('sha256').update(json).digest('base64')
    expect(response.headers.get('content-security-policy')).toContain(`'sha256-${hash}'`)
  })

  test('shows comments as nested lists of articles with permalinks, and nothing held', async () => {
    const html = await read('/posts/everything')
    expect(html).toContain('>4 comments</h2>')
    expect(html.match(/<article id="comment-/g)).toHaveLength(4)
    expect(html.match(/<ol class="comments">/g)).toHaveLength(3)
    expect(html).not.toContain('held text')
    expect(html).toContain('rel="nofollow ugc noopener"')
    expect(html).not.toContain('me@example.org')
  })

  test('says that comments could not be read, not that there are none', async () => {
    const broken = openTestApp()
    await fillSampleBlog(broken.blog)
    broken.blog.failing.set('comments.ofPost', new OperationError('BLOG_TIMEOUT', 'late'))
    const response = await broken.get('/posts/everything')
    const html = await response.text()
    expect(response.status).toBe(200)
    expect(html).toContain('comments could not be read')
    expect(html).not.toContain('None yet')
    expect(await htmlFaults(html)).toEqual([])
  })

  test('weighs less than 14 kB gzipped, its stylesheet in it (text of ordinary length)', async () => {
    const response = await app.get('/posts/everything', { 'accept-encoding': 'gzip' })
    expect((await response.arrayBuffer()).byteLength).toBeLessThan(14_000)
  })

  test('links the posts before and after it', async () => {
    const html = await read('/posts/short')
    expect(html).toMatch(/<a href="\/posts\/node-v8" rel="prev">/)
    expect(html).toMatch(/<a href="\/posts\/everything" rel="next">/)
  })

  test('under an old slug or address redirects for good', async () => {
    const moved = openTestApp()
    const own = await fillSampleBlog(moved.blog)
    await moved.blog.posts.save(
      own.get('short') ?? '',
      { slug: 'brief' },
      { ifMatch: '*', mode: 'change', by: 'x' },
    )
    for (const [from, to] of [
      ['/posts/short', '/posts/brief'],
      ['/2017/12/everything.html', '/posts/everything'],
      ['/2017/12/everything.html/', '/posts/everything'],
      ['/posts/brief/', '/posts/brief'],
      ['/posts/imprint', '/pages/imprint'],
      ['/tags/Riak', '/tags/riak'],
      ['/posts/short/comments.atom', '/posts/brief/comments.atom'],
    ]) {
      const response = await moved.get(from ?? '')
      expect([from, response.status, response.headers.get('location')]).toEqual([from, 301, to])
    }
  })

  test('deleted is 410, a draft or a future one 404, in the dress of the site', async () => {
    const own = openTestApp()
    const { blog, clock } = own
    const add = async (slug: string, more: object): Promise<string> =>
      (await blog.posts.create({ title: slug, body: 'secret text', slug, ...more }, { by: 'x' }))
        .post.id
    const id = await add('gone', { status: 'published' })
    await blog.posts.save(id, { status: 'deleted' }, { ifMatch: '*', mode: 'change', by: 'x' })
    await add('draft', { status: 'draft' })
    const soon = new Date(clock.nowMs() + 60_000).toISOString()
    await add('future', { status: 'published', publishedAt: soon })
    for (const [slug, status] of [
      ['gone', 410],
      ['draft', 404],
      ['future', 404],
    ] as const) {
      const response = await own.get(`/posts/${slug}`)
      const html = await response.text()
      expect([slug, response.status]).toEqual([slug, status])
      expect(html).not.toContain('secret text')
      expect(await htmlFaults(html)).toEqual([])
    }
    clock.advance(60_000)
    expect((await own.get('/posts/future')).status).toBe(200)
  })

  test.each(['..%2f..%2fetc%2fpasswd', '%2e%2e%2f', 'a%00b', 'a%5cb', '%E0%A4%A', 'x'.repeat(500)])(
    'a slug that could be none is 404 without asking the store: %s',
    async (slug) => {
      const own = openTestApp()
      const response = await own.get(`/posts/${slug}`)
      expect(response.status).toBe(404)
      expect(own.blog.calls.get('posts.bySlug')).toBeUndefined()
    },
  )
})

test('ids of the sample blog are known to the tests', () => {
  expect(ids.size).toBeGreaterThan(10)
})
