/**
 * The hostile blog in a real browser, with its own parser, with the content policy (the second wall)
 * switched off: nothing runs, nothing is loaded from elsewhere, no page is left.
 */

import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { fillHostileBlog, hostileSlug, setHostileSettings } from '../support/hostile-blog.ts'
import { payloads } from '../support/payloads.ts'
import { openTestApp } from '../support/test-app.ts'
import { asVisitor, hasBrowser, openBrowser } from './chromium.ts'

/** What a payload calls, and what would be made of one that breaks out. */
const trap = 'window.ran = 0; window.pwned = () => { window.ran += 1 }; window.alert = window.pwned'
/** Moves over and into everything: what waits for a touch gets one. */
const touch = `
  for (const element of document.querySelectorAll('body *')) {
    for (const kind of ['mouseover', 'mouseenter', 'pointerdown', 'focus', 'toggle', 'animationstart']) {
      element.dispatchEvent(new Event(kind, { bubbles: true }))
    }
  }
  window.ran
`
const strangers = `
  [...document.querySelectorAll('pwned, [pwned], iframe, object, embed, base, body style, body link')]
    .map((element) => element.outerHTML.slice(0, 100))
`

describe.skipIf(!hasBrowser)('hostile words in a browser without a content policy', () => {
  let browser: Browser
  let base: string
  let close: () => void
  const app = openTestApp({ publicUrl: 'http://127.0.0.1' })

  beforeAll(async () => {
    await fillHostileBlog(app.blog)
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
    await new Promise<void>((resolve) => server.once('listening', resolve))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    close = () => void server.close()
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser.close()
    close()
  })

  async function visitAll(paths: readonly string[]): Promise<void> {
    await asVisitor(browser, { width: 1280, bypassCSP: true }, async (page) => {
      const foreign: string[] = []
      page.on('request', (request) => {
        // Pictures may come from anywhere (img-src https:); nothing else may.
        const isOurs = request.url().startsWith(base) || request.url().startsWith('data:image/')
        if (!isOurs && request.resourceType() !== 'image') foreign.push(request.url())
      })
      await page.addInitScript(trap)
      for (const path of paths) {
        await page.goto(base + path)
        expect(await page.evaluate(touch), path).toBe(0)
        expect(await page.evaluate(strangers), path).toEqual([])
        expect(new URL(page.url()).origin, path).toBe(base)
      }
      expect(foreign).toEqual([])
    })
  }

  test('nothing runs on any post', async () => {
    await visitAll(payloads.map((_, n) => `/posts/${hostileSlug(n)}`))
  })

  test('nothing runs in listings, nor in what a query brings back', async () => {
    const coded = payloads.map(encodeURIComponent)
    await visitAll([
      '/',
      '/tags',
      '/tags/shared',
      '/archive/2020/01',
      ...coded.map((text) => `/search?q=${text}`),
      ...coded.map((text) => `/admin/login?next=${text}`),
    ])
  })

  test('nothing runs from the settings of the site', async () => {
    for (const n of payloads.keys()) {
      setHostileSettings(app.blog, n)
      await visitAll(['/about'])
    }
  })

  test('the trap closes: a page that did run a payload would be seen', async () => {
    await asVisitor(browser, { width: 1280, bypassCSP: true }, async (page) => {
      await page.addInitScript(trap)
      await page.goto(base)
      await page.setContent('<p onmouseover="pwned()">x</p><pwned></pwned>')
      expect(await page.evaluate(touch)).toBe(1)
      expect(await page.evaluate(strangers)).toHaveLength(1)
    })
  })
})
