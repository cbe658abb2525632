/**
 * The walk-through: the real program from its first minute on, with an author, a moderator, readers and
 * spammers, each in a browser of their own, and Akismet as a stand-in.
 *
 *     set-up link ─▶ posts ─▶ read, search ─▶ comment (script, no script) ─▶ preview, edit
 *       ─▶ queue: approve, spam, not spam, many at once, undo ─▶ what Akismet was told ─▶ sign out
 */

import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import { rightKey, spamAuthor, startAkismet } from '../support/akismet-stand-in.ts'
import type { AkismetStandIn } from '../support/akismet-stand-in.ts'
import { htmlFaults } from '../support/html-faults.ts'
import { createToken, freshFolder, serve, until } from '../support/program.ts'
import type { Served } from '../support/program.ts'
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

const password = 'seven quiet herons at dawn'
const slug = 'eventual-consistency'
const patienceMs = 60_000

/** One run of the program with all who come to it. */
interface Stage {
  readonly server: Served
  readonly akismet: AkismetStandIn
  readonly width: number
}

/** Everything that is true of every page that anybody comes by on the way. */
async function look(page: Page, width: number, name: string): Promise<void> {
  await keepPicture(page, `walk-${name}-${width}`)
  expect(await overflow(page), `${name} runs off the side`).toBeLessThanOrEqual(0)
  const enlarged = await overflowEnlarged(page)
  expect(enlarged, `${name} runs off the side with large letters`).toBeLessThanOrEqual(0)
  expect(await axeViolations(page), name).toEqual([])
  // What the server sent: a browser hides the faults that it mends.
  const html = await (await page.request.get(page.url())).text()
  expect(await htmlFaults(html), name).toEqual([])
}

async function setUp(page: Page, { server, width }: Stage): Promise<void> {
  const link = /^Set up {2}(\S+)$/m.exec(server.stdout())?.[1]
  expect(link, 'the link is printed').toBeDefined()
  await page.goto(link!)
  await look(page, width, '01-set-up')
  await page.fill('[name=title]', 'Ring of Keys')
  await page.fill('[name=name]', 'vilem')
  await page.fill('[name=password]', password)
  await page.fill('[name=again]', 'something else')
  await page.click('button.strong')
  // What was typed is still there, and the mistake is named beside its field.
  expect(await page.inputValue('[name=name]')).toBe('vilem')
  expect(await page.inputValue('[name=title]')).toBe('Ring of Keys')
  await page.fill('[name=password]', password)
  await page.fill('[name=again]', password)
  await page.click('button.strong')
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
  await look(page, width, '02-signed-in')
  await page.goto(link!)
  await page.getByRole('heading', { name: 'This link does not work' }).waitFor()
}

