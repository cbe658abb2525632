/**
 * What curl sent to a real Riak 3.2.3, sent to the embedded node over a real socket in the same order,
 * and compared: status, reason, every header with its case and place, and the body byte for byte.
 * Clocks, tags, made keys, boundaries and dates, which no two runs share, are compared by their shape.
 */

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exchange } from '../../support/http-exchange.ts'
import type { HttpGot } from '../../support/http-exchange.ts'
import { httpCaptureNames, parseAnswer, readHttpExchange } from '../../support/http-captures.ts'
import type { CapturedHttp, HttpExchange } from '../../support/http-captures.ts'
import { openHttpNode } from '../../support/http-node.ts'
import type { HttpNode } from '../../support/http-node.ts'
import { withType } from '../../support/open-embedded.ts'
import { hasCaptures } from '../../support/pb-captures.ts'

// Without the captures there is nothing to compare with; the reason is printed.
test.runIf(!hasCaptures)('skipped: no captures of a real Riak beside this project', () => {
  console.log('golden HTTP exchanges skipped: ../shared/captures is not there')
})

/** Their requests stand in no file: tests of their own, below. */
const apart = /^(255|26[0-2]|28[0-2])-/
/** Differences: what is not compared, each with its reason, which is printed. */
const differences: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^00[34]-/, 'the list of resources: an unknown path here'],
  [/^(153|158|159|17[0128])-mr-/, 'a stack in a JSON answer: compared with the other jobs'],
  [/^158b-mr-/, 'functions as text were allowed on that node for this one capture'],
  [/^168-mr-/, 'the clock stands still in this test: no job takes longer than its time'],
  [/^18/, 'search left Riak before 3.0'],
  [/^190-/, 'links are stored and shown, not walked'],
  [/^2[0-2]\d-/, 'data types are served over Protocol Buffers alone'],
  [/^23[0-2]-/, 'a write_once type is written like any other'],
  [/^23[34]-/, 'strong consistency was not running on the captured node either'],
  [/^27/, 'folds and replication between clusters'],
  [/^29/, 'another backend (bitcask)'],
]
/** A page that prints an Erlang stack: ours names what crashed, without files and lines. */
const crashes = new Set([
  '008-riak-old',
  '034-put-badvclock',
  '035-put-badvclock2',
  '063-list-buckets-noparam',
  '076-props-unknown',
  '143-2i-bad-cont',
])
/** Compared as sets, whatever the batches: vnodes answer in an order of their own. */
const unordered = /^(06[1245]|13[0125-7]|14[146]|150|152|16[5-7]|177)-/
/** Its numbers are the other machine's: the keys are compared by test/unit/…/http-listener. */
const numbers = new Set(['005-stats', '006-stats-text'])

const all = hasCaptures ? httpCaptureNames('http').filter((name) => !apart.test(name)) : []
const names = all.filter((name) => !differences.some(([pattern]) => pattern.test(name)))

/** Captured clocks and tags → those of this run, so that a later request can give them back. */
const learned = new Map<string, string>()

describe('golden HTTP exchanges', () => {
  let embedded: HttpNode

  beforeAll(async () => {
    embedded = await openHttpNode()
    await withType(embedded.node, 'sib')
    // Updated once, as the captured one was: its properties are sorted since.
    await embedded.node.bucketTypes.update('sib', new Map([['allow_mult', true]]))
    await withType(embedded.node, 'maps', { datatype: 'map' })
    await withType(embedded.node, 'lww', { last_write_wins: true, dvv_enabled: false })
    await withType(embedded.node, 'nosib', { allow_mult: false })
    await embedded.node.bucketTypes.create('plain', new Map())
  })

  afterAll(() => embedded.close())

  for (const [pattern, reason] of differences) {
    const count = all.filter((name) => pattern.test(name)).length
    test.skip(`${count} captures are not compared: ${reason}`)
  }

  for (const name of names) {
    const captured = readHttpExchange('http', name)
    test(`${name}: ${captured.method} ${captured.target}`, async () => {
      await prepare(embedded, name)
      const ours = await exchange(embedded.httpPort, sendable(captured))
      compare(captured, ours)
    })
  }
})

