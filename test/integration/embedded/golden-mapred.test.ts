/**
 * Jobs that a real Riak 3.2.3 ran, given to the embedded node over HTTP's handler and over a real
 * Protocol Buffers socket: status, type, bodies and error texts.
 *
 * Clocks, tags, dates and folders are compared by their shape. A result's order is Riak's own chance,
 * save where the last reduce sorted: lists are compared as multisets, parts of a phase together.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerMapred } from '../../../src/embedded/listen/http-mapred.ts'
import { parseRequest } from '../../../src/embedded/listen/http-request.ts'
import { startPbListener } from '../../../src/embedded/listen/pb-listener.ts'
import type { PbListener } from '../../../src/embedded/listen/pb-listener.ts'
import type { EmbeddedRiakNode } from '../../../src/embedded/node.ts'
import { seededDice } from '../../../src/kernel/prng.ts'
import { tcpNetwork } from '../../../src/runtime/tcp-network.ts'
import { systemClock } from '../../../src/runtime/system-clock.ts'
import { decodeMessage } from '../../../src/wire/messages.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import type { FakeClock } from '../../support/fake-clock.ts'
import {
  capturedModules,
  loadCapturedData,
  masked,
  readJobs,
} from '../../support/mapred-captures.ts'
import type { CapturedJob } from '../../support/mapred-captures.ts'
import { openEmbedded } from '../../support/open-embedded.ts'
import { hasCaptures, readExchanges } from '../../support/pb-captures.ts'
import type { CapturedExchange } from '../../support/pb-captures.ts'
import { pbConnect } from '../../support/pb-socket.ts'
import type { Frame } from '../../support/pb-socket.ts'

test.runIf(!hasCaptures)('skipped: no captures of a real Riak beside this project', () => {
  console.log('golden jobs skipped: ../shared/captures is not there')
})

/** Actors in clocks are made of the node's name. */
const asCaptured = { name: 'single@127.0.0.1', modules: capturedModules, ringSize: 64 }

const anyInput = 'every input fails: which one is first is chance'
/** Jobs that are not compared as they are, over either protocol, each with its reason. */
const differences: Readonly<Record<string, string>> = {
  '082':
    'the missing key came first by chance: the list is an object that breaks at the next value',
  '086': 'the missing key came first by chance; here the other one fails first, as in 003',
  '112': 'what is printed holds process ids of the captured run',
}
/** Jobs whose error names one of several inputs. */
const namesAnInput: ReadonlySet<string> = new Set(
  '003 007 009 021 036 087 094 095 115 116 123 124 127 128'.split(' '),
)

