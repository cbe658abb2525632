/**
 * XSS: whatever is written into a field, no page, feed or answer of the API holds anything that acts.
 * The same blog is looked at by a real browser in `test/browser/hostile.test.ts`.
 */

import { describe, expect, test } from 'vitest'

import { fillHostileBlog, hostileSlug, setHostileSettings } from '../../../support/hostile-blog.ts'
import { dangersOf } from '../../../support/judge-html.ts'
import { payloads } from '../../../support/payloads.ts'
import { openTestApp } from '../../../support/test-app.ts'
import { parseXml } from '../../../support/xml.ts'
import type { XmlElement } from '../../../support/xml.ts'

const each = payloads.map((payload, n) => [payload.slice(0, 40), n] as const)

const page = async (answer: Response | Promise<Response>): Promise<string[]> => {
  const { headers, status } = await answer
  expect([500, 501, 502]).not.toContain(status)
  if (status === 301) return []
  expect(headers.get('content-type')).toContain('text/html')
  expect(headers.get('content-security-policy')).not.toMatch(/unsafe|\*/)
  return dangersOf(await (await answer).text(), { isFragment: false })
}

describe('hostile words of authors and strangers', () => {
  test.each(each)('do nothing on the page of their post and its comments: %s', async (_, n) => {
    const app = openTestApp()
    await fillHostileBlog(app.blog)
    const answer = await app.get(`/posts/${hostileSlug(n)}`)
    const html = await answer.clone().text()
    // The words themselves are there: nothing was lost to be safe.
    expect(html).toContain(`T${n}`)
    expect(html).toContain(`B${n}`)
    expect(await page(answer)).toEqual([])
  })

  test('do nothing in listings, archives and tags', async () => {
    const app = openTestApp()
    await fillHostileBlog(app.blog)
    const paths = ['/', '/tags', '/tags/shared', '/archive', '/archive/2020', '/archive/2020/01']
    for (let n = 2; n <= 12; n++) paths.push(`/?page=${n}`)
    for (const payload of payloads) paths.push(`/tags/${encodeURIComponent(payload)}`)
    for (const path of paths) expect(await page(app.get(path)), path).toEqual([])
  })

  test.each(each)('do nothing as settings of the site: %s', async (_, n) => {
    const app = openTestApp()
    await fillHostileBlog(app.blog)
    setHostileSettings(app.blog, n)
    for (const path of ['/', '/about', '/posts/hostile-0', '/none', '/tags']) {
      expect(await page(app.get(path)), path).toEqual([])
    }
  })

  test.each(each)('do nothing as an address, a query or a fragment of one: %s', async (text) => {
    const app = openTestApp()
    await fillHostileBlog(app.blog)
    const coded = encodeURIComponent(text)
    const paths = [
      `/${coded}`,
      `/posts/${coded}`,
      `/pages/${coded}`,
      `/archive/${coded}`,
      `/search?q=${coded}`,
      `/search?q=a&page=${coded}`,
      `/?page=${coded}`,
      `/posts/hostile-0?reply=${coded}`,
      `/posts/hostile-0?comment=${coded}`,
      `/posts/hostile-0?comments=${coded}`,
      `/admin/login?next=${coded}`,
      `/admin/setup?token=${coded}`,
    ]
    for (const path of paths) {
      const answer = await app.get(path)
      const { location } = Object.fromEntries(answer.headers)
      if (location !== undefined)
        expect(location, path).toMatch(/^\/(?![/\\])|^https:\/\/blog\.example\//)
      else expect(await page(answer), path).toEqual([])
    }
  })

  test.each(each)('do nothing in a preview, nor in a form that comes back: %s', async (_, n) => {
    const app = openTestApp()
    await fillHostileBlog(app.blog)
    const text = payloads[n] ?? ''
    const path = `/posts/${hostileSlug(0)}/comments`
    const fields = { author: text, email: text, url: text, body: text, parent: text, ticket: text }
    for (const more of [{ preview: '1' }, { body: '' }, { author: '' }]) {
      expect(await page(app.form(path, { ...fields, ...more })), JSON.stringify(more)).toEqual([])
    }
    const login = { name: text, password: text, next: text }
    expect(await page(app.form('/admin/login', login))).toEqual([])
  })
})

/** Every HTML that a feed carries as text. */
function contents(element: XmlElement): string[] {
  const own = element.children.filter(
    ({ name, attributes }) =>
      attributes.get('type') === 'html' ||
      (element.name === 'item' && /^(?:description|content:encoded)$/.test(name)),
  )
  return [...own.map(({ text }) => text), ...element.children.flatMap(contents)]
}

describe('hostile words in what other programs read', () => {
  test('are text in feeds, and the HTML that feeds carry does nothing in a reader', async () => {
    const app = openTestApp()
    const ids = await fillHostileBlog(app.blog)
    const paths = ['/feed.atom', '/feed.rss', '/tags/shared/feed.atom', '/sitemap.xml']
    for (let n = 0; n < ids.length; n++) {
      setHostileSettings(app.blog, n)
      for (const path of [...paths, `/posts/${hostileSlug(n)}/comments.atom`]) {
        const answer = await app.get(path)
        expect(answer.headers.get('content-type')).toMatch(/^application\/(?:atom\+|rss\+)?xml/)
        for (const html of contents(parseXml(await answer.text()))) {
          expect(dangersOf(html, { isFragment: true }), path).toEqual([])
        }
      }
      const json = (await (await app.get('/feed.json')).json()) as {
        items: { content_html?: string }[]
      }
      for (const { content_html = '' } of json.items) {
        expect(dangersOf(content_html, { isFragment: true })).toEqual([])
      }
    }
  })

  test('cannot end the data block of a page (JSON-LD), which still says what they were', async () => {
    const app = openTestApp()
    await fillHostileBlog(app.blog)
    for (const [n, payload] of payloads.entries()) {
      const html = await (await app.get(`/posts/${hostileSlug(n)}`)).text()
      const blocks = [...html.matchAll(/<script type="application\/ld\+json">(.*?)<\/script>/gs)]
      expect(blocks.length).toBeGreaterThan(0)
      for (const [, text = ''] of blocks) {
        expect(text).not.toMatch(/[<>&\u2028\u2029]/)
        expect(JSON.stringify(JSON.parse(text))).toContain(
          JSON.stringify(`${payload} T${n}`).slice(1, -1),
        )
      }
    }
  })

  test('come over the API as JSON that no browser reads as a page, with HTML that does nothing', async () => {
    const app = openTestApp()
    const ids = await fillHostileBlog(app.blog)
    for (const id of ids) {
      for (const path of [`/api/posts/${id}`, `/api/posts/${id}/comments`]) {
        const answer = await app.get(path)
        expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
        expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
        const text = await answer.text()
        for (const [, html = ''] of text.matchAll(/"html":("(?:[^"\\]|\\.)*")/g)) {
          expect(dangersOf(JSON.parse(html) as string, { isFragment: true })).toEqual([])
        }
      }
    }
    for (const payload of payloads) {
      const answer = await app.get(`/api/posts/${encodeURIComponent(payload)}`)
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    }
  })
})

describe('the judge of this suite', () => {
  test.each(each)('sees what acts in the bare payload, or there is nothing to see: %s', (_, n) => {
    const inert =
      /^(?:&lt;|javascript:|https:|\[|!\[|`\/|\.\.|\{\{|` on|\]\]>x|> \[|```|' pwned|" pwned|<div id="main")/
    const payload = payloads[n] ?? ''
    if (inert.test(payload)) return
    expect(dangersOf(payload, { isFragment: true })).not.toEqual([])
  })
})
