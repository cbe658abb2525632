import { beforeAll, describe, expect, test } from 'vitest'

import { urnOf } from '../../../../src/http/feeds/feed-source.ts'
import { fillSampleBlog } from '../../../support/sample-blog.ts'
import { openTestApp } from '../../../support/test-app.ts'
import type { TestApp } from '../../../support/test-app.ts'
import { parseXml } from '../../../support/xml.ts'
import type { XmlElement } from '../../../support/xml.ts'

const anyText: unknown = expect.any(String)
const anyUrn: unknown = expect.stringMatching(/^urn:uuid:/)

let app: TestApp

beforeAll(async () => {
  app = openTestApp()
  await fillSampleBlog(app.blog)
})

async function readXml(path: string, type: string): Promise<XmlElement> {
  const response = await app.get(path)
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    `${type}; charset=utf-8`,
  ])
  return parseXml(await response.text())
}

const all = (element: XmlElement, name: string): XmlElement[] =>
  element.children.filter((child) => child.name === name)
const one = (element: XmlElement, name: string): XmlElement => {
  const found = all(element, name)
  expect([name, found.length]).toEqual([name, 1])
  return found[0]!
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
const urn = /^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** What RFC 4287 demands of a feed and its entries. */
function checkAtom(feed: XmlElement, self: string): XmlElement[] {
  expect([feed.name, feed.attributes.get('xmlns')]).toEqual(['feed', 'http://www.w3.org/2005/Atom'])
  expect(one(feed, 'id').text).toMatch(urn)
  expect(one(feed, 'title').text).not.toBe('')
  expect(one(feed, 'updated').text).toMatch(rfc3339)
  one(one(feed, 'author'), 'name')
  const links = all(feed, 'link').map((link) => [
    link.attributes.get('rel'),
    link.attributes.get('href'),
  ])
  expect(links).toContainEqual(['self', self])
  const entries = all(feed, 'entry')
  for (const entry of entries) {
    expect(one(entry, 'id').text).toMatch(urn)
    one(entry, 'title')
    expect(one(entry, 'updated').text).toMatch(rfc3339)
    expect(one(entry, 'published').text).toMatch(rfc3339)
    const alternate = all(entry, 'link').filter(
      (link) => link.attributes.get('rel') === 'alternate',
    )
    expect(alternate).toHaveLength(1)
    expect(alternate[0]!.attributes.get('href')).toMatch(/^https:\/\/blog\.example\/posts\//)
    expect(all(entry, 'content').length + all(entry, 'summary').length).toBeGreaterThan(0)
  }
  expect(new Set(entries.map((entry) => one(entry, 'id').text)).size).toBe(entries.length)
  return entries
}

describe('Atom', () => {
  test('/feed.atom is a valid feed of the newest posts, whole and with absolute addresses', async () => {
    const feed = await readXml('/feed.atom', 'application/atom+xml')
    const entries = checkAtom(feed, 'https://blog.example/feed.atom')
    expect(entries).toHaveLength(15)
    const first = entries[0]!
    expect(one(first, 'title').text).toBe('Everything at once & more')
    expect(all(first, 'category').map((each) => each.attributes.get('term'))).toEqual([
      'riak',
      'typography',
      'testing',
    ])
    const content = one(first, 'content')
    expect(content.attributes.get('type')).toBe('html')
    expect(content.text).toContain('<code>$BIGCMS</code>')
    expect(content.text).toContain('href="https://blog.example/posts/everything#fn-1"')
    expect(content.text).not.toMatch(/(?:href|src)="(?!https?:|mailto:|data:image)/)
    expect(one(one(first, 'author'), 'name').text).toBe('Vilem')
  })

  test('/tags/TAG/feed.atom has the posts of the tag; of an unknown tag there is none', async () => {
    const feed = await readXml('/tags/riak/feed.atom', 'application/atom+xml')
    const entries = checkAtom(feed, 'https://blog.example/tags/riak/feed.atom')
    expect(entries).toHaveLength(6)
    expect((await app.get('/tags/none/feed.atom')).status).toBe(404)
  })

  test('a tag has its posts in all three formats, each naming itself; its page names all three', async () => {
    const rss = await readXml('/tags/riak/feed.rss', 'application/rss+xml')
    const channel = one(rss, 'channel')
    expect(all(channel, 'item')).toHaveLength(6)
    expect(one(channel, 'atom:link').attributes.get('href')).toBe(
      'https://blog.example/tags/riak/feed.rss',
    )
    expect(await (await app.get('/tags/riak/feed.json')).json()).toMatchObject({
      feed_url: 'https://blog.example/tags/riak/feed.json',
      home_page_url: 'https://blog.example/tags/riak',
      title: 'riak : Ring of Keys',
    })
    const page = await (await app.get('/tags/riak')).text()
    for (const [type, path] of [
      ['atom+xml', '/tags/riak/feed.atom'],
      ['rss+xml', '/tags/riak/feed.rss'],
      ['feed+json', '/tags/riak/feed.json'],
    ]) {
      expect(page).toContain(
        `<link rel="alternate" type="application/${type}" title="Posts about riak" href="${path}">`,
      )
    }
  })

  test('feeds say in which language the blog is', async () => {
    const own = openTestApp()
    await fillSampleBlog(own.blog)
    own.blog.site_settings = { ...own.blog.site_settings, language: 'pt-BR' }
    expect(await (await own.get('/feed.atom')).text()).toContain(' xml:lang="pt-BR">')
    expect(await (await own.get('/feed.rss')).text()).toContain('<language>pt-BR</language>')
    expect(await (await own.get('/feed.json')).json()).toMatchObject({ language: 'pt-BR' })
    expect(await (await own.get('/posts/everything/comments.atom')).text()).toContain(
      ' xml:lang="pt-BR">',
    )
  })

  test('/posts/SLUG/comments.atom has approved comments, newest first, without mail addresses', async () => {
    const feed = await readXml('/posts/everything/comments.atom', 'application/atom+xml')
    const entries = checkAtom(feed, 'https://blog.example/posts/everything/comments.atom')
    expect(entries.map((entry) => one(one(entry, 'author'), 'name').text)).toEqual([
      'Barbara',
      'Ada',
      'Grace',
      'Ada',
    ])
    expect(JSON.stringify(entries)).not.toContain('me@example.org')
  })

  test('a feed of comments moves on when one is changed or let through, and loses what is taken away', async () => {
    const own = openTestApp()
    const ids = await fillSampleBlog(own.blog)
    const id = ids.get('short') ?? ''
    const { comments } = own.blog
    const input = { author: 'Ada', body: 'First.' }
    const { comment } = (await comments.add(id, input, { verdict: 'approved' }))!
    const held = { author: 'Ben', body: 'Held.' }
    const { comment: late } = (await comments.add(id, held, { verdict: 'pending' }))!
    const read = async (): Promise<{ tag: string; updated: string; entries: string[][] }> => {
      own.clock.advance(600_000)
      const answer = await own.get('/posts/short/comments.atom')
      const feed = parseXml(await answer.text())
      return {
        tag: answer.headers.get('etag') ?? '',
        updated: one(feed, 'updated').text,
        entries: all(feed, 'entry').map((entry) => [
          one(one(entry, 'author'), 'name').text,
          one(entry, 'published').text,
          one(entry, 'updated').text,
        ]),
      }
    }
    const now = (): string => new Date(own.clock.nowMs()).toISOString().replace('.000Z', 'Z')
    const wrote = now()
    const before = await read()
    expect(before.entries).toEqual([['Ada', wrote, wrote]])
    expect((await read()).tag).toBe(before.tag)

    const edited = now()
    await comments.edit(comment.id, { body: 'Second.' }, { verdict: 'approved' })
    const changed = await read()
    expect([changed.updated, changed.entries]).toEqual([edited, [['Ada', wrote, edited]]])

    const approved = now()
    await comments.moderate(late.id, 'approved', 'ann')
    const more = await read()
    expect([more.updated, more.entries]).toEqual([
      approved,
      [
        ['Ben', wrote, approved],
        ['Ada', wrote, edited],
      ],
    ])

    await comments.moderate(comment.id, 'deleted', 'ann')
    await comments.moderate(late.id, 'spam', 'ann')
    const less = await read()
    expect(less.entries).toEqual([])
    expect(new Set([before.tag, changed.tag, more.tag, less.tag]).size).toBe(4)
  })

  test('text that XML cannot hold does not break it', async () => {
    const own = openTestApp()
    await own.blog.posts.create(
      {
        title: 'a\u0000b\u001bc\ud800d <&> "e" \u{1f980}',
        body: '`\u0007` ]]> &nbsp; \uffff',
        slug: 's',
        tags: ['a&b'],
        status: 'published',
      },
      { by: 'x' },
    )
    for (const path of ['/feed.atom', '/feed.rss']) {
      const text = await (await own.get(path)).text()
      expect(() => parseXml(text)).not.toThrow()
      expect(text).toContain('abcd &lt;&amp;&gt; &quot;e&quot; \u{1f980}')
    }
  })

  test('an id stays the same when slug and address of the site change', async () => {
    const other = openTestApp({ publicUrl: 'http://elsewhere.example/blog' })
    const ids = await fillSampleBlog(other.blog)
    await other.blog.posts.save(
      ids.get('short') ?? '',
      { slug: 'renamed' },
      { ifMatch: '*', mode: 'change', by: 'x' },
    )
    const text = await (await other.get('/feed.atom')).text()
    expect(text).toContain('http://elsewhere.example/blog/posts/renamed')
    expect(text).toContain(urnOf(ids.get('short') ?? ''))
    expect(await (await app.get('/feed.atom')).text()).toContain(urnOf(ids.get('short') ?? ''))
  })

  test('a ULID is written as the UUID of the same 128 bits', () => {
    expect(urnOf('01ARZ3NDEKTSV4RRFFQ69G5FAV')).toBe(
      'urn:uuid:01563e3a-b5d3-d676-4c61-efb99302bd5b',
    )
    expect(urnOf('not a ulid')).toMatch(urn)
  })
})

describe('the other formats', () => {
  test('/feed.rss is RSS 2.0 with stable ids and RFC 822 dates', async () => {
    const rss = await readXml('/feed.rss', 'application/rss+xml')
    const channel = one(rss, 'channel')
    const items = all(channel, 'item')
    expect([rss.attributes.get('version'), items.length]).toEqual(['2.0', 15])
    for (const name of ['title', 'link', 'description']) one(channel, name)
    const guid = one(items[0]!, 'guid')
    expect([guid.attributes.get('isPermaLink'), guid.text]).toEqual(['false', anyUrn])
    expect(one(items[0]!, 'pubDate').text).toBe('Tue, 26 Dec 2017 14:05:00 GMT')
    expect(one(items[0]!, 'content:encoded').text).toContain('<code>$BIGCMS</code>')
    expect(one(items[0]!, 'description').text).not.toContain('<')
    expect(one(items[0]!, 'comments').text).toBe('https://blog.example/posts/everything#comments')
  })

  test('/feed.json is JSON Feed 1.1', async () => {
    const response = await app.get('/feed.json')
    expect(response.headers.get('content-type')).toBe('application/feed+json; charset=utf-8')
    const feed = (await response.json()) as { readonly items: readonly unknown[] }
    expect(feed).toMatchObject({
      version: 'https://jsonfeed.org/version/1.1',
      title: 'Ring of Keys',
      feed_url: 'https://blog.example/feed.json',
    })
    expect(feed.items).toHaveLength(15)
    expect(feed.items[0]).toMatchObject({ id: anyUrn, content_html: anyText })
  })

  test('/sitemap.xml names a file of sections and tags, and one for each year, which names every post', async () => {
    const index = await readXml('/sitemap.xml', 'application/xml')
    const files = all(index, 'sitemap').map((each) => one(each, 'loc').text)
    expect(files).toEqual([
      'https://blog.example/sitemap-site.xml',
      'https://blog.example/sitemap-2017.xml',
      'https://blog.example/sitemap-2016.xml',
    ])
    const site = await readXml('/sitemap-site.xml', 'application/xml')
    const places = all(site, 'url').map((each) => one(each, 'loc').text)
    for (const path of ['/', '/archive', '/tags', '/about', '/tags/riak', '/tags/notes']) {
      expect(places).toContain(`https://blog.example${path}`)
    }
    const front = all(site, 'url')[0]!
    expect(one(front, 'lastmod').text).toBe(one(all(index, 'sitemap')[0]!, 'lastmod').text)
    expect(one(front, 'lastmod').text).toMatch(/^\d{4}-\d\d-\d\dT/)
    const year = await readXml('/sitemap-2016.xml', 'application/xml')
    expect(all(year, 'url')).toHaveLength(12)
    expect((await app.get('/sitemap-1999.xml')).status).toBe(404)
    expect(await (await app.get('/robots.txt')).text()).toContain(
      'Sitemap: https://blog.example/sitemap.xml',
    )
  })
})
