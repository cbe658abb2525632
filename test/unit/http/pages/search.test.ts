import { afterEach, describe, expect, test } from 'vitest'

import { OperationError } from '../../../../src/kernel/errors.ts'
import { limits } from '../../../../src/kernel/limits.ts'
import { SearchAwayError } from '../../../../src/search/search-away.ts'
import type { Search } from '../../../../src/search/search.ts'
import { searchOn, searchThreads } from '../../../support/open-search.ts'
import type { SearchThreads } from '../../../support/open-search.ts'
import { until } from '../../../support/program.ts'
import { openTestApp } from '../../../support/test-app.ts'
import type { TestApp } from '../../../support/test-app.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

interface Stage extends TestApp {
  readonly search: Search
  readonly threads: SearchThreads
  publish(title: string, body: string, more?: object): Promise<void>
  /** The page of a question, and its status. */
  page(
    query: string,
  ): Promise<{ readonly status: number; readonly html: string; readonly response: Response }>
  api(query: string): Promise<{ readonly status: number; readonly json: Record<string, unknown> }>
}

function stage(): Stage {
  const opened: { search?: Search; threads?: SearchThreads } = {}
  const app = openTestApp({
    search: ({ blog, clock, log }) => {
      opened.threads = searchThreads(clock)
      opened.search = searchOn(blog, { clock, log, threads: opened.threads })
      return opened.search
    },
  })
  const { search, threads } = opened
  if (search === undefined || threads === undefined) throw new Error('no search')
  stops.push(() => search.stop())
  return {
    ...app,
    search,
    threads,
    async publish(title, body, more = {}) {
      await app.blog.posts.create(
        { title, body, status: 'published', publishedAt: '2020-01-01T00:00:00Z', ...more },
        { by: 'ann' },
      )
    },
    async page(query) {
      const response = await app.get(`/search${query}`)
      return { status: response.status, html: await response.clone().text(), response }
    },
    async api(query) {
      const response = await app.get(`/api/search${query}`)
      return { status: response.status, json: (await response.json()) as Record<string, unknown> }
    },
  }
}

async function started(on: Stage): Promise<Stage> {
  on.search.start()
  await until('the archive is read', 10_000, () => on.search.state().isWhole)
  return on
}

