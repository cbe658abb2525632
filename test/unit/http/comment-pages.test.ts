/** Comments as readers find them: threads, long ones in pages, permalinks, their feed. */

import { beforeEach, describe, expect, test } from 'vitest'

import { InvalidInputError } from '../../../src/kernel/errors.ts'
import { limits } from '../../../src/kernel/limits.ts'
import { fillSampleBlog } from '../../support/sample-blog.ts'
import { openTestApp } from '../../support/test-app.ts'
import type { TestApp } from '../../support/test-app.ts'

let app: TestApp
let postId: string

beforeEach(async () => {
  app = openTestApp()
  const ids = await fillSampleBlog(app.blog)
  postId = ids.get('short') ?? ''
})

async function add(
  body: string,
  options: { parent?: string; author?: string } = {},
): Promise<string> {
  const { author = 'Ada', parent = null } = options
  const added = await app.blog.comments.add(
    postId,
    { author, body, parent },
    { verdict: 'approved' },
  )
  return added?.comment.id ?? ''
}

async function addMany(count: number): Promise<readonly string[]> {
  const ids: string[] = []
  for (let n = 0; n < count; n++) ids.push(await add(`Number ${n}`))
  return ids
}

const page = async (path: string): Promise<string> => (await app.get(path)).text()

describe('a thread on its page', () => {
  test('is an ordered list of articles with an id each, answers in lists within', async () => {
    const first = await add('First')
    const second = await add('Second', { parent: first })
    const html = await page('/posts/short')
    expect(html).toMatch(
      new RegExp(
        `<ol class="comments"><li><article id="comment-${first}".*</article>` +
          `<ol class="comments"><li><article id="comment-${second}"`,
        's',
      ),
    )
    expect(html).toContain(`<a class="when" href="#comment-${second}">`)
  })

  test('nine answers deep says of the deepest whom they answer', async () => {
    let parent = await add('Number 1', { author: 'Writer 1' })
    for (let n = 2; n <= 9; n++)
      parent = await add(`Number ${n}`, { parent, author: `Writer ${n}` })
    const html = await page('/posts/short')
    expect(html.match(/<ol class="comments">/g)).toHaveLength(limits.commentDepthMax)
    expect(html).toMatch(/in reply to <a href="#comment-\w+" dir="auto">Writer 8<\/a>/)
  })

  test('marks the place of a comment that is held, and shows nothing of it', async () => {
    const held = await add('Secret words', { author: 'Mallory' })
    await add('An answer', { parent: held })
    await app.blog.comments.moderate(held, 'pending', 'x')
    const html = await page('/posts/short')
    expect(html).toContain('A comment that is not shown.')
    expect(html).toContain('An answer')
    expect(html).not.toMatch(/Secret words|Mallory/)
  })

  test('lets names and texts run from right to left where they do', async () => {
    await add('هذا تعليق', { author: 'محمد' })
    const html = await page('/posts/short')
    expect(html).toContain('<b class="who" dir="auto">محمد</b>')
    expect(html).toMatch(/<div class="prose" dir="auto"><p>هذا تعليق/)
  })
})

describe('more comments than a page holds', () => {
  test('lead on and back, every one is met once, and answers keep their form', async () => {
    const ids = await addMany(limits.pageComments + 3)
    const first = await page('/posts/short')
    const next = /<a href="([^"]+)">More comments/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const second = await page(next.split('#')[0] ?? '')
    const shownOn = (html: string): readonly string[] =>
      [...html.matchAll(/<article id="comment-(\w+)"/g)].map((match) => match[1] ?? '')
    expect([...shownOn(first), ...shownOn(second)]).toEqual(ids)
    expect(second).toContain('<a href="/posts/short#comments">The first comments</a>')
    const reply = /href="([^"]*reply=[^"]*)"/.exec(second)?.[1]?.replaceAll('&amp;', '&') ?? ''
    expect(await page(reply.split('#')[0] ?? '')).toContain('Reply to Ada</h2>')
  })

  test('an answer to one of another page leads there', async () => {
    const [first = ''] = await addMany(limits.pageComments)
    await add('Late answer', { parent: first })
    const rest = await page('/posts/short?comments=c500')
    expect(rest).toContain(`<a href="/posts/short/comments/${first}" rel="nofollow">`)
  })
})

