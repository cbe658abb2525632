/** Jobs over a real Protocol Buffers socket: external terms, clients that leave, hostile jobs. */

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { atom, decodeTerm, encodeTerm, tuple } from '../../../src/causality/external-term.ts'
import type { Term } from '../../../src/causality/external-term.ts'
import { prettyTerm } from '../../../src/causality/pretty-term.ts'
import { limits } from '../../../src/kernel/limits.ts'
import { decodeMessage, encodeFrame } from '../../../src/wire/messages.ts'
import { openListeningNode } from '../../support/listening-node.ts'
import type { ListeningNode } from '../../support/listening-node.ts'
import { builtIn } from '../../support/jobs.ts'
import { bucketId, bytes } from '../../support/open-embedded.ts'
import { pbConnect } from '../../support/pb-socket.ts'
import type { Frame, PbSocket } from '../../support/pb-socket.ts'
import { until } from '../../support/program.ts'

let embedded: ListeningNode

beforeAll(async () => {
  embedded = await openListeningNode()
  for (let n = 1; n <= 8; n++) {
    await embedded.node.put(
      bucketId('default', 'num'),
      bytes(String(n)),
      { value: bytes(String(n)) },
      {},
    )
  }
})
afterAll(() => embedded.close())

function request(job: string | Uint8Array, type = 'application/json'): Buffer {
  return encodeFrame('RpbMapRedReq', { request: Buffer.from(job), content_type: Buffer.from(type) })
}

async function answersOf(socket: PbSocket): Promise<readonly Frame[]> {
  const frames: Frame[] = []
  for (;;) {
    const [frame] = await socket.read(1)
    frames.push(frame!)
    const isError = frame!.code === 0
    if (isError || decodeMessage('RpbMapRedResp', frame!.body).done === true) return frames
  }
}

async function ask(job: string | Uint8Array, type?: string): Promise<readonly Frame[]> {
  const socket = await pbConnect(embedded.listener.port)
  socket.send(request(job, type))
  const frames = await answersOf(socket)
  socket.destroy()
  return frames
}

function errorIn(frames: readonly Frame[]): string {
  const last = frames.at(-1)!
  expect(last.code).toBe(0)
  return Buffer.from(decodeMessage('RpbErrorResp', last.body).errmsg!).toString('latin1')
}

const active = (): unknown => embedded.node.stats()['pipeline_active']

describe('a job as a term of Erlang', () => {
  const termType = 'application/x-erlang-binary'
  const named = (kind: string, name: string, isKept: boolean): Term =>
    tuple(
      atom(kind),
      tuple(atom('modfun'), atom('riak_kv_mapreduce'), atom(name)),
      atom('none'),
      atom(String(isKept)),
    )
  const job = (inputs: Term, query: Term): Uint8Array =>
    encodeTerm([tuple(atom('inputs'), inputs), tuple(atom('query'), query)])

  test('is answered in terms', async () => {
    const inputs = [
      tuple(bytes('num'), bytes('3')),
      tuple(tuple(bytes('num'), bytes('4')), bytes('kd')),
    ]
    const query = [named('map', 'map_object_value', false), named('reduce', 'reduce_sort', true)]
    const frames = await ask(job(inputs, query), termType)
    const { phase, response } = decodeMessage('RpbMapRedResp', frames[0]!.body)
    expect([phase, prettyTerm(decodeTerm(response!))]).toEqual([1, '[<<"3">>,<<"4">>]'])
    expect(decodeMessage('RpbMapRedResp', frames[1]!.body).done).toBe(true)
  })

  test('an object is answered as the record it is', async () => {
    const frames = await ask(
      job([tuple(bytes('num'), bytes('3'))], [named('map', 'map_identity', true)]),
      termType,
    )
    const { response } = decodeMessage('RpbMapRedResp', frames[0]!.body)
    expect(prettyTerm(decodeTerm(response!))).toContain('{r_object,<<"num">>,<<"3">>')
  })

  test.each<[string, Term, string]>([
    [
      'keys that are none',
      [tuple(bytes('num'), 5)],
      '{inputs,{"Inputs target tuples must be {B,K} or {{B,K},KeyData}:",',
    ],
    ['inputs of another kind', atom('x'), '{inputs,{"Inputs must be a binary bucket'],
    [
      'an index of no type',
      tuple(atom('index'), bytes('num'), bytes('x'), bytes('1')),
      '{inputs,[{unknown_field_type,<<"x">>}]}',
    ],
  ])('is refused in the words of Riak: %s', async (_what, inputs, words) => {
    expect(errorIn(await ask(job(inputs, []), termType))).toContain(words)
  })

  test('bytes that are no term are a badarg, and the connection stays', async () => {
    const socket = await pbConnect(embedded.listener.port)
    socket.send(request('no term', termType))
    expect(errorIn(await answersOf(socket))).toBe('badarg')
    socket.send(request('{"inputs":[["num","1"]],"query":[]}'))
    expect(await answersOf(socket)).toHaveLength(2)
    socket.destroy()
  })
})

