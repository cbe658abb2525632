/** Every page and feed, held against the texts that define it. No browser is needed. */

import { Parser } from 'htmlparser2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { htmlFaults } from '../support/html-faults.ts'
import { realBlog, realPaths, samplePaths, serveSample } from './blogs.ts'
import type { ServedSample } from './blogs.ts'
import { judgeAtom, judgeJsonFeed, judgeRss, judgeSitemap } from './judge-feeds.ts'

let sample: ServedSample
beforeAll(async () => {
  sample = await serveSample()
})
afterAll(() => {
  sample.close()
})

const publicOrigin = 'http://127.0.0.1'

/** Runs the same judgement over both blogs. */
function overBoth(
  judge: (get: (path: string) => Promise<string>, origin: string, isReal: boolean) => Promise<void>,
): void {
  test('of the sample blog', () =>
    judge(async (path) => (await fetch(sample.url + path)).text(), publicOrigin, false))
  test('of the Node.js blog', async ({ skip }) => {
    const real = realBlog()
    if (real === undefined) return skip('the Node.js blog is not here')
    await judge(async (path) => (await fetch(real + path)).text(), real, true)
  })
}

describe('HTML has no error', () => {
  test.each(samplePaths)('on %s of the sample blog', async (path) => {
    expect(await htmlFaults(await (await fetch(sample.url + path)).text())).toEqual([])
  })

  test.each(realPaths)('on %s of the Node.js blog', async (path) => {
    const real = realBlog()
    if (real === undefined) return
    expect(await htmlFaults(await (await fetch(real + path)).text())).toEqual([])
  })

  test('on a preview, and on a form that is shown again with its errors', async () => {
    const sent: Record<string, string>[] = [
      { author: 'Ada', body: 'A *word*', preview: '1' },
      { author: '' },
    ]
    for (const fields of sent) {
      const answer = await fetch(`${sample.url}/posts/short/comments`, {
        method: 'POST',
        body: new URLSearchParams(fields),
      })
      expect(await htmlFaults(await answer.text())).toEqual([])
    }
  })
})

describe('Atom feeds are valid', () => {
  overBoth(async (get, origin, isReal) => {
    const paths = ['/feed.atom', isReal ? '/tags/release/feed.atom' : '/tags/riak/feed.atom']
    if (!isReal) paths.push('/posts/everything/comments.atom')
    for (const path of paths) {
      expect(judgeAtom(await get(path), origin + path), path).toEqual([])
    }
  })
})

describe('RSS feeds are valid', () => {
  overBoth(async (get, origin) => {
    expect(judgeRss(await get('/feed.rss'), `${origin}/feed.rss`)).toEqual([])
  })
})

describe('JSON feeds are valid', () => {
  overBoth(async (get, origin) => {
    expect(judgeJsonFeed(await get('/feed.json'), `${origin}/feed.json`)).toEqual([])
  })
})

describe('the sitemap is valid and names every post once', () => {
  overBoth(async (get, origin, isReal) => {
    const index = judgeSitemap(await get('/sitemap.xml'), 'sitemapindex', origin)
    expect(index.complaints).toEqual([])
    const addresses: string[] = []
    for (const address of index.addresses) {
      const year = judgeSitemap(await get(address.slice(origin.length)), 'urlset', origin)
      expect(year.complaints, address).toEqual([])
      addresses.push(...year.addresses)
    }
    expect(new Set(addresses).size).toBe(addresses.length)
    if (isReal) expect(addresses.length).toBeGreaterThan(1_000)
    expect(await get('/robots.txt')).toContain(`Sitemap: ${origin}/sitemap.xml`)
  })
})

interface Head {
  readonly metas: ReadonlyMap<string, string>
  readonly links: readonly Readonly<Record<string, string>>[]
  readonly jsonLd: readonly string[]
}

