import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFrameDecoder } from '../../../src/wire/frame.ts'
import type { FrameEvent } from '../../../src/wire/frame.ts'

const ping = Buffer.from('0000000101', 'hex')

function drain(decoder: ReturnType<typeof createFrameDecoder>): FrameEvent[] {
  const events: FrameEvent[] = []
  for (;;) {
    const event = decoder.next()
    events.push(event)
    if (event.kind === 'more' || event.kind === 'too-long') return events
  }
}

function frameOf(code: number, body: Uint8Array): Buffer {
  const frame = Buffer.alloc(5 + body.length)
  frame.writeUInt32BE(body.length + 1, 0)
  frame[4] = code
  frame.set(body, 5)
  return frame
}

describe('frame decoder', () => {
  test('the same frames come out however the stream is cut', () => {
    const frames = fc.array(fc.tuple(fc.nat(255), fc.uint8Array({ maxLength: 2_000 })), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(
        frames,
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }),
        (sent, cuts) => {
          const stream = Buffer.concat(sent.map(([code, body]) => frameOf(code, body)))
          const decoder = createFrameDecoder(1_000_000)
          const received: (readonly [number, string])[] = []
          for (let at = 0, i = 0; at < stream.length; i++) {
            const length = cuts[i % cuts.length]!
            decoder.push(Buffer.from(stream.subarray(at, at + length)))
            at += length
            for (const event of drain(decoder)) {
              if (event.kind === 'frame') {
                received.push([event.code, Buffer.from(event.body).toString('hex')])
              }
            }
          }
          expect(received).toEqual(
            sent.map(([code, body]) => [code, Buffer.from(body).toString('hex')]),
          )
          expect(decoder.heldBytes).toBe(0)
        },
      ),
    )
  })

  test('a frame in one piece is not copied', () => {
    const decoder = createFrameDecoder(100)
    const piece = frameOf(9, Buffer.from('abc'))
    decoder.push(piece)
    const event = decoder.next()
    expect(event.kind === 'frame' && event.body.buffer).toBe(piece.buffer)
  })

  test('a body that was handed out stays as it was while later pieces arrive', () => {
    const decoder = createFrameDecoder(1_000)
    const first = frameOf(1, Buffer.from('first body'))
    const second = frameOf(2, Buffer.from('second body'))
    const stream = Buffer.concat([first, second])
    decoder.push(Buffer.from(stream.subarray(0, 3)))
    decoder.push(Buffer.from(stream.subarray(3, first.length + 2)))
    const event = decoder.next()
    decoder.push(Buffer.from(stream.subarray(first.length + 2)))
    expect(decoder.next().kind).toBe('frame')
    expect(event.kind === 'frame' && Buffer.from(event.body).toString()).toBe('first body')
  })

  test('a length of 0 is told apart, and what follows is still found', () => {
    const decoder = createFrameDecoder(100)
    decoder.push(Buffer.concat([Buffer.alloc(4), ping]))
    expect(drain(decoder).map((event) => event.kind)).toEqual(['empty', 'frame', 'more'])
  })

  test('a length above the bound is refused before its body arrives (4 GB)', () => {
    const decoder = createFrameDecoder(100)
    decoder.push(Buffer.from('ffffffff', 'hex'))
    expect(decoder.next()).toEqual({ kind: 'too-long', frameBytes: 0xffffffff })
  })

  test('memory follows what arrived, not what the length claims (64 MiB claimed, 2 KiB sent)', () => {
    const decoder = createFrameDecoder(67_108_864)
    const before = process.memoryUsage().arrayBuffers
    decoder.push(Buffer.from('04000000', 'hex'))
    for (let i = 0; i < 2_048; i++) decoder.push(Buffer.from([i & 0xff]))
    expect(decoder.next().kind).toBe('more')
    expect(decoder.heldBytes).toBe(2_052)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
  })

  test('a large frame in small pieces costs linear work (8 MiB in 1 KiB pieces)', () => {
    const body = Buffer.alloc(8 * 1_048_576, 7)
    const stream = frameOf(11, body)
    const decoder = createFrameDecoder(67_108_864)
    for (let at = 0; at < stream.length; at += 1_024) {
      expect(decoder.next().kind).toBe('more')
      decoder.push(Buffer.from(stream.subarray(at, at + 1_024)))
    }
    const event = decoder.next()
    expect(event.kind === 'frame' && body.equals(event.body)).toBe(true)
  })
})
