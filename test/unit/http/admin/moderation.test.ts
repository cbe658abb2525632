import { beforeEach, describe, expect, test } from 'vitest'

import { OperationError } from '../../../../src/kernel/errors.ts'
import { limits } from '../../../../src/kernel/limits.ts'
import type { CommentStatus, PostView } from '../../../../src/store/blog.ts'
import { htmlFaults } from '../../../support/html-faults.ts'
import { sentForm } from '../../../support/sent-form.ts'
import { openTestApp } from '../../../support/test-app.ts'
import type { TestApp } from '../../../support/test-app.ts'

const own = { 'sec-fetch-site': 'same-origin' }
const path = '/admin/comments'

let app: TestApp
let cookie: string
let post: PostView

beforeEach(async () => {
  app = openTestApp()
  app.blog.addAccount('eve', 'editor')
  app.blog.addAccount('walt', 'author')
  cookie = (await app.blog.signIn('eve')).cookie
  const made = await app.blog.posts.create({ title: 'A talk', status: 'published' }, { by: 'eve' })
  post = made.post
})

async function add(
  body: string,
  verdict: 'approved' | 'pending' | 'spam' = 'pending',
): Promise<string> {
  const made = await app.blog.comments.add(post.id, { author: `by ${body}`, body }, { verdict })
  return made!.comment.id
}

/** The page, which is valid HTML whatever is on it. */
async function show(query = ''): Promise<string> {
  const answer = await app.get(path + query, { cookie })
  expect(answer.status).toBe(200)
  const html = await answer.text()
  expect(await htmlFaults(html)).toEqual([])
  return html
}

function send(fields: URLSearchParams | Record<string, string>, headers = {}): Promise<Response> {
  return app.form(path, fields, { cookie, ...own, ...headers })
}

/** Sent as the page's form has it; @returns the page that a browser is led to. */
async function press(
  html: string,
  button: readonly [string, string],
  tick: readonly string[] = [],
): Promise<string> {
  const answer = await send(sentForm(html, 'class="queue"', { button, tick }))
  expect(answer.status).toBe(303)
  const location = answer.headers.get('location')!
  expect(location).toMatch(/^\/admin\/comments\?.*#outcome$/)
  return (await app.get(location.split('#')[0]!, { cookie })).text()
}

/** The comments that the page shows, as it names them in its form. */
function picksOf(html: string): ReadonlyMap<string, string> {
  const shown = /name="shown" value="([^"]*)"/.exec(html)?.[1] ?? ''
  const picks = shown.match(/\S+/g) ?? []
  return new Map(picks.map((pick) => [pick.split('.')[0]!, pick]))
}

function statusOf(id: string): Promise<CommentStatus | undefined> {
  return app.blog.comments.read(id).then((comment) => comment?.status)
}

function noticeOf(html: string): string {
  return /<div class="notice.*?<\/div>/s.exec(html)?.[0] ?? ''
}

describe('the lists', () => {
  test('each shows its own comments, newest first, and all say how many they hold', async () => {
    const first = await add('one')
    const second = await add('two')
    await add('pills', 'spam')
    await add('fine', 'approved')
    const html = await show()
    expect([...picksOf(html).keys()]).toEqual([second, first])
    expect(html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')).toContain(
      'Waiting 2 Spam 1 Approved 1 Deleted 0',
    )
    expect(html).toMatch(/href="\/admin\/comments" aria-current="page"/)
    expect([...picksOf(await show('?status=spam')).keys()]).toHaveLength(1)
    expect(await show('?status=deleted')).toContain('No comment has been deleted.')
  })

  test('lists whose counts cannot be read are shown without', async () => {
    await add('one')
    app.blog.failing.set('comments.queueCount', new OperationError('BLOG_TIMEOUT', 'late'))
    const html = await show()
    expect(picksOf(html).size).toBe(1)
    expect(html).not.toContain('class="number"')
  })

  test('what could not be read is named', async () => {
    app.blog.unread = ['01HZ0000000000000000000000']
    expect(await show()).toContain('01HZ0000000000000000000000')
  })

  test('a list longer than a page goes on where the page ended, and finds by words', async () => {
    const ids: string[] = []
    for (let n = 0; n < limits.queuePageComments + 2; n++) ids.unshift(await add(`text ${n}.`))
    const html = await show()
    expect([...picksOf(html).keys()]).toEqual(ids.slice(0, limits.queuePageComments))
    const older = /href="([^"]*)" rel="next"/.exec(html)?.[1]?.replaceAll('&amp;', '&')
    const rest = await show(older!.slice(path.length))
    expect([...picksOf(rest).keys()]).toEqual(ids.slice(limits.queuePageComments))
    expect([...picksOf(await show('?find=TEXT+23.')).keys()]).toHaveLength(1)
    expect(await show('?find=nowhere')).toContain('Nothing was found for “nowhere”.')
  })

  test('while the store is away the page says so, and to come back', async () => {
    app.blog.failing.set('comments.queue', new OperationError('BLOG_UNAVAILABLE', 'away'))
    const answer = await app.get(path, { cookie })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
  })

  test.each(['?status=other', '?status=__proto__'])('%s is a broken request', async (query) => {
    expect((await app.get(path + query, { cookie })).status).toBe(400)
  })
})

