/** The one script of a post's page: what it adds to a form that works without it. */

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { serveSample } from './blogs.ts'
import type { ServedSample } from './blogs.ts'
import { hasBrowser, openBrowser } from './chromium.ts'

describe.skipIf(!hasBrowser)('with the script', { timeout: 60_000 }, () => {
  let browser: Browser
  let sample: ServedSample

  beforeAll(async () => {
    ;[browser, sample] = await Promise.all([openBrowser(), serveSample()])
  })
  afterAll(async () => {
    await browser.close()
    sample.close()
  })

  async function open(path: string): Promise<Page> {
    const page = await (await browser.newContext()).newPage()
    await page.goto(sample.url + path)
    return page
  }

  const stampOf = (page: Page): Promise<string> => page.inputValue('[name=stamp]')

  test('no stamp is asked for before the form is touched, and one when it is', async () => {
    const page = await open('/posts/short')
    expect(await stampOf(page)).toBe('')
    const asked = page.waitForResponse(/\/comments\/stamp\?/)
    await page.focus('#body')
    expect((await asked).status()).toBe(200)
    await page.waitForFunction(
      () => document.querySelector<HTMLInputElement>('[name=stamp]')?.value !== '',
    )
  })

  test('a double click sends once, and a button that was pressed is part of what is sent', async () => {
    const page = await open('/posts/note-1')
    let posts = 0
    page.on('request', (request) => {
      if (request.method() === 'POST') posts += 1
    })
    await page.fill('#author', 'Ada')
    await page.fill('#body', 'Clicked twice')
    await page.dblclick('#respond button[name=preview]')
    await page.waitForSelector('.preview')
    expect(posts).toBe(1)
    await page.dblclick('#respond button:not([name])')
    await page.waitForSelector('#comment-notice')
    expect(posts).toBe(2)
  })

  test('a draft outlives a reload and ends when it is sent', async () => {
    const page = await open('/posts/note-2')
    await page.fill('#author', 'Ada')
    await page.fill('#body', 'A long thought')
    await page.reload()
    await page.locator('#respond').scrollIntoViewIfNeeded()
    await page.waitForFunction(
      () => document.querySelector<HTMLTextAreaElement>('#body')?.value === 'A long thought',
    )
    await page.click('#respond button:not([name])')
    await page.waitForSelector('#comment-notice')
    expect(await page.inputValue('#body')).toBe('')
    expect(page.url()).not.toContain('comment=')
    await page.reload()
    await page.focus('#body')
    expect(await page.inputValue('#body')).toBe('')
  })

  test('a name is remembered only where its owner ticks the box', async () => {
    const page = await open('/posts/note-3')
    const send = async (words: string, isTicked: boolean): Promise<void> => {
      await page.fill('#author', 'Ada')
      await page.fill('#body', words)
      await page.setChecked('.remember input', isTicked)
      await page.click('#respond button:not([name])')
      await page.waitForSelector('#comment-notice')
    }
    await send('First', false)
    await page.goto(`${sample.url}/posts/note-4`)
    await page.focus('#author')
    expect(await page.inputValue('#author')).toBe('')
    await send('Second', true)
    await page.goto(`${sample.url}/posts/note-5`)
    await page.focus('#author')
    expect(await page.inputValue('#author')).toBe('Ada')
  })

  test('a reply is written below what it answers, and taken back to everybody', async () => {
    const page = await open('/posts/everything')
    const first = page.locator('#comments article').first()
    await first.getByRole('link', { name: 'Reply to Ada' }).click()
    expect(await page.inputValue('[name=parent]')).toMatch(/^[0-9A-Z]{26}$/)
    expect(await page.locator('#comments #respond h2').textContent()).toBe('Reply to Ada')
    await page.getByRole('button', { name: 'Write to everybody instead' }).click()
    expect(await page.inputValue('[name=parent]')).toBe('')
    expect(await page.locator('#comments #respond').count()).toBe(0)
    expect(await page.locator('#respond h2').textContent()).toBe('Leave a comment')
  })
})
