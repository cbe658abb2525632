/**
 * Bytes that no browser sends, to the real HTTP server: ways out of a path, into a header, around `Host`,
 * and two requests that look like one. What clients of `fetch` can send: `requests.test.ts`.
 */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { startPageServer } from '../../../../src/commands/page-server.ts'
import type { PageServer } from '../../../../src/commands/page-server.ts'
import { limits } from '../../../../src/kernel/limits.ts'
import { answersIn, closing, sendRaw } from '../../../support/raw-http.ts'
import type { RawAnswer } from '../../../support/raw-http.ts'
import { fillSampleBlog } from '../../../support/sample-blog.ts'
import { openTestApp } from '../../../support/test-app.ts'

const servers: PageServer[] = []
let port: number

async function startBlog(): Promise<number> {
  const app = openTestApp()
  await fillSampleBlog(app.blog)
  const server = await startPageServer({ host: '127.0.0.1', port: 0 })
  servers.push(server)
  server.show({ fetch: app.fetch })
  return server.port
}

beforeEach(async () => {
  port = await startBlog()
})
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

async function ask(target: string, more: readonly string[] = [], at = port): Promise<RawAnswer> {
  const answers = answersIn(await sendRaw(at, closing('GET', target, more)))
  expect(answers, target).toHaveLength(1)
  return answers[0]!
}

const valueOf = (answer: RawAnswer, name: string): string | undefined =>
  answer.headers.find(([each]) => each === name)?.[1]

describe('a path that climbs', () => {
  test.each([
    '/../../../../../../etc/passwd',
    '/assets/../../../../../../etc/passwd',
    '/assets/../../package.json',
    '/assets/%2e%2e/%2e%2e/%2e%2e/package.json',
    '/assets/..%2f..%2f..%2fpackage.json',
    '/assets/..\\..\\package.json',
    '/assets/..;/..;/package.json',
    '/assets//etc/passwd',
    '/media/../../../../etc/passwd',
    `/media/${'a'.repeat(64)}/../../../../etc/passwd`,
    '/media/..%c0%af..%c0%afetc/passwd',
    '/posts/..%00/package.json',
    '/sitemap-../../package.xml',
    'file:///etc/passwd',
    '../package.json',
    '//etc/passwd',
    '/\\etc\\passwd',
  ])('%s leads to no file, and to no fault of ours', async (target) => {
    const { status, body } = await ask(target)
    expect([301, 400, 404]).toContain(status)
    expect(body).not.toMatch(/"dependencies"|root:/)
  })
})

describe('a line break, however it is written', () => {
  const breaks = ['%0d%0a', '%0D%0ASet-Cookie:%20evil=1', '%0a', '%0d', '%E5%98%8D%E5%98%8A', '%00']
  const targets = breaks.flatMap((way) => [
    `/${way}evil:1`,
    `/posts/x${way}evil:1/`,
    `/tags/RIAK${way}evil:1`,
    `/tags/riak${way}evil:1/feed/`,
    `/?page=2${way}evil:1`,
    `/search/?q=${way}evil:1`,
    `/POSTS/x?a=${way}evil:1`,
    `/2017/12/x${way}evil:1.html`,
    `/media/${'a'.repeat(64)}/x${way}evil:1.png`,
    `/admin/x?${way}evil:1`,
    `/admin/login?next=/admin/${way}evil:1`,
  ])

  test('makes no line of a head: each answer is whole, expected, and one', async () => {
    const known =
      /^(?:content-|cache-control$|date$|connection$|etag$|vary$|location$|referrer-policy$|cross-origin-|permissions-policy$|x-content-type-options$|strict-transport-security$|allow$|x-robots-tag$|transfer-encoding$|keep-alive$)/
    for (const target of targets) {
      const { status, headers } = await ask(target)
      expect(status, target).toBeLessThan(500)
      expect(headers.filter(([name]) => !known.test(name))).toEqual([])
    }
  })

  test('written plainly in a request is two lines of it, and none of an answer', async () => {
    for (const bare of ['\r\n', '\n', '\r', '\0', '\v']) {
      const said = await sendRaw(port, closing('GET', `/tags/RIAK${bare}evil: 1`))
      for (const { status, headers } of answersIn(said)) {
        expect([301, 400]).toContain(status)
        expect(JSON.stringify(headers)).not.toContain('evil')
      }
    }
  })

  test('in the name of a file that was stored with one is written as a percent sign', async () => {
    const app = openTestApp()
    const hash = await app.blog.media.put({
      bytes: new TextEncoder().encode('x'),
      name: 'x.png',
      contentType: 'image/png',
    })
    for (const name of [
      'a%0d%0aevil:1.png',
      '%22;evil=1;a=%22.png',
      'a%E2%80%AEgnp.exe',
      "'.png",
    ]) {
      const { status, headers } = await app.get(`/media/${hash}/${name}`)
      const shown = headers.get('content-disposition') ?? ''
      expect([name, status]).toEqual([name, 200])
      expect(shown).toMatch(/^inline; filename\*=UTF-8''[\w.!~%-]+$/)
    }
  })
})

