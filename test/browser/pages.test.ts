import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { samplePaths, serveSample } from './blogs.ts'
import type { ServedSample } from './blogs.ts'
import {
  asVisitor,
  axeViolations,
  hasBrowser,
  keepPicture,
  listen,
  openBrowser,
  overflow,
  overflowEnlarged,
} from './chromium.ts'
import type { Complaints, View } from './chromium.ts'

let browser: Browser
let sample: ServedSample

beforeAll(async () => {
  if (!hasBrowser) return
  sample = await serveSample()
  browser = await openBrowser()
})

afterAll(async () => {
  if (!hasBrowser) return
  await browser.close()
  sample.close()
})

const onPage = <T>(
  view: View,
  path: string,
  look: (page: Page, complaints: Complaints) => Promise<T>,
): Promise<T> =>
  asVisitor(browser, view, async (page) => {
    const complaints = listen(page, sample.url)
    await page.goto(sample.url + path)
    return look(page, complaints)
  })

describe.skipIf(!hasBrowser)('pages in a browser', () => {
  for (const width of [1280, 320]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      test.each(samplePaths)(
        `%s has nothing that axe objects to (${width} px, ${colorScheme})`,
        (path) =>
          onPage({ width, colorScheme }, path, async (page, complaints) => {
            await keepPicture(page, `${path}-${width}-${colorScheme}`)
            expect(await overflow(page)).toBeLessThanOrEqual(0)
            expect(await axeViolations(page)).toEqual([])
            expect(complaints.errors.filter((each) => !each.includes('404'))).toEqual([])
            expect(complaints.foreign).toEqual([])
          }),
      )
    }
  }

  test.each(samplePaths)('%s runs off no side at 320 px with letters of twice the size', (path) =>
    onPage({ width: 320 }, path, async (page) => {
      expect(await overflowEnlarged(page)).toBeLessThanOrEqual(0)
    }),
  )

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
    await page.goto(`${sample.url}/posts/short`)
    await page.fill('#author', 'Ada')
    await page.fill('#body', 'It *works*.')
    await page.click('button[name=preview]')
    expect(await page.locator('.preview em').textContent()).toBe('works')
    expect(await page.inputValue('#body')).toBe('It *works*.')
    await page.click('.respond button[type=submit]:not([name])')
    expect(await page.locator('#comment-notice').textContent()).toContain('held for moderation')
    expect(page.url()).toContain('#comment-notice')
    await context.close()
  })
})