describe('the permalink of a comment', () => {
  const leadsTo = async (id: string): Promise<readonly [number, string | null]> => {
    const answer = await app.get(`/posts/short/comments/${id}`)
    return [answer.status, answer.headers.get('location')]
  }

  test('leads to the page it stands on', async () => {
    const ids = await addMany(limits.pageComments + 3)
    const near = ids[2] ?? ''
    const far = ids[limits.pageComments + 1] ?? ''
    expect(await leadsTo(near)).toEqual([302, `/posts/short#comment-${near}`])
    const [status, place] = await leadsTo(far)
    expect(status).toBe(302)
    expect(await page((place ?? '').split('#')[0] ?? '')).toContain(`<article id="comment-${far}"`)
  })

  test('of one that is held, removed, of another post or not there is a 404', async () => {
    const id = await add('First')
    await app.blog.comments.moderate(id, 'pending', 'x')
    expect(await leadsTo(id)).toEqual([404, null])
    expect(await leadsTo('01HZZZZZZZ0000000000000999')).toEqual([404, null])
  })

  test('of one that is held leads its author, and nobody else, to the notice about it', async () => {
    const html = await page('/posts/short')
    const ticket = /name="ticket" value="([^"]*)"/.exec(html)?.[1] ?? ''
    const typed = { ticket, author: 'Ada', body: 'Waiting' }
    const sent = await app.form('/posts/short/comments', typed)
    const cookie = (sent.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    const id = /([0-9A-Z]{26})-/.exec(cookie)?.[1] ?? ''
    const own = await app.get(`/posts/short/comments/${id}`, { cookie })
    expect([own.status, own.headers.get('location'), own.headers.get('cache-control')]).toEqual([
      302,
      '/posts/short?comment=held#comment-notice',
      'private, no-store',
    ])
    expect(await leadsTo(id)).toEqual([404, null])
    await app.blog.comments.moderate(id, 'approved', 'x')
    const shown = await app.get(`/posts/short/comments/${id}`, { cookie })
    expect(shown.headers.get('location')).toBe(`/posts/short#comment-${id}`)
  })

  test('an answer to nothing is refused in words above the form, where no field shows it', async () => {
    app.blog.failing.set(
      'comments.add',
      new InvalidInputError([{ field: 'parent', message: 'not the id of a comment' }]),
    )
    const typed = { author: 'Ada', body: 'Two hours of work', parent: 'nonsense' }
    const refused = await app.form('/posts/short/comments', typed)
    expect(refused.status).toBe(422)
    const html = await refused.text()
    expect(html).toContain('What this answers cannot be found.')
    expect(html).toContain('>Two hours of work</textarea>')
  })

  test('the address of the form, asked for by whoever reloads its answer, leads to the comments', async () => {
    const answer = await app.get('/posts/short/comments')
    expect([answer.status, answer.headers.get('location')]).toEqual([301, '/posts/short#comments'])
  })
})

describe('the feed of a post’s comments', () => {
  test('has the newest of many, newest first, never one that is held', async () => {
    const ids = await addMany(limits.feedComments + 20)
    await app.blog.comments.moderate(ids.at(-1) ?? '', 'pending', 'x')
    const feed = await page('/posts/short/comments.atom')
    const shown = [...feed.matchAll(/#comment-(\w+)"/g)].map((match) => match[1])
    expect(shown).toEqual(ids.slice(-limits.feedComments - 1, -1).reverse())
  })

  test('links each to where it stands, also on a later page, and to what it answers', async () => {
    const first = await add('First', { author: 'Grace' })
    await add('Second', { parent: first })
    const feed = await page('/posts/short/comments.atom')
    expect(feed.match(/<thr:in-reply-to ref="urn:uuid:/g)).toHaveLength(2)
    expect(feed).toContain(`href="https://blog.example/posts/short#comment-${first}"`)
    await addMany(limits.pageComments)
    const long = await page('/posts/short/comments.atom?again')
    expect(long).toMatch(/href="https:\/\/blog\.example\/posts\/short\/comments\/[0-9A-Z]{26}"/)
  })
})