describe('whose host is asked for', () => {
  const pages = ['/', '/posts/short', '/feed.atom', '/sitemap.xml', '/robots.txt', '/tags/RIAK']

  test.each([
    ['another', ['Host: evil.example']],
    ['another with a port', ['Host: evil.example:6666']],
    ['ours, and another behind it', ['Host: blog.example', 'Host: evil.example']],
    ['one with a path', ['Host: evil.example/x?y=']],
    ['one with a name before it', ['Host: blog.example@evil.example']],
    ['one with blanks', ['Host: evil.example blog.example']],
    ['none', ['Host:']],
    ['ours, with headers of proxies', ['X-Forwarded-Host: evil.example', 'X-Host: evil.example']],
  ])('%s is in no answer, and in no page that the next one gets', async (_what, lines) => {
    const honest = await startBlog()
    for (const page of pages) {
      const answer = await ask(page, lines)
      expect(answer.status).toBeLessThan(500)
      expect(JSON.stringify(answer)).not.toContain('evil')
      const next = await ask(page)
      expect(next.body).toBe((await ask(page, [], honest)).body)
      expect(valueOf(next, 'location') ?? '').not.toContain('evil')
    }
  })

  test.each([
    'http://evil.example/posts/short',
    'https://evil.example:1/tags/riak?page=1',
    'http://blog.example@evil.example/',
    '//evil.example/posts/short',
    '/posts/../posts/short?x=evil',
    '/posts/short#evil',
    '/posts/short#?reply=evil',
    '/posts/short?utm_source=evil#&page=2',
  ])('a target like %s poisons no page', async (target) => {
    const honest = await startBlog()
    for (let time = 0; time < 2; time++) await ask(target)
    for (const page of ['/', '/posts/short', '/tags/riak']) {
      const { status, body } = await ask(page)
      expect([status, body]).toEqual([200, (await ask(page, [], honest)).body])
      expect(body).not.toContain('evil')
    }
  })
})

describe('two requests that look like one', () => {
  const inner = 'GET /admin HTTP/1.1\r\nHost: x\r\n\r\n'
  const post = (lines: readonly string[], body: string): string =>
    ['POST /posts/short/comments HTTP/1.1', 'Host: x', ...lines, '', body].join('\r\n')

  test.each([
    [
      'a length and chunks',
      ['Content-Length: 5', 'Transfer-Encoding: chunked'],
      `0\r\n\r\n${inner}`,
    ],
    ['two lengths', ['Content-Length: 0', `Content-Length: ${inner.length}`], inner],
    ['a length that is none', ['Content-Length: +0'], inner],
    ['a list of lengths', ['Content-Length: 0, 5'], inner],
    ['chunks and something else', ['Transfer-Encoding: chunked, identity'], `0\r\n\r\n${inner}`],
    ['chunks by another name', ['Transfer-Encoding: xchunked'], `0\r\n\r\n${inner}`],
    ['a blank before the colon', [`Content-Length : ${inner.length}`], inner],
    ['a folded line', ['X: y', ` Content-Length: ${inner.length}`], inner],
    ['a chunk of no size', ['Transfer-Encoding: chunked'], `x\r\n\r\n0\r\n\r\n${inner}`],
    ['a chunk larger than all', ['Transfer-Encoding: chunked'], `FFFFFFFFFFFFFFFFF\r\n${inner}`],
  ])('(%s) are refused, and nothing behind them is heard', async (_what, lines, body) => {
    const answers = answersIn(await sendRaw(port, post(lines, body)))
    expect(answers.length).toBeLessThanOrEqual(1)
    for (const { status } of answers) expect(status).toBe(400)
    expect((await ask('/posts/short')).status).toBe(200)
  })
})

describe('how long a head may be', () => {
  const room = limits.httpHeaderBytesMax

  test.each([
    ['address', closing('GET', `/${'x'.repeat(room)}`)],
    ['query', closing('GET', `/?${'x'.repeat(room)}`)],
    ['cookie', closing('GET', '/', [`Cookie: a=${'x'.repeat(room)}`])],
    ['name of a header', closing('GET', '/', [`${'x'.repeat(room)}: 1`])],
    [
      'row of headers',
      closing(
        'GET',
        '/',
        Array.from({ length: room / 4 }, (_, n) => `x${n}: 1`),
      ),
    ],
  ])('an endless %s is refused by its length, and the server goes on', async (_what, bytes) => {
    const answers = answersIn(await sendRaw(port, bytes))
    expect(answers.map(({ status }) => status)).toEqual([431])
    expect((await ask('/posts/short')).status).toBe(200)
  })

  test('an address of 12,000 letters is looked up nowhere, and answered in plain words', async () => {
    for (const target of [`/${'x'.repeat(12_000)}`, `/posts/${'%41'.repeat(4_000)}`]) {
      const { status, body } = await ask(target)
      expect(status).toBe(404)
      expect(body).toContain('<h1')
    }
  })
})