describe('deciding', () => {
  test('a button beside a comment decides about that one, whatever is ticked', async () => {
    const [one, two] = [await add('one'), await add('two')]
    const html = await show()
    const picks = picksOf(html)
    const after = await press(html, ['one', `approved ${picks.get(one)!}`], [picks.get(two)!])
    expect([await statusOf(one), await statusOf(two)]).toEqual(['approved', 'pending'])
    expect(noticeOf(after)).toContain('1 comment approved: readers see it now.')
    expect(await show('?status=approved')).toContain('Approved by eve on')
  })

  test('an approved comment is on the page of its post at once', async () => {
    const id = await add('worth reading')
    const before = await (await app.get(`/posts/${post.slug}`)).text()
    expect(before).not.toContain('worth reading')
    const html = await show()
    await press(html, ['one', `approved ${picksOf(html).get(id)!}`])
    expect(await (await app.get(`/posts/${post.slug}`)).text()).toContain('worth reading')
  })

  test('the bar decides about the ticked ones, or about all of the page', async () => {
    const ids = [await add('one'), await add('two'), await add('three')]
    let html = await show()
    const picks = picksOf(html)
    html = await press(html, ['all', 'spam'], [picks.get(ids[0]!)!, picks.get(ids[2]!)!])
    expect(noticeOf(html)).toContain('2 comments marked as spam')
    expect(await Promise.all(ids.map(statusOf))).toEqual(['spam', 'pending', 'spam'])
    await add('four')
    await press(await show(), ['all', 'deleted'], ['yes'])
    expect([...picksOf(await show('?status=deleted')).keys()]).toHaveLength(2)
    expect(picksOf(await show()).size).toBe(0)
  })

  test('with nothing ticked nothing is changed, and it is said', async () => {
    const id = await add('one')
    await add('two')
    const html = await press(await show(), ['all', 'deleted'])
    expect(noticeOf(html)).toContain('Nothing was ticked')
    expect(await statusOf(id)).toBe('pending')
  })

  test('what is no spam comes back from the spam', async () => {
    const id = await add('honest', 'spam')
    const html = await show('?status=spam')
    expect(html).toContain('>Not spam</button>')
    await press(html, ['one', `approved ${picksOf(html).get(id)!}`])
    expect(await statusOf(id)).toBe('approved')
  })

  test('Undo takes back what was just done, once, and no more than that', async () => {
    const ids = [await add('one'), await add('two')]
    const done = await press(await show(), ['all', 'spam'], ['yes'])
    // Somebody else has looked at the second one meanwhile.
    await app.blog.comments.moderate(ids[1]!, 'approved', 'adam')
    const answer = await send(sentForm(noticeOf(done), 'method="post"'))
    const undone = await app.get(answer.headers.get('location')!.split('#')[0]!, { cookie })
    const html = await undone.text()
    expect(noticeOf(html)).toContain('Taken back: 1 comment held')
    expect(noticeOf(html)).toContain('1 comment was edited, or decided about by somebody else')
    expect(noticeOf(html)).not.toContain('Undo')
    expect(await Promise.all(ids.map(statusOf))).toEqual(['pending', 'approved'])
  })

  test('of many, those that failed are told, stay ticked and can be sent again', async () => {
    const ids = [await add('one'), await add('two'), await add('three')]
    const away = new OperationError('BLOG_TIMEOUT', 'late')
    app.blog.failing.set(`comments.moderate ${ids[1]!}`, away)
    const html = await press(await show(), ['all', 'approved'], ['yes'])
    expect(noticeOf(html)).toContain('2 comments approved')
    expect(noticeOf(html)).toContain('1 comment could not be stored just now.')
    app.blog.failing.clear()
    const again = sentForm(html, 'class="queue"')
    expect(again.getAll('pick[]')).toEqual([picksOf(html).get(ids[1]!)])
    again.append('all', 'approved')
    await send(again)
    expect(await Promise.all(ids.map(statusOf))).toEqual(['approved', 'approved', 'approved'])
  })

  test('a text that changed after the page was made is not approved unseen', async () => {
    const id = await add('harmless')
    const html = await show()
    await app.blog.comments.edit(id, { body: 'buy pills' })
    const after = await press(html, ['one', `approved ${picksOf(html).get(id)!}`])
    expect(await statusOf(id)).toBe('pending')
    expect(noticeOf(after)).toContain('after you opened the page: nothing was changed there')
    expect(after).toContain('buy pills')
  })

  test('a decision comes back to the place it was sent from', async () => {
    for (let n = 0; n < limits.queuePageComments + 2; n++) await add(`text ${n}`)
    const older = /href="([^"]*)" rel="next"/.exec(await show('?find=text'))![1]!
    const html = await show(older.replaceAll('&amp;', '&').slice(path.length))
    const [pick] = picksOf(html).values()
    const form = sentForm(html, 'class="queue"', { button: ['one', `spam ${pick!}`] })
    const location = new URL((await send(form)).headers.get('location')!, 'https://blog.example')
      .searchParams
    const was = new URL(older.replaceAll('&amp;', '&'), 'https://blog.example').searchParams
    expect(location.get('cursor')).toBe(was.get('cursor'))
    expect(location.get('find')).toBe('text')
  })
})

