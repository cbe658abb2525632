import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'

import { serve } from '@hono/node-server'
import axe from 'axe-core'
import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createApp } from '../../src/http/app.tsx'
import { createFakeBlog } from '../support/fake-blog.ts'
import { fillSampleBlog } from '../support/sample-blog.ts'
import { createVirtualClock } from '../support/virtual-clock.ts'

/** Debian's Chromium, or the one that CHROMIUM names; pictures go where SCREENSHOTS says. */
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const pictures = process.env['SCREENSHOTS']
const hasBrowser = existsSync(executablePath)
if (!hasBrowser) console.log(`skipped: no browser at ${executablePath} (set CHROMIUM)`)

const paths = [
  '/',
  '/?page=2',
  '/posts/everything',
  '/posts/everything?comment=held',
  '/posts/short',
  '/pages/imprint',
  '/about',
  '/tags',
  '/tags/riak',
  '/archive',
  '/archive/2016',
  '/archive/2016/03',
  '/posts/nothing',
]

let browser: Browser
let base: string
let close: () => void

beforeAll(async () => {
  if (!hasBrowser) return
  const clock = createVirtualClock()
  const blog = createFakeBlog(clock)
  await fillSampleBlog(blog)
  const config = { publicUrl: 'http://127.0.0.1', trustProxy: 0, secret: 'a secret of tests' }
  const app = createApp({ blog, clock, log: { write: () => undefined }, config })
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  await new Promise<void>((resolve) => server.once('listening', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  close = () => void server.close()
  browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
})

afterAll(async () => {
  if (!hasBrowser) return
  await browser.close()
  close()
})

async function onPage<T>(
  view: { width: number; colorScheme: 'light' | 'dark'; fontScale?: number },
  path: string,
  look: (page: Page, complaints: readonly string[]) => Promise<T>,
): Promise<T> {
  const context = await browser.newContext({
    viewport: { width: view.width, height: 900 },
    colorScheme: view.colorScheme,
    // Policies hold for readers; axe is put into the page by us.
    bypassCSP: true,
  })
  try {
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('request', (request) => {
      const url = request.url()
      if (!url.startsWith(base) && !url.startsWith('data:')) complaints.push(`foreign: ${url}`)
    })
    await page.goto(base + path)
    return await look(page, complaints)
  } finally {
    await context.close()
  }
}

interface Report {
  readonly violations: readonly {
    readonly id: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
  }[]
}

const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')

describe.skipIf(!hasBrowser)('pages in a browser', () => {
  for (const width of [1280, 320]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      test.each(paths)(`%s has nothing that axe objects to (${width} px, ${colorScheme})`, (path) =>
        onPage({ width, colorScheme }, path, async (page, complaints) => {
          if (pictures !== undefined) {
            const name = `${path.replace(/\W+/g, '_')}-${width}-${colorScheme}.png`
            await page.screenshot({ path: `${pictures}/${name}`, fullPage: true })
          }
          expect(await overflow(page)).toBeLessThanOrEqual(0)
          await page.evaluate(axe.source)
          const { violations } = await page.evaluate<Report>('axe.run()')
          expect(
            violations.map(({ id, nodes }) => [id, nodes[0]?.html, nodes[0]?.failureSummary]),
          ).toEqual([])
          expect(complaints.filter((each) => !each.includes('404'))).toEqual([])
        }),
      )
    }
  }

  test('at twice the size of letters nothing runs off the page', () =>
    onPage({ width: 640, colorScheme: 'light' }, '/posts/everything', async (page) => {
      await page.evaluate("document.documentElement.style.fontSize = '200%'")
      expect(await overflow(page)).toBeLessThanOrEqual(0)
    }))

  test('a column of text holds 60 to 75 characters a line', () =>
    onPage({ width: 1280, colorScheme: 'light' }, '/posts/everything', async (page) => {
      const characters = await page.evaluate(`(() => {
        const p = document.querySelector('.prose p')
        const probe = document.createElement('span')
        probe.textContent = 'the quick brown fox jumps over the lazy dog and runs away again '
        p.append(probe)
        const width = probe.getBoundingClientRect().width / probe.textContent.length
        probe.remove()
        return p.getBoundingClientRect().width / width
      })()`)
      expect(characters).toBeGreaterThan(55)
      expect(characters).toBeLessThan(80)
    }))

  test('the skip link comes first and is seen when it has the focus', () =>
    onPage({ width: 1280, colorScheme: 'light' }, '/', async (page) => {
      await page.keyboard.press('Tab')
      const box = await page.locator('a.skip').boundingBox()
      expect(box?.x).toBeGreaterThanOrEqual(0)
      await page.keyboard.press('Enter')
      expect(await page.evaluate('document.activeElement.id')).toBe('main')
    }))

  test('a comment can be written, previewed and sent without a script', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto(`${base}/posts/short`)
    await page.fill('#author', 'Ada')
    await page.fill('#body', 'It *works*.')
    await page.click('button[name=preview]')
    expect(await page.locator('.preview em').textContent()).toBe('works')
    expect(await page.inputValue('#body')).toBe('It *works*.')
    await page.click('button[type=submit]:not([name])')
    expect(await page.locator('#comment-notice').textContent()).toContain('held for moderation')
    expect(page.url()).toContain('#comment-notice')
    await context.close()
  })
})