describe('a client that goes away', () => {
  test('ends its job, though that waits for something else', async () => {
    const socket = await pbConnect(embedded.listener.port)
    socket.send(request('{"inputs":{"bucket":"num","key_filters":[["between",1]]},"query":[]}'))
    await until('the job runs', 20_000, () => active() === 1)
    socket.destroy()
    await until('the job has ended', 20_000, () => active() === 0)
  })

  test('asks again in the middle of its job: an error, and the end of both', async () => {
    const socket = await pbConnect(embedded.listener.port)
    const job = request('{"inputs":{"bucket":"num","key_filters":[["between",1]]},"query":[]}')
    socket.send(job)
    await until('the job runs', 20_000, () => active() === 1)
    socket.send(job)
    const frames = await socket.closed
    expect(errorIn(frames)).toBe('Cannot send another request while one is in progress')
    await until('the job has ended', 20_000, () => active() === 0)
  })
})

describe('hostile jobs', () => {
  const deep = `{"inputs":${'['.repeat(500_000)}`
  const phases = `{"inputs":"num","query":[${'{"map":{}},'.repeat(limits.mapReducePhasesMax + 1)}]}`
  const many = `{"inputs":[${'["b","k"],'.repeat(600_000)}],"query":[]}`

  test.each<[string, string, RegExp]>([
    ['half a million brackets', deep, /^too_large$/],
    ['more phases than a job may have', phases, /^\{query,/],
    ['more inputs than a job may have', many, /^too_large$/],
    ['a value that is not UTF-8', '{"inputs":"\xff","query":[]}', /./],
    ['no JSON at all', '\x00\x01\x02', /^\{invalid_json,/],
  ])('%s is refused, and the node lives on', async (_what, job, words) => {
    const text = job.includes('\xff') ? Buffer.from(job, 'latin1') : job
    const frames = await ask(text)
    if (frames.at(-1)!.code === 0) expect(errorIn(frames)).toMatch(words)
    expect(await ask('{"inputs":"num","query":[]}')).not.toHaveLength(0)
  })

  test('a list of 50,000 inputs is worked on in turns: others are answered meanwhile', async () => {
    const inputs = Array.from({ length: 50_000 }, (_, at) => ['num', String((at % 8) + 1)])
    const query = [
      { map: builtIn('map_object_value') },
      { reduce: builtIn('reduce_sort', { arg: { reduce_phase_only_1: true } }) },
    ]
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const job = { isOver: false }
    const asked = ask(JSON.stringify({ inputs, query })).finally(() => (job.isOver = true))
    let pings = 0
    const socket = await pbConnect(embedded.listener.port)
    while (!job.isOver) {
      socket.send(encodeFrame('RpbPingReq', {}))
      await socket.read(1)
      pings++
    }
    socket.destroy()
    delay.disable()
    const frames = await asked
    expect(frames.at(-1)!.code).toBe(24)
    // In one go it would be one turn of a second and more.
    expect(pings).toBeGreaterThan(20)
    expect(delay.percentile(50) / 1e6).toBeLessThan(200)
  })
})