describe('who may, and from where', () => {
  test.each(['cross-site', 'same-site'])(
    'a form that a %s page sends decides nothing',
    async (site) => {
      const id = await add('one')
      const html = await show()
      const form = sentForm(html, 'class="queue"', {
        button: ['one', `approved ${picksOf(html).get(id)!}`],
      })
      const answer = await app.form(path, form, { cookie, 'sec-fetch-site': site })
      expect(answer.status).toBe(403)
      expect(await statusOf(id)).toBe('pending')
    },
  )

  test('without a session it leads to the login, and nothing is decided', async () => {
    const id = await add('one')
    const form = sentForm(await show(), 'class="queue"', { tick: ['yes'] })
    form.append('all', 'approved')
    expect((await app.get(path)).status).toBe(303)
    expect((await app.form(path, form, own)).status).toBe(401)
    expect(await statusOf(id)).toBe('pending')
  })

  test('an author sees no comment of the queue and decides nothing', async () => {
    const id = await add('one')
    const form = sentForm(await show(), 'class="queue"', { tick: ['yes'] })
    form.append('all', 'approved')
    const walt = (await app.blog.signIn('walt')).cookie
    const page = await app.get(path, { cookie: walt })
    expect(page.status).toBe(403)
    expect(await page.text()).not.toContain('by one')
    expect((await app.form(path, form, { ...own, cookie: walt })).status).toBe(403)
    expect(await statusOf(id)).toBe('pending')
  })

  test('a GET decides nothing, and an outcome that this site did not write is not believed', async () => {
    const id = await add('one')
    const [pick] = picksOf(await show()).values()
    await show(`?one=approved+${pick!}&all=approved&every-above=yes&shown=${pick!}`)
    expect(await statusOf(id)).toBe('pending')
    const forged = Buffer.from(
      JSON.stringify({ from: 'spam', to: 'pending', done: [{ id }], changed: [], gone: [] }),
    ).toString('base64url')
    for (const done of [forged, `${forged}.`, `${forged}.AAAAAAAAAAAAAAAAAAAAAAAAAAA`]) {
      expect(noticeOf(await show(`?done=${done}`))).toBe('')
      await send({ undo: done, status: 'pending', all: 'approved' })
      expect(await statusOf(id)).toBe('pending')
    }
  })

  test.each([
    [{ one: 'approved' }],
    [{ one: 'approved nothing' }],
    [{ one: 'published X.Y' }],
    [{ all: 'constructor', 'pick[]': 'X.Y' }],
    [{ all: 'approved', 'every-below': 'yes', shown: 'X.Y '.repeat(3).concat('Z') }],
    [{}],
  ] as readonly [Record<string, string>][])('%j is a broken request', async (fields) => {
    expect((await send(fields)).status).toBeGreaterThanOrEqual(400)
  })

  test('more comments than a page shows are not decided about at once', async () => {
    const picks = Array.from({ length: limits.queuePicksMax + 1 }, (_, n) => `ID${n}.X`)
    const answer = await send({ all: 'spam', 'every-below': 'yes', shown: picks.join(' ') })
    expect(answer.status).toBe(400)
  })
})

describe('what a stranger typed', () => {
  test('acts nowhere: name, mail, address, text and title are words', async () => {
    const bad = '"><script>alert(1)</script><img src=x onerror=alert(2)>\''
    const evil = await app.blog.posts.create({ title: bad, status: 'published' }, { by: 'eve' })
    const input = { author: bad, email: `${bad}@x.y`, url: `https://x.y/${bad}`, body: bad }
    await app.blog.comments.add(evil.post.id, input, { verdict: 'pending' })
    const answer = await app.get(`${path}?find=${encodeURIComponent(bad)}`, { cookie })
    const html = await answer.text()
    expect(picksOf(html).size).toBe(1)
    expect(html).not.toMatch(/<script|<img|onerror=(?!alert\(2\)&gt;)/)
    expect(answer.headers.get('content-security-policy')).toContain("script-src 'none'")
    expect(html).not.toMatch(/href="https?:/)
  })

  test('a long text is folded behind its beginning, and whole underneath', async () => {
    const body = `It begins. ${'word '.repeat(1_000)}It ends.`
    await app.blog.comments.add(post.id, { author: 'long', body }, { verdict: 'pending' })
    const html = await show()
    expect(html).toMatch(/<p class="beginning" dir="auto">It begins\. .{200,400} …<\/p>/)
    expect(html).toContain('It ends.</p>')
  })
})
