/**
 * Hostile jobs, frames and requests against the real program: it lives on, its memory stays bounded,
 * and its pages are served throughout.
 *
 * Every attack is drawn from one seed, which is printed: `HOSTILE_SEED=n` sends the same again.
 * `HOSTILE_SECONDS=300` attacks for five minutes instead of the gate's twenty seconds.
 */
import { randomInt } from 'node:crypto'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeMessage, encodeFrame } from '../../src/wire/messages.ts'
import { attack } from '../support/hostile/attack.ts'
import type { Attack } from '../support/hostile/attack.ts'
import { hostileFrames } from '../support/hostile/frames.ts'
import {
  hostileJobRequests,
  hostilePageRequests,
  hostileRiakRequests,
} from '../support/hostile/http-requests.ts'
import { pbConnect } from '../support/pb-socket.ts'
import type { Frame } from '../support/pb-socket.ts'
import {
  createToken,
  freshFolder,
  residentMb,
  residentPeakMb,
  riakAdmin,
  runToEnd,
  type Served,
  serve,
  until,
} from '../support/program.ts'

const seed = Number(process.env['HOSTILE_SEED'] ?? randomInt(2 ** 31))
const attackMs = Number(process.env['HOSTILE_SECONDS'] ?? 20) * 1_000
/** Far above what is seen (see the printed peak), far below what a leak or an unfolded job takes. */
const residentMbMax = 1_400
/** A page waits behind a job's slice and a collection of garbage, never behind a job. */
const pageMsMax = 15_000
const text = (value: string): Buffer => Buffer.from(value)

/** Asks for pages all the time, and notes how long each took. */
class Reader {
  readonly times: number[] = []
  readonly failures: string[] = []
  private readonly url: string
  private isStopped = false
  private readonly done: Promise<void>

  constructor(url: string) {
    this.url = url
    this.done = this.read()
  }

  private async read(): Promise<void> {
    const paths = ['/', '/posts/a-post', '/tags', '/archive', '/feed.atom', '/readyz']
    for (let n = 0; !this.isStopped; n++) {
      const path = paths[n % paths.length] ?? '/'
      const began = performance.now()
      try {
        const answer = await fetch(`${this.url}${path}`, { signal: AbortSignal.timeout(pageMsMax) })
        await answer.arrayBuffer()
        if (answer.status !== 200) this.failures.push(`${path}: ${answer.status}`)
      } catch (error) {
        this.failures.push(`${path}: ${String(error)}`)
      }
      this.times.push(performance.now() - began)
      await new Promise((later) => setTimeout(later, 25))
    }
  }

  async stop(): Promise<void> {
    this.isStopped = true
    await this.done
  }

  quantile(share: number): number {
    const sorted = this.times.toSorted((a, b) => a - b)
    return Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0)
  }
}

