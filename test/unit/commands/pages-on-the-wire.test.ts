import { type IncomingHttpHeaders, request } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type PageServer, startPageServer } from '../../../src/commands/page-server.ts'
import { type BlogApp, createApp } from '../../../src/http/app.tsx'
import { visitorSlot } from '../../../src/http/cached-page.ts'
import { createFakeBlog } from '../../support/fake-blog.ts'
import { fillSampleBlog } from '../../support/sample-blog.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

interface Answer {
  readonly status: number | undefined
  /** As they came, names and order, without Date. */
  readonly headers: readonly string[]
  readonly body: string
}

describe('a page on the wire', () => {
  let server: PageServer
  let app: BlogApp
  beforeEach(async () => {
    const clock = createVirtualClock()
    const blog = createFakeBlog(clock)
    await fillSampleBlog(blog)
    const log = { write: () => undefined }
    const config = { publicUrl: 'https://blog.example', trustProxy: 0, secret: 'of a test' }
    app = createApp({ blog, clock, log, config })
    server = await startPageServer({ host: '127.0.0.1', port: 0 })
    server.show(app)
  })
  afterEach(async () => {
    await server.close()
    await app.close()
  })

  const ask = (path: string, headers: IncomingHttpHeaders, method = 'GET'): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const to = { host: '127.0.0.1', port: server.port, path, method, headers, agent: false }
      const sent = request(to, (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('end', () => {
          const { rawHeaders, statusCode } = answer
          const pairs = rawHeaders.flatMap((name, at) =>
            at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1]}`] : [],
          )
          resolve({
            status: statusCode,
            headers: pairs.filter((pair) => !pair.startsWith('Date:')),
            body: Buffer.concat(chunks).toString('base64'),
          })
        })
      })
      sent.on('error', reject).end()
    })
  const sorted = ({ headers, ...rest }: Answer): Answer => ({
    ...rest,
    headers: headers.toSorted(),
  })

  test.each([
    ['/', 200],
    ['/posts/everything', 200],
    ['/feed.atom', 200],
    ['/tags/Riak', 301],
    ['/posts/nowhere', 404],
  ])('%s is the same, byte for byte, rendered and from memory', async (path, status) => {
    for (const headers of [{}, { 'accept-encoding': 'gzip' }]) {
      const first = await ask(path, headers)
      const again = await ask(path, headers)
      expect(first.status).toBe(status)
      expect(sorted(again)).toEqual(sorted(first))
      expect(first.headers).toContain('x-content-type-options: nosniff')
      expect(first.headers).toContain('referrer-policy: strict-origin-when-cross-origin')
    }
  })

  test('from memory it says its length, and comes as one piece', async () => {
    await ask('/posts/short', {})
    const { headers, body } = await ask('/posts/short', {})
    const { length } = Buffer.from(body, 'base64')
    expect(headers).toContain(`content-length: ${length}`)
    expect(headers.join()).not.toMatch(/transfer-encoding/i)
  })

  test('an unchanged page is 304 with the headers of the page, and without a body or its length', async () => {
    const whole = await ask('/posts/short', {})
    const etag = whole.headers.find((pair) => pair.startsWith('etag: '))?.slice(6)
    const unchanged = await ask('/posts/short', { 'if-none-match': etag })
    expect(unchanged.status).toBe(304)
    expect(unchanged.body).toBe('')
    const ofTheBody = /^(?:content-length|transfer-encoding): /i
    const expected = whole.headers.filter((pair) => !ofTheBody.test(pair)).toSorted()
    expect(unchanged.headers.toSorted()).toEqual(expected)
  })

  test('HEAD has the headers of GET and no body', async () => {
    const whole = await ask('/posts/short', {})
    const head = await ask('/posts/short', {}, 'HEAD')
    expect(head.body).toBe('')
    expect(head.headers.toSorted()).toEqual(whole.headers.toSorted())
  })

  test("a visitor's own page has the same text, and may be kept by nobody", async () => {
    const shared = await ask('/posts/short', {})
    const own = await ask('/posts/short', { cookie: 'ringpost_fresh=1' })
    // All but the place of what a signed-in visitor alone sees.
    const textOf = ({ body }: Answer): string => Buffer.from(body, 'base64').toString()
    expect(textOf(own)).toBe(textOf(shared).replace(visitorSlot, ''))
    expect(own.headers).toContain('cache-control: private, no-store')
    expect(own.headers).toContain('x-content-type-options: nosniff')
  })
})