async function publish(server: Served): Promise<void> {
  const token = await createToken(server.env)
  const posts = [
    {
      title: 'Eventual consistency',
      slug,
      tags: ['riak', 'theory'],
      body: 'Replicas **converge**. They are given time.\n\n```js\nmerge(a, b) // either order\n```',
    },
    { title: 'On siblings', slug: 'on-siblings', tags: ['riak'], body: 'Two values, both kept.' },
  ]
  for (const [n, post] of posts.entries()) {
    const answer = await fetch(`${server.url}/api/posts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        ...post,
        status: 'published',
        publishedAt: `2024-03-0${n + 1}T08:00:00Z`,
      }),
    })
    expect(answer.status).toBe(201)
  }
}

async function readAndSearch(page: Page, { server, width }: Stage): Promise<void> {
  await page.goto(server.url)
  await look(page, width, '03-home')
  await page.getByRole('link', { name: 'Eventual consistency', exact: true }).first().click()
  await page.getByRole('heading', { level: 1, name: 'Eventual consistency' }).waitFor()
  await look(page, width, '04-post')
  // The search reads new posts in the background.
  await until('the post is found by a mistyped word', patienceMs, async () => {
    await page.goto(server.url)
    await page.fill('.masthead input[name=q]', 'convrege')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/search\?q=/)
    return (await page.locator('main mark').count()) > 0
  })
  await look(page, width, '05-search')
  await page.getByRole('link', { name: 'Eventual consistency', exact: true }).first().click()
  await page.waitForURL(`${server.url}/posts/${slug}`)
}

/** As somebody types who thinks while doing so: longer than the time trap is wide. */
async function type(page: Page, text: string): Promise<void> {
  await page.fill('#body', '')
  await page.locator('#body').pressSequentially(text, { delay: 4_000 / text.length })
}

async function commentWithScript(page: Page, { server, width }: Stage): Promise<void> {
  const { errors } = listen(page, server.url)
  await page.goto(`${server.url}/posts/${slug}`)
  await page.fill('#author', 'Ada')
  await type(page, 'A comment *with* a script, typed by hand.')
  await page.locator('.respond button[type=submit]:not([name])').first().click()
  const own = page.locator('.comment', { hasText: 'typed by hand' })
  await own.waitFor()
  expect(await page.locator('#comments').textContent()).not.toContain('held for moderation')
  await look(page, width, '06-comment-shown')

  await own.getByRole('link', { name: /^Edit/ }).click()
  await look(page, width, '07-comment-edit')
  await type(page, 'A comment *with* a script, and mended.')
  await page.click('button[name=preview]')
  expect(await page.locator('.preview em').textContent()).toBe('with')
  await page.locator('.respond button[type=submit]:not([name])').first().click()
  await page.locator('.comment', { hasText: 'and mended' }).waitFor()
  expect(errors).toEqual([])
}

function addressOf(name: string): string {
  return `203.0.113.${name.charCodeAt(0)}`
}

async function commentWithoutScript(
  browser: Browser,
  stage: Stage,
  comment: { readonly author: string; readonly body: string },
): Promise<void> {
  const { server, width } = stage
  // Everybody has an address: from one, five comments are taken and then one each 20 s.
  const extraHTTPHeaders = { 'x-forwarded-for': addressOf(comment.author) }
  await asVisitor(browser, { width, javaScriptEnabled: false, extraHTTPHeaders }, async (page) => {
    await page.goto(`${server.url}/posts/${slug}`)
    await page.fill('#author', comment.author)
    await page.fill('#body', comment.body)
    await page.click('button[name=preview]')
    expect(await page.inputValue('#body')).toBe(comment.body)
    expect(await page.locator('.preview').textContent()).toContain(comment.body)
    await page.locator('.respond button[type=submit]:not([name])').first().click()
    const notice = page.locator('#comment-notice')
    // Spammers are told nothing else than everybody.
    expect(await notice.textContent()).toContain('held for moderation')
    expect(await notice.textContent()).toContain(comment.body)
    await keepPicture(page, `walk-08-held-${width}`)
  })
}

/** What anybody who comes by now reads below the post. */
async function commentsNow(server: Served): Promise<string> {
  const html = await (await fetch(`${server.url}/posts/${slug}`)).text()
  return /<section id="comments"[\s\S]*?<\/section>/.exec(html)?.[0] ?? ''
}

async function signIn(page: Page, stage: Stage): Promise<void> {
  const { server, width } = stage
  await page.goto(`${server.url}/admin/comments`)
  expect(page.url()).toContain('/admin/login?next=')
  await page.fill('[name=name]', 'vilem')
  await page.fill('[name=password]', 'not the password')
  await page.click('button.strong')
  await page.getByRole('alert').waitFor()
  expect(await page.inputValue('[name=name]')).toBe('vilem')
  await look(page, width, '09-login-refused')
  await page.fill('[name=password]', password)
  await page.click('button.strong')
  await page.waitForURL(`${server.url}/admin/comments`)
}

const queueOf = (server: Served, status: string): string =>
  `${server.url}/admin/comments?status=${status}`

async function decide(page: Page, button: string, author: string): Promise<void> {
  await page.getByRole('button', { name: `${button}: the comment by ${author}` }).click()
  await page.getByRole('status').first().waitFor()
}

async function moderate(page: Page, browser: Browser, stage: Stage): Promise<void> {
  const { server, akismet, width } = stage
  await page.goto(queueOf(server, 'pending'))
  await look(page, width, '10-queue')
  await decide(page, 'Approve', 'Grace')
  await look(page, width, '11-approved')
  expect(await commentsNow(server)).toContain('without any script')

  await page.goto(queueOf(server, 'spam'))
  await look(page, width, '12-spam')
  await decide(page, 'Not spam', spamAuthor)
  expect(await commentsNow(server)).toContain('Cheap pills')
  await until('Akismet hears that it was no spam', patienceMs, () => {
    return akismet
      .callsOf('submit-ham')
      .some((call) => call.fields['comment_author'] === spamAuthor)
  })

  await page.goto(queueOf(server, 'approved'))
  await decide(page, 'Spam', 'Grace')
  expect(await commentsNow(server)).not.toContain('without any script')
  await until('Akismet hears that it was spam', patienceMs, () => {
    return akismet.callsOf('submit-spam').some((call) => call.fields['comment_author'] === 'Grace')
  })
  await manyAtOnce(page, browser, stage)
}

async function manyAtOnce(page: Page, browser: Browser, stage: Stage): Promise<void> {
  const { server, width } = stage
  for (const author of ['Barbara', 'Edsger']) {
    await commentWithoutScript(browser, stage, { author, body: `A remark of ${author}` })
  }
  await page.goto(queueOf(server, 'pending'))
  for (const name of ['Barbara', 'Edsger']) {
    await page.getByRole('checkbox', { name: `Tick the comment by ${name}` }).check()
  }
  await page.getByRole('button', { name: 'Approve: the ticked comments' }).first().click()
  await page.getByRole('status').first().waitFor()
  await look(page, width, '13-many-approved')
  expect(await commentsNow(server)).toContain('A remark of Barbara')
  expect(await commentsNow(server)).toContain('A remark of Edsger')
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('Taken back').waitFor()
  expect(await commentsNow(server)).not.toContain('A remark of Barbara')
}

async function otherPages(page: Page, { server, width }: Stage): Promise<void> {
  for (const path of ['/admin', '/admin/settings', '/admin/account', `/posts/${slug}`, '/']) {
    await page.goto(server.url + path)
    await look(page, width, `14-signed-in${path.replaceAll('/', '-')}`)
  }
  await page.goto(`${server.url}/admin`)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.goto(`${server.url}/admin/comments`)
  expect(page.url()).toContain('/admin/login')
  await look(page, width, '15-login')
}

describe.skipIf(!hasBrowser)('from the first minute of a blog to its moderation', () => {
  let browser: Browser
  let folder: ReturnType<typeof freshFolder>
  let akismet: AkismetStandIn
  let server: Served
  let moderator: BrowserContext | undefined

  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(() => browser.close())

  beforeEach(async () => {
    folder = freshFolder('walk')
    akismet = await startAkismet()
    server = await serve({
      RINGPOST_DATA: join(folder.path, 'data'),
      AKISMET_KEY: rightKey,
      AKISMET_URL: akismet.url,
      TRUST_PROXY: '1',
    })
  })
  afterEach(async () => {
    await moderator?.close()
    await server.kill('SIGTERM')
    await akismet.close()
    folder.remove()
  })

  test.each([1280, 320])('everything works at %d px, as its people would do it', async (width) => {
    const stage: Stage = { server, akismet, width }
    const viewport = { width, height: 900 }
    moderator = await browser.newContext({ viewport })
    const page = await moderator.newPage()
    await setUp(page, stage)
    await publish(server)

    await asVisitor(browser, { width }, async (reader) => {
      await readAndSearch(reader, stage)
      await commentWithScript(reader, stage)
    })
    await commentWithoutScript(browser, stage, {
      author: 'Grace',
      body: 'I came without any script',
    })
    await commentWithoutScript(browser, stage, { author: spamAuthor, body: 'Cheap pills' })
    const now = await commentsNow(server)
    expect(now).toContain('and mended')
    expect(now).not.toContain('without any script')
    expect(now).not.toContain('Cheap pills')

    await page.context().clearCookies()
    await signIn(page, stage)
    await moderate(page, browser, stage)
    await otherPages(page, stage)
  })
})
