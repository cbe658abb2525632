import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AnswerFrames } from '../../../src/riak/client/answer-frames.ts'
import { loadClient } from '../../../src/riak/client/load-client.ts'

const { ByteBuffer } = loadClient()

/** A message is its text. */
function textFrames(): AnswerFrames {
  return new AnswerFrames(ByteBuffer, (code) => {
    if (code === 255) throw new Error('no message has this code')
    return { decode: ({ buffer, offset, limit }) => buffer.subarray(offset, limit).toString() }
  })
}

function frame(code: number, text: string): Buffer {
  const body = Buffer.from(text)
  const bytes = Buffer.alloc(5 + body.length)
  bytes.writeUInt32BE(1 + body.length, 0)
  bytes.writeUInt8(code, 4)
  body.copy(bytes, 5)
  return bytes
}

describe('answers cut out of what arrives', () => {
  const sent = fc.array(fc.record({ code: fc.nat(254), text: fc.string({ maxLength: 40 }) }), {
    maxLength: 8,
  })

  test('are the same however the network cuts them', () => {
    fc.assert(
      fc.property(sent, fc.array(fc.nat(60), { maxLength: 60 }), (messages, sizes) => {
        const all = Buffer.concat(messages.map(({ code, text }) => frame(code, text)))
        const frames = textFrames()
        const got: unknown[] = []
        let from = 0
        for (const size of [...sizes, all.length]) {
          got.push(...frames.take(all.subarray(from, from + size)))
          from = Math.min(all.length, from + size)
        }
        const expected = messages.map(({ code, text }) => ({
          msgCode: code,
          protobuf: text === '' ? null : text,
        }))
        expect(got).toEqual(expected)
      }),
    )
  })

  test('a message is looked at where it lies: nothing of it is copied', () => {
    const frames = new AnswerFrames(ByteBuffer, () => ({ decode: ({ buffer }) => buffer.buffer }))
    const chunk = frame(10, 'a message')
    expect(frames.take(chunk)).toEqual([{ msgCode: 10, protobuf: chunk.buffer }])
    expect(frames.take(chunk)[0]?.protobuf).toBe(chunk.buffer)
  })

  test('an empty frame, and a code that no message has, are errors', () => {
    expect(() => textFrames().take(Buffer.alloc(4))).toThrow(RangeError)
    expect(() => textFrames().take(frame(255, 'x'))).toThrow('no message has this code')
  })

  test('a frame of many megabytes is put together once, when its last piece is there', () => {
    const frames = textFrames()
    const large = frame(1, 'x'.repeat(4_000_000))
    const size = 65_536
    for (let from = 0; from < large.length - size; from += size) {
      expect(frames.take(large.subarray(from, from + size))).toEqual([])
    }
    const last = large.length - (large.length % size || size)
    const answers = frames.take(large.subarray(last))
    expect(answers.map(({ protobuf }) => String(protobuf).length)).toEqual([4_000_000])
  })
})