/** What was done between two captures without being captured. */
async function prepare({ httpPort, clock }: HttpNode, name: string): Promise<void> {
  const put = (target: string, body: string) =>
    exchange(httpPort, { method: 'PUT', target, headers: [['Content-Type', 'text/plain']], body })
  // The tombstone is reaped by a read of all replicas and a timer of 3 s: turns of the loop between.
  if (name === '043-get-deleted-after4s') {
    for (let second = 0; second < 5; second++) {
      clock.advance(1_000)
      await new Promise((turn) => setTimeout(turn, 20))
    }
  }
  if (name === '130-2i-exact') {
    for (let i = 1; i <= 5; i++) {
      await exchange(httpPort, {
        method: 'PUT',
        target: `/buckets/idx/keys/k${i}`,
        headers: [
          ['Content-Type', 'application/json'],
          ['x-riak-index-tag_bin', `all, t${i % 2}`],
          ['x-riak-index-n_int', String(i)],
        ],
        body: JSON.stringify({ i }),
      })
    }
  }
  if (name === '117-sib-del-then-put-concurrent') {
    await put('/types/sib/buckets/s/keys/y', 'y')
    const { header } = await exchange(httpPort, { target: '/types/sib/buckets/s/keys/y' })
    const theirs = 'a85hYGBgzGDKBVI83IdVQvX0ZncyMKgLZjAlMuaxMhQlVTzhywIA'
    learned.set(theirs, header('X-Riak-Vclock') ?? '')
  }
}

function sendable(captured: HttpExchange): HttpExchange {
  const known = (text: string): string => {
    for (const [theirs, ours] of learned) {
      if (text.includes(theirs)) return text.replace(theirs, ours)
    }
    return text
  }
  const headers = captured.headers.map(([name, value]) => [name, known(value)] as const)
  return { ...captured, target: known(captured.target), headers }
}

function compare({ name, answer, method }: HttpExchange, ours: HttpGot): void {
  expect(answer, 'the capture has an answer').toBeDefined()
  const theirs = answer!
  expect(`${ours.status} ${ours.reason}`).toBe(`${theirs.status} ${theirs.reason}`)
  expect(ours.headers.map(([each]) => each)).toEqual(theirs.headers.map(([each]) => each))
  for (const [at, [header, value]] of theirs.headers.entries()) {
    compareHeader(header, value, ours.headers[at]![1])
  }
  const isBodyless = method === 'HEAD' || ours.status === 204 || ours.status === 304
  const isStream = ours.header('Transfer-Encoding') !== undefined
  if (!isBodyless && !isStream)
    expect(ours.header('Content-Length')).toBe(String(ours.bytes.length))
  if (numbers.has(name)) return
  if (crashes.has(name)) comparePage(theirs.body, ours.body)
  else if (unordered.test(name)) compareItems(theirs.body, ours.body)
  else compareBody(theirs, ours)
}

const date = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/
const tag = /^"[0-9A-Za-z]{20,22}"$/

function compareHeader(name: string, theirs: string, ours: string): void {
  switch (name) {
    case 'Server':
    case 'Content-Length':
      return
    case 'Date':
      expect(ours).toMatch(date)
      return
    case 'Last-Modified':
      expect(ours).toMatch(date)
      learned.set(theirs, ours)
      return
    case 'ETag':
      expect(ours).toMatch(tag)
      learned.set(theirs.slice(1, -1), ours.slice(1, -1))
      return
    case 'X-Riak-Vclock':
      expect(ours).toMatch(/^[A-Za-z0-9+/]+={0,2}$/)
      learned.set(theirs, ours)
      return
    default:
      expect(`${name}: ${shape(ours)}`).toBe(`${name}: ${shape(theirs)}`)
  }
}

