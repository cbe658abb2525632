/** What readers see of a server that was restarted while the store is away. */

import { beforeEach, describe, expect, test } from 'vitest'

import { OperationError } from '../../../src/kernel/errors.ts'
import { limits } from '../../../src/kernel/limits.ts'
import { memoryFile } from '../../support/open-search.ts'
import type { MemoryFile } from '../../support/open-search.ts'
import { until } from '../../support/program.ts'
import { fillSampleBlog } from '../../support/sample-blog.ts'
import { openTestApp } from '../../support/test-app.ts'
import type { TestApp } from '../../support/test-app.ts'

const away = new OperationError('BLOG_UNAVAILABLE', 'no node answers')

let file: MemoryFile

beforeEach(() => {
  file = memoryFile()
})

type Settings = Omit<NonNullable<Parameters<typeof openTestApp>[0]>, 'copies'> & {
  version?: string
}

/** A server of its own over a full blog, at rest. */
async function serverOf({ version = '1.0.0', ...more }: Settings = {}): Promise<TestApp> {
  const app = openTestApp({ ...more, copies: { file, version } })
  await fillSampleBlog(app.blog)
  app.clock.advance(limits.pageUnrestMs)
  await app.start()
  return app
}

/** A server that begins while the store is away. */
async function serverInTheDark(settings: Settings = {}): Promise<TestApp> {
  const app = await serverOf(settings)
  app.blog.failure = away
  return app
}

/** Reads a page as people do who come back to it. */
async function comeBackTo(app: TestApp, path: string): Promise<string> {
  await app.get(path)
  app.clock.advance(limits.pageRegularMs)
  await app.get(path)
  await new Promise(setImmediate)
  return (await app.get(path)).text()
}

const keysOf = (kept: MemoryFile): readonly string[] => {
  const { pages } = JSON.parse(Buffer.from(kept.bytes ?? []).toString()) as {
    pages: { key: string }[]
  }
  return pages.map(({ key }) => key)
}

const turn = (app: TestApp): Promise<unknown> => {
  const before = file.replacements
  app.clock.advance(limits.pageCopiesMs)
  return until('the copies are kept', 5_000, () => file.replacements > before)
}

