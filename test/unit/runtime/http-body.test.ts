import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { readRequestBody } from '../../../src/runtime/http-body.ts'
import type { BodyBudget } from '../../../src/runtime/http-body.ts'

const bounds = { bytesMax: 10, heldBytesMax: 15, onStart: () => undefined }

function request(headers: Record<string, string> = { 'transfer-encoding': 'chunked' }) {
  const stream = new PassThrough()
  return { stream, incoming: Object.assign(stream, { headers }) as unknown as IncomingMessage }
}

describe('the bodies in memory', () => {
  test('are counted from their first byte to their release, which counts once', async () => {
    const budget: BodyBudget = { heldBytes: 0 }
    const { stream, incoming } = request()
    const reading = readRequestBody(incoming, budget, bounds)
    stream.write('abc')
    stream.end('def')
    const read = await reading
    expect(read.kind === 'whole' && Buffer.from(read.body).toString()).toBe('abcdef')
    expect(budget.heldBytes).toBe(6)
    if (read.kind === 'whole') {
      read.release()
      read.release()
    }
    expect(budget.heldBytes).toBe(0)
  })

  test('never exceed their bound together: the one that would is a 503, and holds nothing', async () => {
    const budget: BodyBudget = { heldBytes: 0 }
    const first = request()
    const second = request()
    const readings = [first, second].map(({ incoming }) =>
      readRequestBody(incoming, budget, bounds),
    )
    first.stream.write('x'.repeat(9))
    await new Promise((turn) => setImmediate(turn))
    second.stream.write('x'.repeat(9))
    expect(await readings[1]).toEqual({ kind: 'refused', status: 503 })
    second.stream.end('more of it')
    first.stream.end()
    expect((await readings[0])!.kind).toBe('whole')
    expect(budget.heldBytes).toBe(9)
  })

  test('a body over its own bound is a 413, and holds nothing, whatever follows', async () => {
    const budget: BodyBudget = { heldBytes: 0 }
    const { stream, incoming } = request()
    const reading = readRequestBody(incoming, budget, bounds)
    stream.write('x'.repeat(11))
    expect(await reading).toEqual({ kind: 'refused', status: 413 })
    stream.write('more')
    stream.destroy()
    await new Promise((turn) => setImmediate(turn))
    expect(budget.heldBytes).toBe(0)
  })

  test('a declared length over the bound is refused before a byte is asked for', async () => {
    const { incoming } = request({ 'content-length': '11' })
    let isStarted = false
    const refused = await readRequestBody(
      incoming,
      { heldBytes: 0 },
      { ...bounds, onStart: () => (isStarted = true) },
    )
    expect(refused).toEqual({ kind: 'refused', status: 413 })
    expect(isStarted).toBe(false)
  })

  test('of a client that goes away nothing is held', async () => {
    const budget: BodyBudget = { heldBytes: 0 }
    const { stream, incoming } = request()
    const reading = readRequestBody(incoming, budget, bounds)
    stream.write('abc')
    await new Promise((turn) => setImmediate(turn))
    stream.destroy()
    expect(await reading).toEqual({ kind: 'gone' })
    expect(budget.heldBytes).toBe(0)
  })
})
