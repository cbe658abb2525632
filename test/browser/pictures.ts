/**
 * The pictures in the README, made anew: `npm run pictures`.
 *
 * `home.png` (light), `post.png` (dark, with its comments), `moderation.png`, each into `.github/`.
 */

import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import type { Page } from 'playwright-core'

import { fillPictureBlog } from '../support/picture-blog.ts'
import { scriptedCheck } from '../support/spam-checks.ts'
import { openTestApp } from '../support/test-app.ts'
import { asVisitor, hasBrowser, openBrowser } from './chromium.ts'

const folder = new URL('../../.github/', import.meta.url).pathname
const width = 1200
const height = 820

async function take(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${folder}${name}.png`, timeout: 120_000 })
  console.log(`.github/${name}.png`)
}

async function takeAll(base: string, session: string): Promise<void> {
  const browser = await openBrowser()
  const viewport = { width, height }
  try {
    await asVisitor(browser, { width, viewport }, async (page) => {
      await page.goto(base)
      await take(page, 'home')
    })
    const column = { width: 740, height: 1_060 }
    const view = { width: column.width, viewport: column, colorScheme: 'dark' as const }
    await asVisitor(browser, view, async (page) => {
      await page.goto(`${base}/posts/siblings`)
      await page.evaluate("scrollTo(0, document.querySelector('#comments').offsetTop - 596)")
      await take(page, 'post')
    })
    const extraHTTPHeaders = { cookie: session }
    await asVisitor(browser, { width, viewport, extraHTTPHeaders }, async (page) => {
      await page.goto(`${base}/admin/comments`)
      await page.locator('.queued header input').nth(1).check()
      await take(page, 'moderation')
    })
  } finally {
    await browser.close()
  }
}

if (!hasBrowser) process.exit(1)
const app = openTestApp({
  publicUrl: 'http://127.0.0.1',
  spam: { check: scriptedCheck(), mode: 'act' },
})
await fillPictureBlog(app.blog, app.clock)
app.blog.addAccount('vilem', 'editor')
const { cookie } = await app.blog.signIn('vilem')
const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
await new Promise<void>((resolve) => server.once('listening', resolve))
await takeAll(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, cookie)
server.close()
