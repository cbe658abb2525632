/** What pages weigh on the wire, and that they ask nobody else for anything (PAGES.md). */

import { get } from 'node:http'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { until } from '../support/program.ts'
import { ordinaryPost, realBlog, realPaths, samplePaths, serveSample } from './blogs.ts'
import type { ServedSample } from './blogs.ts'
import { asVisitor, hasBrowser, listen, openBrowser } from './chromium.ts'

let sample: ServedSample
beforeAll(async () => {
  sample = await serveSample()
})
afterAll(() => {
  sample.close()
})

interface Weighed {
  readonly text: string
  /** Bytes of the body as they are sent to one who takes gzip. */
  readonly gzipBytes: number
}

/** `fetch` undoes the compression without telling its size: what came is packed again the same way. */
async function weigh(url: string): Promise<Weighed> {
  const answer = await fetch(url, { headers: { 'accept-encoding': 'gzip' } })
  expect(answer.headers.get('content-encoding'), url).toBe('gzip')
  const text = await answer.text()
  const length = Number(answer.headers.get('content-length') ?? Number.NaN)
  return { text, gzipBytes: Number.isNaN(length) ? gzipSync(text).byteLength : length }
}

/** As {@link weigh}; the stylesheet stands in the page, and no other is asked for. */
async function weighPage(origin: string, path: string): Promise<number> {
  const { text, gzipBytes } = await weigh(origin + path)
  expect(text).toContain('<style>')
  expect(text).not.toContain('rel="stylesheet"')
  weights.set(`${origin === sample.url ? 'sample' : 'Node.js'} ${path}`, gzipBytes)
  return gzipBytes
}

/** What was weighed, for the reader of the run. */
const weights = new Map<string, number>()
afterAll(() => {
  for (const [page, bytes] of weights) console.log(`${page}: ${bytes} B gzipped`)
})

describe('weights, gzipped', () => {
  test('the stylesheet is under 10 kB', async () => {
    const { text } = await weigh(sample.url)
    const style = /<style>(.*?)<\/style>/s.exec(text)?.[1] ?? ''
    expect(style).toContain('@media print')
    expect(gzipSync(style).byteLength).toBeLessThan(10_000)
  })

  test('every script is under 5 kB', async () => {
    for (const path of samplePaths) {
      const html = await (await fetch(sample.url + path)).text()
      for (const [, source = ''] of html.matchAll(/<script[^>]+src="([^"]+)"/g)) {
        expect((await weigh(sample.url + source)).gzipBytes, source).toBeLessThan(5_000)
      }
    }
  })

  test('a post, its stylesheet in it, is under 14 kB', async () => {
    expect(await weighPage(sample.url, '/posts/everything')).toBeLessThan(14_000)
    expect(await weighPage(sample.url, '/posts/short')).toBeLessThan(14_000)
  })

  test('every other kind of page is under 14 kB, too', async () => {
    for (const path of samplePaths.filter((each) => !each.startsWith('/?') && each !== '/')) {
      expect(await weighPage(sample.url, path), path).toBeLessThan(14_000)
    }
  })

  test('the front page, its stylesheet in it, is under 30 kB', async () => {
    expect(await weighPage(sample.url, '/')).toBeLessThan(30_000)
  })

  test('so it is with the words of the Node.js blog', async ({ skip }) => {
    const real = realBlog()
    if (real === undefined) return skip('the Node.js blog is not here')
    expect(await weighPage(real, '/')).toBeLessThan(30_000)
    expect(await weighPage(real, ordinaryPost)).toBeLessThan(14_000)
  })

  test('what is sent as gzip and as brotli is the same page', async () => {
    const sent = async (coding: string): Promise<Buffer | undefined> =>
      new Promise((resolve, reject) => {
        get(sample.url, { headers: { 'accept-encoding': coding } }, (answer) => {
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('end', () => {
            const isIt = (answer.headers['content-encoding'] ?? 'identity') === coding
            resolve(isIt ? Buffer.concat(chunks) : undefined)
          })
        }).on('error', reject)
      })
    // The better packing is made in the background, once a page is asked for again.
    const packed = (coding: string): Promise<Buffer> =>
      until(`the page comes as ${coding}`, 20_000, () => sent(coding))
    const plain = await packed('identity')
    expect(gunzipSync(await packed('gzip')).equals(plain)).toBe(true)
    expect(brotliDecompressSync(await packed('br')).equals(plain)).toBe(true)
  })
})

describe.skipIf(!hasBrowser)('in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(() => browser.close())

  /** Layout shifts without a reader's doing, summed up as Chromium reports them. */
  const watchShifts = `
    window.shifted = 0
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value
    }).observe({ type: 'layout-shift', buffered: true })
  `

  async function visit(origin: string, path: string, width: number): Promise<void> {
    await asVisitor(browser, { width }, async (page) => {
      const { foreign } = listen(page, origin)
      await page.addInitScript(watchShifts)
      await page.goto(origin + path, { waitUntil: 'load' })
      // To the end and back: what is loaded late must not push what is being read.
      await page.evaluate('window.scrollTo(0, document.body.scrollHeight)')
      await page.waitForFunction(
        'Array.from(document.images).every((image) => image.complete || !image.src.startsWith(location.origin))',
      )
      expect(await page.evaluate('window.shifted')).toBe(0)
      expect(foreign).toEqual([])
    })
  }

  test.each(samplePaths)(
    '%s asks nobody else for anything, and nothing on it moves',
    async (path) => {
      for (const width of [1280, 320]) await visit(sample.url, path, width)
    },
  )

  test.each(realPaths)('%s of the Node.js blog neither', async (path) => {
    const real = realBlog()
    if (real === undefined) return
    for (const width of [1280, 320]) await visit(real, path, width)
  })
})