describe('a server restarted while the store is away', () => {
  test('shows the front page as it was, with a notice that says of when, although nobody had asked for it', async () => {
    const before = await serverOf()
    await turn(before)
    const whole = await (await before.get('/')).text()
    const after = await serverInTheDark()
    const answer = await after.get('/')
    expect([answer.status, answer.headers.get('ringpost-stale')]).toEqual([200, '1'])
    expect(answer.headers.get('cache-control')).toBe('no-cache')
    const text = await answer.text()
    const notice = /<p class="notice away" role="status">([^<]*)<\/p>/.exec(text)
    expect(notice?.[1]).toMatch(
      /^The store does not answer right now: this is a copy of November 23rd, 2026 at 12:0\d UTC\. Nothing is lost\.$/,
    )
    expect(text.replace(notice?.[0] ?? '', '<!--notice-->')).toBe(whole)
    expect((await after.get('/readyz')).status).toBe(503)
  })

  test('shows the pages that people came back to, also to visitors with a cookie of ours; others are 503', async () => {
    const before = await serverOf()
    await comeBackTo(before, '/posts/short')
    await before.get('/posts/node-v8')
    await before.close()
    const after = await serverInTheDark()
    for (const headers of [{}, { cookie: 'ringpost_x=1' }]) {
      const answer = await after.get('/posts/short', headers)
      expect([answer.status, answer.headers.get('ringpost-stale')]).toEqual([200, '1'])
    }
    expect((await after.get('/posts/node-v8')).status).toBe(503)
  })

  test('shows no copy once the store answers: the page is made at the first request', async () => {
    const before = await serverOf()
    await turn(before)
    const after = await serverOf()
    const fresh = await after.get('/')
    expect(fresh.headers.get('ringpost-stale')).toBeNull()
    expect(await fresh.text()).not.toContain('this is a copy')
  })

  test('is fresh by itself once the store is back (readers saw the copy meanwhile)', async () => {
    const before = await serverOf()
    await turn(before)
    const after = await serverInTheDark()
    await after.get('/')
    after.blog.failure = undefined
    after.clock.advance(limits.pageRetryMs)
    await after.get('/')
    await until('the page is fresh', 5_000, async () => {
      const answer = await after.get('/')
      return answer.headers.get('ringpost-stale') === null
    })
  })

  test('keeps what it was given for the next one that begins in the dark', async () => {
    const before = await serverOf()
    await comeBackTo(before, '/posts/short')
    await before.close()
    const between = await serverInTheDark()
    between.clock.advance(limits.pageCopiesMs)
    await between.close()
    const after = await serverInTheDark()
    expect((await after.get('/')).headers.get('ringpost-stale')).toBe('1')
    expect((await after.get('/posts/short')).headers.get('ringpost-stale')).toBe('1')
  })

  test.each<[string, Settings]>([
    ['another version of the program', { version: '1.0.1' }],
    ['another public address', { publicUrl: 'https://other.example' }],
  ])('shows no copy of %s', async (_what, settings) => {
    const before = await serverOf()
    await comeBackTo(before, '/posts/short')
    await before.close()
    const after = await serverInTheDark(settings)
    expect((await after.get('/posts/short')).status).toBe(503)
    expect(await (await after.get('/')).text()).toContain('The posts cannot be reached right now')
  })

  test('shows no copy that is older than a week', async () => {
    const before = await serverOf()
    await comeBackTo(before, '/posts/short')
    await before.close()
    const after = openTestApp({ copies: { file, version: '1.0.0' } })
    await fillSampleBlog(after.blog)
    after.clock.advance(limits.pageCopyAgeMsMax + limits.pageStaleMs)
    await after.start()
    after.blog.failure = away
    expect((await after.get('/posts/short')).status).toBe(503)
  })

  test.each([
    ['cut short', (bytes: Uint8Array) => bytes.slice(0, bytes.length / 2)],
    ['no copies at all', () => Buffer.from('{"format":9}')],
    [
      'changed within a page',
      (bytes: Uint8Array) =>
        Buffer.from(
          Buffer.from(bytes)
            .toString()
            .replace(/"gzip":"H4sI[^"]{40}/, '"gzip":"H4sIAAAA'),
        ),
    ],
  ])('begins all the same where the file is %s', async (_how, spoil) => {
    const before = await serverOf()
    await turn(before)
    file.bytes = spoil(file.bytes ?? new Uint8Array())
    const after = await serverInTheDark()
    expect((await after.get('/')).status).toBe(200)
    expect(after.logged.join()).toContain('kept copies of pages cannot be read')
  })
})

describe('the copies on disk', () => {
  test('hold no page of a visitor, no search, no redirect, and none that is not there', async () => {
    const app = await serverOf()
    const own = { cookie: 'ringpost_session=x' }
    for (const path of [
      '/posts/short?comment=held',
      '/posts/SHORT',
      '/search?q=riak',
      '/nothing',
    ]) {
      await comeBackTo(app, path)
    }
    await app.get('/archive', own)
    app.clock.advance(limits.pageRegularMs)
    await app.get('/archive', own)
    await app.close()
    expect(keysOf(file)).toEqual(['/'])
  })

  test('let go at once of what a write has changed: a post that is taken back is on no copy', async () => {
    const app = await serverOf()
    await comeBackTo(app, '/posts/short')
    await turn(app)
    expect(keysOf(file)).toContain('/posts/short')
    const found = await app.blog.posts.bySlug('short')
    if (found.kind !== 'post') throw new Error('the sample blog has this post')
    const headers = { 'if-match': '*' }
    const gone = await app.send('DELETE', `/api/posts/${found.post.id}`, undefined, { headers })
    expect(gone.status).toBeLessThan(300)
    await until('its copy is gone', 5_000, () => !keysOf(file).includes('/posts/short'))
    const after = await serverInTheDark()
    expect((await after.get('/posts/short')).status).toBe(503)
  })

  test('are not written where nothing has changed, and again after a disk that was full', async () => {
    const app = await serverOf()
    file.failure = new Error('ENOSPC')
    app.clock.advance(limits.pageCopiesMs)
    await until('the failure is told', 5_000, () => app.logged.join().includes('ENOSPC'))
    file.failure = undefined
    await turn(app)
    const { replacements } = file
    app.clock.advance(limits.pageCopiesMs)
    await app.close()
    expect(file.replacements).toBe(replacements)
  })
})