describe('/search', () => {
  test('shows what was found with its place, title and tags, marked', async () => {
    const on = stage()
    await on.publish('The otter', 'An **otter** swims in the river.', { tags: ['animals'] })
    await on.publish('Tea', 'A cup of tea.')
    const { status, html } = await (await started(on)).page('?q=oter')
    expect(status).toBe(200)
    expect(html).toContain('1 post for “oter”')
    expect(html).toContain('The <mark>otter</mark>')
    expect(html).toContain('An <mark>otter</mark> swims')
    expect(html).toContain('href="/tags/animals"')
    expect(html).toContain('Did you mean <a href="/search?q=otter">otter</a>?')
    expect(html).not.toContain('cup of tea')
  })

  test('nobody is sent there by a search engine', async () => {
    expect((await (await started(stage())).page('?q=x')).html).toContain(
      'name="robots" content="noindex"',
    )
  })

  test('without words it says what can be asked', async () => {
    const { status, html } = await (await started(stage())).page('')
    expect([status, html.includes('Titles, tags and texts')]).toEqual([200, true])
  })

  test('where nothing is found it says so, keeps the words and shows other ways', async () => {
    const { status, html } = await (await started(stage())).page('?q=xylophone')
    expect(status).toBe(200)
    expect(html).toContain('Nothing was found for “xylophone”')
    expect(html).toContain('value="xylophone"')
    expect(html).toContain('href="/archive"')
  })

  test('more than can be asked is said, kept in the field, and kept for nobody else', async () => {
    const words = 'otter '.repeat(50).trim()
    const on = await started(stage())
    const { status, html, response } = await on.page(`?q=${encodeURIComponent(words)}`)
    expect(status).toBe(400)
    expect(html).toContain(`more than ${limits.searchQueryCharsMax} characters`)
    expect(html).toContain(`value="${words}"`)
    expect(response.headers.get('cache-control')).toContain('no-store')
  })

  test.each(['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "'-alert(1)-'"])(
    'what is asked is text, wherever it is shown (%s)',
    async (words) => {
      const on = await started(stage())
      const { html } = await on.page(`?q=${encodeURIComponent(words)}`)
      expect(html).not.toContain('<script>alert')
      expect(html).not.toContain('<img src=x')
      expect(html).not.toContain('"><img')
    },
  )

  test('markup in titles, tags and texts is text', async () => {
    const on = stage()
    const evil = '<img src=x onerror=alert(1)>'
    await on.publish(`otter ${evil}`, `otter ${evil} <script>alert(2)</script>`, {
      tags: [`otter${evil}`],
    })
    await started(on)
    const { html } = await on.page('?q=otter')
    expect(html).toContain('<mark>otter</mark>')
    expect(html).not.toContain('<img src=x')
    expect(html).not.toContain('<script>alert')
    const { json } = await on.api('?q=otter')
    expect(JSON.stringify(json['posts'])).not.toContain('"snippet":"otter <img')
    const [post] = json['posts'] as { snippet: string }[]
    expect(post?.snippet).not.toMatch(/<(?!\/?mark>)/)
  })

  test('is paged, and a page beyond the last leads back', async () => {
    const on = stage()
    for (let n = 0; n < 25; n++) await on.publish(`Otter ${n}`, 'river')
    await started(on)
    const second = (await on.page('?q=otter&page=2')).html
    expect(second).toContain('Page 2 of 3')
    expect(second).toContain('href="/search?q=otter"')
    expect(second).toContain('href="/search?q=otter&amp;page=3"')
    expect((await on.page('?q=otter&page=9')).html).toContain('to the first page')
    expect((await on.page('?q=otter&page=9999')).status).toBe(404)
    expect((await on.page('?q=otter&page=x')).status).toBe(404)
  })

  test('one page serves all who ask the same, with whatever marks at its address', async () => {
    const on = stage()
    await on.publish('Otter', 'river')
    await started(on)
    await on.page('?q=otter')
    const before = on.blog.calls.get('walk.look')
    await on.page('?utm_source=x&q=++otter+&page=1')
    expect(on.blog.calls.get('walk.look')).toBe(before)
    await on.page('?q=otters')
    expect(on.blog.calls.get('walk.look')).toBe((before ?? 0) + 1)
  })

  test('a post that was changed here is shown as it is now, at once', async () => {
    const on = stage()
    await on.publish('Otter', 'river')
    await started(on)
    expect((await on.page('?q=otter')).html).toContain('river')
    const [post] = (await on.blog.listings.page({ kind: 'all' }, { limit: 1 })).entries
    const change = { ifMatch: '*', mode: 'change', by: 'ann' } as const
    await on.blog.posts.save(post?.id ?? '', { status: 'draft' }, change)
    expect((await on.page('?q=otter')).html).not.toContain('river')
  })

  test('while the archive is read it says how far, and what is there is found', async () => {
    const on = stage()
    await on.publish('Otter', 'river')
    on.blog.failing.set('walk.changedSince', new OperationError('BLOG_UNAVAILABLE', 'away'))
    on.search.start()
    await until(
      'the index is there',
      10_000,
      async () => (await on.page('?q=otter')).status === 200,
    )
    const { html } = await on.page('?q=heron')
    expect(html).toContain('Search is still reading the archive: 0 of about 1 post')
  })

  test('before there is an index it is 503 in plain words, with the words kept', async () => {
    const { status, html, response } = await stage().page('?q=otter')
    expect(status).toBe(503)
    expect(html).toContain('just starting')
    expect(html).toContain('value="otter"')
    expect(response.headers.get('retry-after')).not.toBeNull()
    expect(response.headers.get('cache-control')).toContain('no-store')
  })

  test('where too many ask at once it is 503 in plain words, with the words kept', async () => {
    const on = stage()
    await started(on)
    const refused = new SearchAwayError(
      'BLOG_OVERLOADED',
      'Too many searches are waiting just now.',
    )
    on.search.find = () => Promise.reject(refused)
    const { status, html, response } = await on.page('?q=otter')
    expect(status).toBe(503)
    expect(html).toContain('The search is busy')
    expect(html).toContain('value="otter"')
    expect(response.headers.get('retry-after')).toBe('5')
    expect(response.headers.get('cache-control')).toContain('no-store')
    expect(await on.api('?q=otter')).toMatchObject({
      status: 503,
      json: { code: 'BLOG_OVERLOADED' },
    })
  })

  test.each(['/search?q=otter', '/api/search?q=otter'])(
    'what nobody waits for any longer is not looked for (%s)',
    async (path) => {
      const on = stage()
      await started(on)
      const leaving = new AbortController()
      let wanted: AbortSignal | undefined
      on.search.find = (_query, _at, signal) => {
        wanted = signal
        leaving.abort()
        return Promise.reject(new SearchAwayError('BLOG_UNAVAILABLE', 'nobody waits'))
      }
      await on.fetch(new Request(`http://localhost${path}`, { signal: leaving.signal }))
      expect(wanted?.aborted).toBe(true)
    },
  )

  test('with the store away it is 503 in plain words, with the words kept', async () => {
    const on = stage()
    await on.publish('Otter', 'river')
    await started(on)
    on.blog.failing.set('walk.look', new OperationError('BLOG_UNAVAILABLE', 'away'))
    const { status, html } = await on.page('?q=river')
    expect(status).toBe(503)
    expect(html).toContain('value="river"')
    expect(html).toContain('The store does not answer right now')
  })
})

describe('/api/search', () => {
  test('gives summaries with a snippet, page by page', async () => {
    const on = stage()
    for (let n = 0; n < 5; n++) await on.publish(`Otter ${n}`, 'A & B <i>river</i> otter')
    await started(on)
    const first = await on.api('?q=otter&limit=3')
    expect(first.json).toMatchObject({ total: 5, next: 'found-3', isWhole: true, meant: null })
    const posts = first.json['posts'] as Record<string, unknown>[]
    expect(posts).toHaveLength(3)
    expect(posts[0]).toMatchObject({
      status: 'published',
      snippet: 'A &amp; B river <mark>otter</mark>',
    })
    const second = await on.api('?q=otter&limit=3&cursor=found-3')
    expect(second.json['posts']).toHaveLength(2)
    expect(second.json['next']).toBeNull()
  })

  test.each([
    '',
    '?q=',
    `?q=${'x'.repeat(201)}`,
    '?q=x&cursor=nonsense',
    '?q=x&cursor=found-9999',
    '?q=x&limit=0',
  ])('what cannot be asked is a problem (%s)', async (query) => {
    const { status, json } = await (await started(stage())).api(query)
    expect([status, json['code']]).toEqual([400, 'BLOG_BAD_PARAMETER'])
  })

  test('before there is an index it is a problem with its code', async () => {
    const { status, json } = await stage().api('?q=otter')
    expect([status, json['code']]).toEqual([503, 'BLOG_UNAVAILABLE'])
  })
})

test('browsers are told how to search here, by the public address', async () => {
  const response = await openTestApp().get('/opensearch.xml', { host: 'evil.example' })
  const text = await response.text()
  expect(response.headers.get('content-type')).toContain('opensearchdescription+xml')
  expect(text).toContain('template="https://blog.example/search?q={searchTerms}"')
  expect(text).not.toContain('evil')
})

test('the metrics say how the search stands', async () => {
  const on = stage()
  await on.publish('Otter', 'river')
  await started(on)
  const text = await (await on.get('/metrics')).text()
  expect(text).toMatch(/ringpost_search_posts\{site="[^"]+"\} 1/)
  expect(text).toMatch(/ringpost_search_ready\{site="[^"]+"\} 1/)
})
