/**
 * The walk by keyboard alone: Tab, Enter, Space and letters, for readers and for moderators. Every place where
 * the focus stops can be seen.
 */

import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { fakePassword } from '../support/fake-accounts.ts'
import { serveSample } from './blogs.ts'
import type { ServedSample } from './blogs.ts'
import { asVisitor, hasBrowser, openBrowser } from './chromium.ts'

const stopsMax = 150

interface Stop {
  readonly isThere: boolean
  /** What has the focus, as far as a reader could tell it from others. */
  readonly name: string
  /** It has an outline that is drawn, within what can be scrolled to. */
  readonly isSeen: boolean
}

const lookAt = (selector: string): string => `(() => {
  const element = document.activeElement
  const style = getComputedStyle(element)
  const box = element.getBoundingClientRect()
  return {
    isThere: element.matches(${JSON.stringify(selector)}),
    name: element.tagName + ' ' + (element.textContent || element.name || '').trim().slice(0, 40),
    isSeen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 &&
      box.right > 0 && box.bottom + scrollY > 0,
  }
})()`

/** Presses Tab until the focus is where it is wanted. @returns the places that it came by. */
async function tabTo(page: Page, selector: string, key = 'Tab'): Promise<readonly string[]> {
  const passed: string[] = []
  while (passed.length < stopsMax) {
    await page.keyboard.press(key)
    const stop = await page.evaluate<Stop>(lookAt(selector))
    const isPage = stop.name.startsWith('BODY')
    if (!isPage) expect(stop.isSeen, `the focus cannot be seen on ${stop.name}`).toBe(true)
    passed.push(stop.name)
    if (stop.isThere) return passed
  }
  throw new Error(`${selector} is not reached by ${key}: ${passed.join(' | ')}`)
}

const labelOf = async (stop: Locator): Promise<string> =>
  (await stop.getAttribute('aria-label')) ?? (await stop.textContent()) ?? ''

/** For pages without scripts, whose focus is looked at from outside; stays where it is wanted already. */
async function tabUntil(page: Page, isIt: (stop: Locator) => Promise<boolean>): Promise<void> {
  const stop = page.locator(':focus')
  for (let stops = 0; stops < stopsMax; stops++) {
    if ((await stop.count()) > 0 && (await isIt(stop))) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`not reached by ${stopsMax} times Tab`)
}

const isWithin = (page: Page, selector: string): Promise<boolean> =>
  page.evaluate(`document.activeElement.closest(${JSON.stringify(selector)}) !== null`)

/** A key that leads to another page, whole. */
async function press(page: Page, key: 'Enter' | 'Space', leadsTo: RegExp): Promise<void> {
  await Promise.all([page.waitForEvent('load'), page.keyboard.press(key)])
  expect(page.url()).toMatch(leadsTo)
}

describe.skipIf(!hasBrowser)('by keyboard alone', { timeout: 120_000 }, () => {
  let browser: Browser
  let sample: ServedSample

  beforeAll(async () => {
    ;[browser, sample] = await Promise.all([openBrowser(), serveSample()])
    sample.blog.addAccount('mona', 'editor')
  })
  afterAll(async () => {
    await browser.close()
    sample.close()
  })

  const onPage = (path: string, walk: (page: Page) => Promise<void>): Promise<void> =>
    asVisitor(browser, { width: 1280 }, async (page) => {
      await page.goto(sample.url + path)
      await walk(page)
    })

  test('the skip link is the first stop, and the text begins after it', () =>
    onPage('/', async (page) => {
      expect(await tabTo(page, '.skip')).toHaveLength(1)
      await page.keyboard.press('Enter')
      expect(await isWithin(page, '#main')).toBe(true)
      const [next] = await tabTo(page, '#main a')
      expect(next).toBe('A Everything at once & more')
    }))

  test('a reader searches, follows what was found and comes to the end of the page', () =>
    onPage('/', async (page) => {
      await tabTo(page, '.masthead input[name=q]')
      await page.keyboard.type('consistency')
      await press(page, 'Enter', /\/search\?q=consistency/)
      await tabTo(page, '.results a[href^="/posts/"]')
      await press(page, 'Enter', /\/posts\//)
      await tabTo(page, '.foot a:last-of-type')
    }))

  test.each([true, false])('a reader answers a comment (with the script: %s)', (hasScript) =>
    asVisitor(browser, { width: 1280, javaScriptEnabled: hasScript }, async (page) => {
      await page.goto(`${sample.url}/posts/everything`)
      const name = hasScript ? 'Radia' : 'Frances'
      await tabUntil(page, async (stop) => (await labelOf(stop)).includes('Reply to Ada'))
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Reply to Ada' }).waitFor()
      await tabUntil(page, async (stop) => (await stop.getAttribute('id')) === 'author')
      await page.keyboard.type(name)
      await tabUntil(page, async (stop) => (await stop.getAttribute('id')) === 'body')
      await page.keyboard.type('Typed, not clicked.')
      await tabUntil(page, async (stop) => (await labelOf(stop)) === 'Send')
      await page.keyboard.press('Space')
      await page.locator('#comment-notice').waitFor()
      expect(await page.locator('#comment-notice').textContent()).toContain('Typed, not clicked.')
    }),
  )

  test('a moderator signs in, decides about several at once, takes it back and signs out', () =>
    onPage('/admin/comments', async (page) => {
      expect(await isWithin(page, '[name=name]')).toBe(true)
      await page.keyboard.type('mona')
      await tabTo(page, '[name=password]')
      await page.keyboard.type(fakePassword)
      await press(page, 'Enter', /\/admin\/comments$/)
      const boxes = page.locator('.queued header input')
      const waiting = await boxes.count()
      expect(waiting).toBeGreaterThan(0)
      await tabTo(page, '.queued header input')
      await page.keyboard.press('Space')
      expect(await boxes.first().isChecked()).toBe(true)
      await tabTo(page, 'button[aria-label="Approve: the ticked comments"]', 'Shift+Tab')
      await press(page, 'Space', /#outcome$/)
      await page.getByRole('status').first().waitFor()
      expect(await boxes.count()).toBe(waiting - 1)
      await tabTo(page, '.notice button')
      await press(page, 'Enter', /#outcome$/)
      await page.getByText('Taken back').waitFor()
      expect(await boxes.count()).toBe(waiting)
      await tabTo(page, '.who button', 'Shift+Tab')
      await press(page, 'Enter', /\/(?:admin\/login.*)?$/)
      await page.goto(`${sample.url}/admin/comments`)
      expect(page.url()).toContain('/admin/login')
    }))
})