function readHead(html: string): Head {
  const metas = new Map<string, string>()
  const links: Record<string, string>[] = []
  const jsonLd: string[] = []
  let isInScript = false
  const parser = new Parser({
    onopentag(name, attributes) {
      isInScript = name === 'script' && attributes['type'] === 'application/ld+json'
      if (isInScript) jsonLd.push('')
      if (name === 'link') links.push(attributes)
      const key = attributes['property'] ?? attributes['name']
      if (name === 'meta' && key !== undefined) metas.set(key, attributes['content'] ?? '')
    },
    ontext(text) {
      if (isInScript) jsonLd.push((jsonLd.pop() ?? '') + text)
    },
    onclosetag() {
      isInScript = false
    },
  })
  parser.end(html)
  return { metas, links, jsonLd }
}

describe('a post tells other programs what it is', () => {
  overBoth(async (get, origin, isReal) => {
    const path = isReal ? '/posts/v8.0.0' : '/posts/everything'
    const { metas, links, jsonLd } = readHead(await get(path))
    const url = origin + path

    expect(metas.get('og:type')).toBe('article')
    expect(metas.get('og:url')).toBe(url)
    for (const name of ['og:title', 'og:site_name', 'og:description', 'description']) {
      expect(metas.get(name), name).toMatch(/\S/)
    }
    expect(metas.get('twitter:card')).toMatch(/^summary/)
    expect(metas.get('article:published_time')).toMatch(/^\d{4}-\d\d-\d\dT/)
    const canonical = links.filter((link) => link['rel'] === 'canonical')
    expect(canonical.map((link) => link['href'])).toEqual([url])
    for (const type of ['atom+xml', 'rss+xml', 'feed+json']) {
      const isThere = links.some(
        (link) => link['rel'] === 'alternate' && link['type'] === `application/${type}`,
      )
      expect(isThere, type).toBe(true)
    }

    // What Google's page on article data asks for: headline, dates, author's name and address, image.
    const found = jsonLd.map((text) => JSON.parse(text) as Record<string, unknown>)
    const flat = found.flatMap((each) =>
      Array.isArray(each['@graph']) ? (each['@graph'] as Record<string, unknown>[]) : [each],
    )
    const posting = flat.find((each) => each['@type'] === 'BlogPosting')
    expect(posting).toBeDefined()
    expect(String(posting?.['headline']).length).toBeGreaterThan(0)
    expect(Date.parse(String(posting?.['datePublished']))).not.toBeNaN()
    expect(Date.parse(String(posting?.['dateModified']))).not.toBeNaN()
    const author = posting?.['author'] as Record<string, unknown> | undefined
    expect(author?.['name']).toMatch(/\S/)
    expect(author?.['@type']).toMatch(/^(?:Person|Organization)$/)
  })
})

describe('a judge that is never displeased is no judge', () => {
  test('of Atom: a relative link, a missing id and an id twice are named', async () => {
    const good = await (await fetch(`${sample.url}/feed.atom`)).text()
    const self = `${publicOrigin}/feed.atom`
    const ids = [...good.matchAll(/<entry>\s*<id>([^<]+)<\/id>/g)].map((match) => match[1] ?? '')
    expect(judgeAtom(good.replace(ids[1]!, ids[0]!), self)).toEqual([
      `an entry id twice: ${ids[0]}`,
    ])
    expect(judgeAtom(good.replace(/<updated>[^<]*/, '<updated>today'), self)).toHaveLength(2)
    expect(judgeAtom(good.replace(/<entry>\s*<id>[^<]*<\/id>/, '<entry>'), self)).not.toEqual([])
    expect(judgeAtom(good.replace('href=&quot;https://', 'href=&quot;'), self)).toHaveLength(1)
    expect(judgeAtom(good.replace('</entry>', ''), self)).toHaveLength(1)
    expect(judgeAtom(good, `${self}x`)).toHaveLength(1)
  })

  test('of HTML: a missing alt and a heading that jumps are named', async () => {
    const html = await (await fetch(sample.url)).text()
    expect(await htmlFaults(html.replace('</main>', '<img src="a.png"></main>'))).toHaveLength(1)
    expect(await htmlFaults(html.replace('</main>', '<h6>jump</h6></main>'))).not.toEqual([])
  })
})