/** Made keys, tags, boundaries and dates by their form. */
function shape(text: string): string {
  return text
    .replace(/[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/g, 'DATE')
    .replace(/\b[0-9A-Za-z]{25,28}\b/g, 'MADE')
    .replace(/^(Etag: )?[0-9A-Za-z]{20,22}(?=\r?$)/gm, '$1TAG')
}

function compareBody(theirs: CapturedHttp, ours: HttpGot): void {
  const isPacked = ours.header('Content-Encoding') === 'gzip'
  const [theirText, ourText] = isPacked
    ? [gunzipSync(Buffer.from(theirs.body, 'latin1')), gunzipSync(ours.bytes)].map(String)
    : [theirs.body, ours.body]
  expect(shape(ourText!)).toBe(shape(theirText!))
  learnTags(theirText!, ourText!)
}

/** Every item of one list, of a list in pieces, or in parts; the node captured held one bucket more. */
function compareItems(theirs: string, ours: string): void {
  const items = (text: string): readonly string[] =>
    shape(text)
      .replace(/^--.*$/gm, '')
      .split(/[[\]]/)
      .filter((piece) => /^["{\d]/.test(piece) && !piece.startsWith('{"phase"'))
      .flatMap((piece) => piece.match(/"(?:\\.|[^"\\])*"(?::"[^"]*")?|\d+/g) ?? [])
      .filter(
        (item) => item !== '"__riak_client_test__"' && !/^"(keys|buckets|results)"$/.test(item),
      )
      .toSorted()
  expect(items(ours)).toEqual(items(theirs))
  expect(items(ours).length).toBeGreaterThan(0)
}

/** Siblings come in one order on both sides: by their values. */
function learnTags(theirs: string, ours: string): void {
  const tags = (text: string) => [...text.matchAll(/^Etag: (\S+)/gm)].map(([, found]) => found!)
  const ourTags = tags(ours)
  for (const [at, theirTag] of tags(theirs).entries()) learned.set(theirTag, ourTags[at]!)
}

function comparePage(theirs: string, ours: string): void {
  const [head = '', term = ''] = theirs.split('<pre>')
  const [ourHead, ourTerm = ''] = ours.split('<pre>')
  expect(ourHead).toBe(head)
  const reason = /^[^[]*\[\{\w+,\w+,/.exec(term)?.[0]
  expect(reason).toBeDefined()
  expect(ourTerm.startsWith(reason!)).toBe(true)
  // Paths were made shorter in the capture: its length is not that of its text.
  expect(ours.endsWith(theirs.slice(theirs.indexOf('</pre>')).trimEnd())).toBe(true)
  expect(ours).not.toMatch(/\.erl|\.ts|\{line,/)
  expect(ours).not.toContain(process.cwd())
}

describe.runIf(hasCaptures)('captures whose requests stand in no file', () => {
  let embedded: HttpNode

  beforeAll(async () => {
    embedded = await openHttpNode()
    await withType(embedded.node, 'sib')
  })

  afterAll(() => embedded.close())

  const put = (
    target: string,
    body: string | Uint8Array,
    headers: readonly (readonly [string, string])[] = [],
  ): Promise<HttpGot> =>
    exchange(embedded.httpPort, {
      method: 'PUT',
      target,
      headers: [['Content-Type', 'application/octet-stream'], ...headers],
      body,
    })

  test('255: a put on the clock of a read is stored, on an old clock or a missing key it is a 409', async () => {
    const target = '/buckets/b1/keys/conditional'
    await put(target, 'first')
    const { header } = await exchange(embedded.httpPort, { target })
    const condition = [['X-Riak-If-Not-Modified', header('X-Riak-Vclock')!]] as const
    const answers = [
      await put(target, 'second', condition),
      await put(target, 'third', condition),
      await put('/buckets/b1/keys/none', 'x', condition),
    ]
    expect(answers.map(({ status }) => status)).toEqual([204, 409, 409])
    const captured = readFileSync(capture('255-if-not-modified-http'), 'latin1')
    const page = /<html>.*<\/html>/.exec(captured)?.[0]
    expect(answers.slice(1).map(({ body }) => body)).toEqual([page, page])
    expect((await exchange(embedded.httpPort, { target })).body).toBe('second')
  })

  test('260, 261: 6 MB are stored; 50 MB and a byte are too_large, in the words of the capture', async () => {
    expect((await put('/buckets/b1/keys/big', new Uint8Array(6_291_456))).status).toBe(204)
    const refused = await put('/buckets/b1/keys/bigger', new Uint8Array(52_428_801))
    const captured = readHttpExchange('http', '261-put-52MB').answer!
    expect(`${refused.status} ${refused.reason}`).toBe('500 Internal Server Error')
    const size = (text: string) => text.replace(/\d+/, 'N')
    expect(size(refused.body)).toBe(size(captured.body))
    expect(Number(/\d+/.exec(refused.body))).toBeGreaterThan(52_428_801)
    const gone = await exchange(embedded.httpPort, { target: '/buckets/b1/keys/bigger' })
    expect(gone.status).toBe(404)
  })

  test('262: a key of 70,000 characters is a 400 without a body, and the end of the connection', async () => {
    const target = `/buckets/b1/keys/${'k'.repeat(70_000)}`
    const refused = await put(target, 'x')
    expect(`${refused.status} ${refused.reason}`).toBe('400 Bad Request')
    expect(refused.header('Connection')).toBe('close')
    expect(refused.body).toBe('')
  })

  test('280 to 282: a hundred siblings are stored, one more is too_many_siblings', async () => {
    const target = '/types/sib/buckets/s/keys/many'
    for (let n = 1; n <= 100; n++) expect((await put(target, `value ${n}`)).status).toBe(204)
    for (const name of ['281-sibling-max-101', '282-sibling-max-102']) {
      const captured = parseAnswer(
        readFileSync(capture(name), 'latin1').replace(/^#.*\n/, ''),
        false,
      )
      const refused = await put(target, name)
      expect(refused.status).toBe(captured!.status)
      expect(refused.body.trimEnd()).toBe(captured!.body.trimEnd())
    }
  })
})

function capture(name: string): URL {
  return new URL(`../../../../shared/captures/http/${name}.http`, import.meta.url)
}
