/** HTTP requests that mean harm: wild values in the right places, and any of their bytes changed. */

import fc from 'fast-check'
import { anyJob } from './jobs.ts'
import { mutated } from './frames.ts'

const methods = fc.constantFrom(
  'GET',
  'GET',
  'GET',
  'HEAD',
  'PUT',
  'PUT',
  'POST',
  'DELETE',
  'OPTIONS',
  'PATCH',
  'TRACE',
  'BREW',
  '',
)
const segment = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom('fuzz', 'k1', 'k2', 'big', 'none', '', '..', '%00', '%zz'),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 20 }).map(percentEncoded) },
  { weight: 1, arbitrary: fc.nat(12_000).map((length) => 'a'.repeat(length)) },
)

function percentEncoded(text: string): string {
  return Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
}

const riakPaths = fc.oneof(
  fc.constantFrom('/ping', '/stats', '/', '/mapred', '/riak/fuzz/k1', '*', 'http://x/', '//'),
  segment.map((key) => `/buckets/fuzz/keys/${key}`),
  segment.map((key) => `/types/fuzz/buckets/fuzz/keys/${key}`),
  segment.map((type) => `/types/${type}/buckets/fuzz/keys/k1`),
  fc.constantFrom('/buckets/fuzz/props', '/types/fuzz/props', '/buckets/fuzz/keys'),
  fc.array(segment, { maxLength: 8 }).map((parts) => `/${parts.join('/')}`),
)
const pagePaths = fc.oneof(
  fc.constantFrom('/', '/posts/a-post', '/feed.atom', '/api/posts', '/tags', '/search?q=%ff', '*'),
  segment.map((slug) => `/posts/${slug}`),
  segment.map((tag) => `/tags/${tag}`),
  segment.map((id) => `/api/posts/${id}/comments`),
  fc.array(segment, { maxLength: 8 }).map((parts) => `/${parts.join('/')}`),
)
const query = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '?r=5',
      '?r=abc',
      '?w=0',
      '?timeout=-1',
      '?timeout=1',
      '?returnbody=true',
      '?vtag=x',
      '?chunked=true',
      '?keys=stream',
      '?buckets=true',
      '?%',
      '?a=b&a=c&&=',
      '?cursor=AAAA',
      '?page=1e9',
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 30 }).map((text) => `?${text}`) },
)
const header = fc.oneof(
  fc.constantFrom<readonly [string, string]>(
    ['Content-Type', 'application/json'],
    ['Content-Type', 'text/plain; charset='],
    ['Content-Type', '////'],
    ['Content-Encoding', 'gzip'],
    ['Accept', 'multipart/mixed'],
    ['Accept', 'nothing/at-all'],
    ['Accept-Encoding', 'gzip'],
    ['X-Riak-Vclock', 'zzz'],
    ['X-Riak-Vclock', 'a85hYGBgzGDKBVIcypz/fgaUHjmdwZTImMfKcN3h1Um+LAA='],
    ['X-Riak-Index-n_int', 'abc'],
    ['X-Riak-Index-tag_bin', 'a, b, c'],
    ['X-Riak-Meta-\u00e9', '\u00ff'],
    ['Link', '</buckets/b/keys/k>; riaktag="t"'],
    ['Link', '<<<<>;;;,,,'],
    ['If-None-Match', '*'],
    ['If-Match', '"x"'],
    ['If-Modified-Since', 'yesterday'],
    ['Host', 'evil.example'],
    ['Origin', 'http://evil.example'],
    ['Expect', '100-continue'],
    ['Transfer-Encoding', 'chunked'],
    ['Transfer-Encoding', 'gzip, chunked'],
    ['Content-Length', '-1'],
    ['Content-Length', '99999999999999999999'],
    ['Content-Length', '5'],
    ['Connection', 'Upgrade'],
    ['Upgrade', 'h2c'],
    ['Cookie', 'a=b; a=c; ='],
    ['Authorization', 'Bearer x'],
    ['Range', 'bytes=0-,9-1'],
  ),
  fc.nat(9_000).map((length) => ['X-Long', 'x'.repeat(length)] as const),
  fc
    .nat(80)
    .map((count) => ['X-Many', Array.from({ length: count }, () => 'y').join('\r\nZ: ')] as const),
)
const body = fc.oneof(
  { weight: 4, arbitrary: fc.constant(Buffer.alloc(0)) },
  { weight: 2, arbitrary: anyJob },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.nat(400_000).map((length) => Buffer.alloc(length, 'x')) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        '5\r\nhello\r\n0\r\n\r\n',
        'ffffffff\r\n',
        '{"props":{}}',
        '{"props":{"n_val":"x"}}',
      )
      .map((text) => Buffer.from(text)),
  },
)

function requestTo(path: fc.Arbitrary<string>): fc.Arbitrary<Buffer> {
  return fc
    .record({
      method: methods,
      path,
      query,
      headers: fc.array(header, { maxLength: 5 }),
      body,
      hasLength: fc.integer({ min: 0, max: 9 }).map((dice) => dice > 0),
      version: fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/9', ''),
    })
    .map((parts) => {
      const length = parts.hasLength ? [`Content-Length: ${parts.body.length}`] : []
      const lines = [
        `${parts.method} ${parts.path}${parts.query} ${parts.version}`,
        'Host: localhost',
        ...parts.headers.map(([name, value]) => `${name}: ${value}`),
        ...length,
      ]
      return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), parts.body])
    })
}

/** @returns what one connection sends: a request, a few one after another, or a changed one. */
function hostile(path: fc.Arbitrary<string>): fc.Arbitrary<Buffer> {
  const one = requestTo(path)
  return fc.oneof(
    { weight: 4, arbitrary: one },
    { weight: 3, arbitrary: mutated(one) },
    { weight: 1, arbitrary: fc.array(one, { maxLength: 4 }).map((all) => Buffer.concat(all)) },
    {
      weight: 1,
      arbitrary: fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
    },
  )
}

/** For the node's HTTP port. */
export const hostileRiakRequests: fc.Arbitrary<Buffer> = hostile(riakPaths)
/** For the pages. */
export const hostilePageRequests: fc.Arbitrary<Buffer> = hostile(pagePaths)

/** A job over HTTP, whole and well formed but for the job. */
export const hostileJobRequests: fc.Arbitrary<Buffer> = fc
  .tuple(anyJob, fc.boolean())
  .map(([job, isChunked]) =>
    Buffer.concat([
      Buffer.from(
        `POST /mapred${isChunked ? '?chunked=true' : ''} HTTP/1.1\r\nHost: localhost\r\n` +
          `Content-Type: application/json\r\nContent-Length: ${job.length}\r\n\r\n`,
      ),
      job,
    ]),
  )