/** An error without the input that it names. */
function withoutInput(job: { readonly id: string }, text: string): string {
  if (!namesAnInput.has(job.id)) return text
  return text
    .replace(/<<\\*"[1-8xy]\\*">>/g, '<<ANY>>')
    .replace(/2026-0\d-post\d/g, 'ANY')
    .replace(/(\\*"n\\*":)\d(,\\*"tags\\*":\[)\\*"t\d\\*",\\*"u\d\\*"/g, '$1N$2TAGS')
}

/** A body's values, sorted; a text that is no JSON as it is. */
function comparable(body: string): unknown {
  // An object with repeated names is a list of its members.
  if (/^\{"(?:num|posts)":/.test(body)) return body.slice(1, -1).split(',').toSorted()
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    return body
  }
  return sortedLists(json, 2)
}

/** Lists sorted, and lists of lists: results of a phase, and of several phases. */
function sortedLists(value: unknown, levels: number): unknown {
  if (!Array.isArray(value) || levels === 0) return value
  const isOfLists = value.every((each) => Array.isArray(each) && Array.isArray(each[0]))
  if (isOfLists && levels === 2) return value.map((each) => sortedLists(each, 1))
  const inside = value.some((each) => Array.isArray(each) && each.length > 2)
    ? value.map((each) => sortedLists(each, levels - 1))
    : value
  return inside.map((each) => JSON.stringify(each)).toSorted()
}

/** Parts of a chunked body by phase, and what follows the last part. */
function partsOf(body: string): { readonly phases: unknown; readonly rest: string } {
  const phases: Record<string, unknown[]> = {}
  let rest = body
  const part =
    /^\r?\n--\w+\r?\nContent-Type: application\/json\r?\n\r?\n(\{"phase":(\d+),"data":\[.*?\]\})(?=\r?\n--|\{"phase"|$)/s
  for (let found = part.exec(rest); found !== null; found = part.exec(rest)) {
    const [whole, json = '', phase = ''] = found
    const { data } = JSON.parse(json) as { data: unknown[] }
    phases[phase] = [...(phases[phase] ?? []), ...data.map((value) => JSON.stringify(value))]
    rest = rest.slice(whole.length)
  }
  for (const values of Object.values(phases)) values.sort()
  return { phases, rest: rest.trimStart() }
}

describe.runIf(hasCaptures)('jobs over HTTP answer as Riak did', () => {
  let node: EmbeddedRiakNode
  let clock: FakeClock

  beforeAll(async () => {
    // A time with six digits of microseconds, as captured: lines are broken by length.
    clock = fakeClock(1_795_422_165_215)
    ;({ node } = await openEmbedded({ ...asCaptured, clock }))
    await loadCapturedData(node)
  })
  afterAll(() => node.stop())

  const ask = async (job: CapturedJob) => {
    let isOver = false
    // Jobs that wait for their timeout need time to pass; the others end without any.
    const waits = job.body.includes('"timeout":1,') || job.answer === undefined
    const tick = (): void => {
      if (isOver || !waits) return
      clock.advance(job.answer === undefined ? 1_000 : 1)
      setImmediate(tick)
    }
    tick()
    const answer = await answerMapred(
      node,
      parseRequest({
        method: 'POST',
        target: job.isChunked ? '/mapred?chunked=true' : '/mapred',
        headers: [['Content-Type', 'application/json']],
        body: Buffer.from(job.body),
        remote: 'test',
        onAbort: () => undefined,
      }),
      { write: () => undefined },
      seededDice(3),
    )
    const pieces: Uint8Array[] = []
    if (answer.body instanceof Uint8Array) pieces.push(answer.body)
    else for await (const piece of answer.body) pieces.push(piece)
    isOver = true
    const contentType = answer.headers.find(([name]) => name === 'Content-Type')?.[1] ?? ''
    return { status: answer.status, contentType, body: Buffer.concat(pieces).toString('latin1') }
  }

  for (const job of hasCaptures ? readJobs() : []) {
    const reason = differences[job.id]
    if (reason !== undefined && job.id !== '112') {
      test.skip(`${job.id} ${job.name} (${reason})`)
      continue
    }
    const title = namesAnInput.has(job.id) ? `${job.name} (${anyInput})` : job.name
    test(`${job.id} ${title}`, async () => {
      const answer = await ask(job)
      if (job.answer === undefined) {
        // Riak gave no answer within the half minute that was waited; its own timeout is a minute.
        expect(answer).toMatchObject({ status: 500, body: '{"error":"timeout"}' })
        return
      }
      expect(answer.status).toBe(job.answer.status)
      expect(masked(answer.contentType)).toBe(masked(job.answer.contentType))
      const shape = (body: string): unknown => {
        if (!job.isChunked) return comparable(withoutInput(job, masked(body)))
        const { phases, rest } = partsOf(body)
        // A job that fails may have sent results before, or not.
        return {
          phases: rest.includes('"error"') ? {} : phases,
          rest: withoutInput(job, masked(rest)),
        }
      }
      expect(shape(answer.body)).toEqual(shape(job.answer.body))
    })
  }
})

describe.runIf(hasCaptures)('jobs over Protocol Buffers answer as Riak did', () => {
  let node: EmbeddedRiakNode
  let listener: PbListener

  beforeAll(async () => {
    const clock = systemClock()
    ;({ node } = await openEmbedded({ ...asCaptured, clock }))
    await loadCapturedData(node)
    const log = { write: () => undefined }
    const network = tcpNetwork()
    listener = await startPbListener({ node, network, clock, log, host: '127.0.0.1', port: 0 })
  })
  afterAll(async () => {
    await listener.close()
    await node.stop()
  })

  /** Frames until the last one: an error, or `done`. */
  const ask = async (exchange: CapturedExchange): Promise<readonly Frame[]> => {
    const socket = await pbConnect(listener.port)
    socket.send(exchange.sent)
    const frames: Frame[] = []
    for (;;) {
      const [frame] = await socket.read(1)
      frames.push(frame!)
      if (frame!.code === 0 || decodeMessage('RpbMapRedResp', frame!.body).done === true) break
    }
    if (exchange.isClosed) await socket.closed
    else socket.destroy()
    return frames
  }

  const exchanges = hasCaptures
    ? ['mapred/pb.txt', 'mapred/pb-custom.txt'].flatMap((file) => readExchanges(file))
    : []
  for (const exchange of exchanges) {
    const [id = '', ...words] = exchange.name.split('-')
    const reason = exchange.answers.length === 0 ? 'Riak gave no answer' : notOverPb[id]
    if (reason !== undefined) {
      test.skip(`${exchange.name} (${reason})`)
      continue
    }
    test(`${id} ${words.join(' ')}`, async () => {
      const frames = await ask(exchange)
      const captured = exchange.answers
      expect(frames.at(-1)!.code).toBe(captured.at(-1)!.code)
      expect(resultsOf(frames)).toEqual(
        // Riak had sent some results before the error, or none.
        captured.at(-1)!.code === 0 ? resultsOf(frames) : resultsOf(captured),
      )
      if (captured.at(-1)!.code !== 0) return
      const errorOf = (body: Uint8Array): string =>
        withoutInput({ id }, masked(errorText(body))).replaceAll('...', '')
      // Folders that were cut off in the middle were not replaced.
      const wanted = errorOf(captured.at(-1)!.body).replace(/"\/opt\/riak.*$/s, '')
      // The captured text may be cut off; folders in it were of another length.
      expect(errorOf(frames.at(-1)!.body).slice(0, wanted.length)).toBe(wanted)
    })
  }
})

const notOverPb: Readonly<Record<string, string>> = {
  '086': differences['086']!,
  '112': differences['112']!,
  '065': 'a timeout of 1 ms by the real clock: the job may be faster',
}

function errorText(body: Uint8Array): string {
  // The text is the first field, and may be cut off: only its length is skipped.
  let at = 1
  while ((body[at]! & 0x80) !== 0) at++
  return Buffer.from(body.subarray(at + 1)).toString('latin1')
}

/** What each phase gave, in one list. */
function resultsOf(frames: readonly { readonly code: number; readonly body: Uint8Array }[]) {
  const phases: Record<number, string[]> = {}
  for (const { code, body } of frames) {
    if (code !== 24) continue
    const { phase, response, done } = decodeMessage('RpbMapRedResp', body)
    if (done === true || response === undefined) continue
    const text = Buffer.from(response).toString('latin1')
    const isObject = /^\{"(?:num|posts)":/.test(text)
    const values = isObject
      ? text.slice(1, -1).split(',')
      : (JSON.parse(text.startsWith('[') ? text : `[${text}]`) as unknown[]).map((each) =>
          JSON.stringify(each),
        )
    phases[phase ?? 0] = [...(phases[phase ?? 0] ?? []), ...values].toSorted()
  }
  return phases
}
