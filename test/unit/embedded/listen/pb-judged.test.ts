/** What Riak 3.2 answers to requests over Protocol Buffers that are slightly odd, over real sockets. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MessageName } from '../../../../src/wire/message-codes.ts'
import type { Messages } from '../../../../src/wire/message-types.ts'
import { decodeMessage, encodeFrame } from '../../../../src/wire/messages.ts'
import { openHttpNode } from '../../../support/http-node.ts'
import type { HttpNode } from '../../../support/http-node.ts'
import { pbConnect } from '../../../support/pb-socket.ts'

let embedded: HttpNode

beforeAll(async () => {
  embedded = await openHttpNode()
})

afterAll(() => embedded.close())

/** The code of the answer, and its text where it is an error. */
async function ask<N extends MessageName>(
  name: N,
  message: Messages[N],
): Promise<{ readonly code: number; readonly body: Buffer; readonly error: string }> {
  const socket = await pbConnect(embedded.pbPort)
  socket.send(encodeFrame(name, message))
  const [answer] = await socket.read(1)
  socket.destroy()
  const { code, body } = answer!
  const error = code === 0 ? String(decodeMessage('RpbErrorResp', body).errmsg) : ''
  return { code, body, error }
}

const bucket = Buffer.from('judged')
const key = Buffer.from('k')
const put = (more: Partial<Messages['RpbPutReq']> = {}) =>
  ask('RpbPutReq', { bucket, key, content: { value: Buffer.from('x') }, ...more })

describe('over Protocol Buffers', () => {
  test('a timeout of 0 is none', async () => {
    expect((await put({ timeout: 0 })).code).toBe(12)
    const got = await ask('RpbGetReq', { bucket, key, timeout: 0 })
    expect(String(decodeMessage('RpbGetResp', got.body).content?.[0]?.value)).toBe('x')
  })

  test('a put of a deleted content deletes', async () => {
    const at = { bucket: Buffer.from('graves'), key }
    await put({ ...at, content: { value: Buffer.from('x'), deleted: true } })
    const got = decodeMessage('RpbGetResp', (await ask('RpbGetReq', at)).body)
    expect(got.content ?? []).toEqual([])
  })

  test('an empty continuation is a crash', async () => {
    const query = { bucket, index: Buffer.from('t_bin'), qtype: 0, key, max_results: 1 }
    expect((await ask('RpbIndexReq', query)).code).toBe(26)
    const got = await ask('RpbIndexReq', { ...query, continuation: Buffer.alloc(0) })
    expect(got.error).toMatch(/^Error processing incoming message: error:badarg/)
  })

  test('an index query of $bucket finds every key, whatever term and pattern it has', async () => {
    await put()
    const index = Buffer.from('$bucket')
    for (const more of [
      { qtype: 0, key: Buffer.from('other') },
      { qtype: 1, range_min: Buffer.from('1'), range_max: Buffer.from('2') },
      { qtype: 0, key: bucket, term_regex: Buffer.from('^nothing$') },
    ]) {
      const got = await ask('RpbIndexReq', { bucket, index, ...more })
      expect(decodeMessage('RpbIndexResp', got.body).keys?.map(String)).toEqual(['k'])
    }
  })

  test('a pattern that is none is told before the integers it cannot match', async () => {
    const index = Buffer.from('n_int')
    const range = { range_min: Buffer.from('1'), range_max: Buffer.from('2') }
    const query = { bucket, index, qtype: 1, ...range }
    const bad = await ask('RpbIndexReq', { ...query, term_regex: Buffer.from('[') })
    expect(bad.error).toMatch(/^Invalid term regular expression/)
    const good = await ask('RpbIndexReq', { ...query, term_regex: Buffer.from('a') })
    expect(good.error).toBe('Can not use term regular expression in integer query')
  })

  test('rw means nothing beside r and w, and is refused where it counts', async () => {
    await put()
    const absent = { bucket, key: Buffer.from('absent'), rw: 4 }
    expect((await ask('RpbDelReq', absent)).error).toBe('{n_val_violation,3}')
    expect((await ask('RpbDelReq', { ...absent, w: 1 })).code).toBe(14)
    expect((await ask('RpbDelReq', { bucket, key, rw: 4, r: 1 })).error).toBe('{n_val_violation,3}')
    expect((await ask('RpbDelReq', { bucket, key, rw: 4, r: 1, w: 1 })).code).toBe(14)
  })
})