describe('hostile jobs, frames and requests', () => {
  let folder: ReturnType<typeof freshFolder>
  let server: Served
  let httpPort: number
  let reader: Reader
  let peakMb = 0
  let takePeak: () => number

  beforeAll(async () => {
    console.log(`hostile seed ${seed}: repeat it with HOSTILE_SEED=${seed}`)
    folder = freshFolder('hostile-riak')
    server = await serve({ RINGPOST_DATA: join(folder.path, 'data') })
    httpPort = Number(server.env['RINGPOST_RIAK_HTTP_PORT'])
    const token = await createToken(server.env)
    const created = await fetch(`${server.url}/api/posts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        title: 'A post',
        body: 'Its text.',
        slug: 'a-post',
        status: 'published',
      }),
    })
    expect(created.status).toBe(201)
    await makeType('fuzz', {})
    await makeType('fuzzcounters', { datatype: 'counter' })
    await fill()
    await until('the post is on its page', 30_000, async () => {
      return (await fetch(`${server.url}/posts/a-post`)).status === 200
    })
    reader = new Reader(server.url)
    takePeak = residentPeakMb(server.child.pid!)
  })

  afterAll(async () => {
    await reader.stop()
    peakMb = Math.max(peakMb, takePeak())
    console.log(
      `hostile seed ${seed}: ${reader.times.length} pages, p50 ${reader.quantile(0.5)} ms, ` +
        `p99 ${reader.quantile(0.99)} ms, longest ${reader.quantile(1)} ms; ` +
        `memory peak ${Math.round(peakMb)} MB, at the end ${Math.round(residentMb(server.child.pid!))} MB`,
    )
    await server.kill('SIGTERM')
    folder.remove()
  })

  async function makeType(type: string, props: object): Promise<void> {
    for (const words of [
      ['create', type, JSON.stringify({ props })],
      ['activate', type],
    ]) {
      const made = await runToEnd(['bucket-type', ...words], server.env, { script: riakAdmin })
      expect(made.output).not.toContain('rror')
    }
  }

  /** Small JSON objects with an index, and one of 1 MiB, in both buckets of the attack. */
  async function fill(): Promise<void> {
    const socket = await pbConnect(server.pbPort)
    const put = async (type: string, key: string, value: Buffer): Promise<void> => {
      const indexes = [{ key: text('n_int'), value: text(String(key.length)) }]
      const content = { value, content_type: text('application/json'), indexes }
      const place = { bucket: text('fuzz'), key: text(key), type: text(type) }
      socket.send(encodeFrame('RpbPutReq', { ...place, content }))
      const [answer] = await socket.read(1)
      expect(answer?.code).toBe(12)
    }
    for (const type of ['default', 'fuzz']) {
      for (let n = 1; n <= 50; n++) await put(type, `k${n}`, text(JSON.stringify({ n })))
      await put(type, 'big', Buffer.from(JSON.stringify('x'.repeat(1_048_574))))
    }
    socket.destroy()
  }

  /** The same process, whose pages have all been served and whose log tells of no fault of its own. */
  async function expectUnharmed(): Promise<void> {
    const end = server.child.exitCode ?? server.child.signalCode
    expect(end === null ? '' : `ended by ${end}: ${server.output().slice(-4_000)}`).toBe('')
    expect(reader.failures).toEqual([])
    const before = reader.times.length
    await until('a reader is served', pageMsMax, () => reader.times.length > before)
    const peak = takePeak()
    takePeak = residentPeakMb(server.child.pid!)
    peakMb = Math.max(peakMb, peak)
    expect(peak).toBeLessThan(residentMbMax)
    const faults = server
      .output()
      .split('\n')
      .filter((line) => line.includes('"level":"error"') || line.includes('"level":"fatal"'))
    expect([...new Set(faults)]).toEqual([])
  }

  async function runJob(job: object): Promise<readonly Frame[]> {
    const socket = await pbConnect(server.pbPort)
    const request = text(JSON.stringify(job))
    socket.send(encodeFrame('RpbMapRedReq', { request, content_type: text('application/json') }))
    const frames: Frame[] = []
    const isLast = ({ code, body }: Frame): boolean =>
      code === 0 || (code === 24 && decodeMessage('RpbMapRedResp', body).done === true)
    while (frames.length === 0 || !isLast(frames.at(-1)!)) frames.push(...(await socket.read(1)))
    socket.destroy()
    return frames
  }

  function errorOf(frames: readonly Frame[]): string {
    const frame = frames.at(-1)
    if (frame?.code !== 0) return ''
    return String(Buffer.from(decodeMessage('RpbErrorResp', frame.body).errmsg ?? []))
  }

  const javascript = (source: string): object => ({ map: { language: 'javascript', source } })
  const erlang = (name: string, kind: 'map' | 'reduce' = 'map', arg?: unknown): object => ({
    [kind]: { language: 'erlang', module: 'riak_kv_mapreduce', function: name, arg },
  })
  const sameKey = (key: string, count: number): readonly string[][] =>
    Array.from({ length: count }, () => ['fuzz', key])

  test('ten endless JavaScript jobs at once: each ends with an error, others go on', async () => {
    const endless = { inputs: [['fuzz', 'k1']], query: [javascript('function() { for (;;); }')] }
    const ended = Array.from({ length: 10 }, () => runJob({ ...endless, timeout: 6_000 }))
    const quick = await runJob({ inputs: [['fuzz', 'k1']], query: [erlang('map_object_value')] })
    expect(errorOf(quick)).toBe('')
    for (const frames of await Promise.all(ended)) expect(errorOf(frames)).not.toBe('')
    await expectUnharmed()
  })

  test('ten jobs over 40,000 keys each at once: answered or refused, pages go on', async () => {
    const query = [
      erlang('map_object_value', 'map', 'filter_notfound'),
      erlang('reduce_count_inputs', 'reduce'),
    ]
    const inputs = sameKey('none', 20_000).concat(sameKey('k1', 20_000))
    const jobs = Array.from({ length: 10 }, () => runJob({ inputs, query, timeout: 60_000 }))
    for (const frames of await Promise.all(jobs)) expect(frames.length).toBeGreaterThan(0)
    await expectUnharmed()
  })

  test('a job that returns 1 GB over HTTP, as one answer: an error, not a gigabyte of memory', async () => {
    const jobs = [
      { inputs: sameKey('big', 1_000), query: [erlang('map_object_value')] },
      {
        inputs: sameKey('k1', 1_000),
        query: [javascript('function() { return [new Array(1048577).join("x")] }')],
      },
    ]
    for (const job of jobs) {
      const answer = await fetch(`http://127.0.0.1:${httpPort}/mapred`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(job),
      })
      expect(answer.status).toBe(500)
      await answer.arrayBuffer()
    }
    await expectUnharmed()
  })

  test('a job that returns 1 GB to a client that does not read: held up, and given up when it leaves', async () => {
    const request = text(
      JSON.stringify({ inputs: sameKey('big', 1_000), query: [erlang('map_object_value')] }),
    )
    const before = residentMb(server.child.pid!)
    const socket = connect(server.pbPort, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.pause()
    const content_type = text('application/json')
    socket.write(encodeFrame('RpbMapRedReq', { request, content_type }))
    const served = reader.times.length
    await until('readers are served meanwhile', 60_000, () => reader.times.length > served + 100)
    expect(residentMb(server.child.pid!) - before).toBeLessThan(500)
    socket.destroy()
    await expectUnharmed()
  })

  test(`random and changed frames, requests and jobs for ${attackMs / 1_000} s`, async () => {
    const pagePort = Number(new URL(server.url).port)
    const attacks: readonly Attack[] = [
      { name: 'frames', parallel: 8, port: server.pbPort, what: hostileFrames },
      { name: 'HTTP of the node', parallel: 6, port: httpPort, what: hostileRiakRequests },
      { name: 'jobs over HTTP', parallel: 4, port: httpPort, what: hostileJobRequests },
      { name: 'pages', parallel: 4, port: pagePort, what: hostilePageRequests },
    ]
    const end = performance.now() + attackMs
    const isOver = (): boolean => performance.now() > end || server.child.exitCode !== null
    const sent = await Promise.all(attacks.map((one, n) => attack(one, seed + n * 7_919, isOver)))
    for (const [n, { name }] of attacks.entries()) {
      console.log(`hostile seed ${seed}: ${sent[n]} connections, ${name}`)
      expect(sent[n]).toBeGreaterThan(0)
    }
    await expectUnharmed()
  })
})
