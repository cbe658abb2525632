/** `riak-admin` and a running node, from the command line through the control connection and back. */

import { afterEach, beforeEach, expect, test } from 'vitest'
import { readEnvironment } from '../../../src/commands/environment.ts'
import { writeNodeFile } from '../../../src/commands/node-file.ts'
import { riakAdmin } from '../../../src/commands/riak-admin.ts'
import { startControlListener } from '../../../src/embedded/listen/control-listener.ts'
import type { ControlListener } from '../../../src/embedded/listen/control-listener.ts'
import { systemClock } from '../../../src/runtime/system-clock.ts'
import { tcpNetwork } from '../../../src/runtime/tcp-network.ts'
import { decodeMessage, encodeFrame } from '../../../src/wire/messages.ts'
import { openListeningNode } from '../../support/listening-node.ts'
import type { ListeningNode } from '../../support/listening-node.ts'
import { pbConnect } from '../../support/pb-socket.ts'
import { freshFolder } from '../../support/program.ts'

const secret = 'only for this test'
let embedded: ListeningNode
let control: ControlListener
let folder: ReturnType<typeof freshFolder>

beforeEach(async () => {
  folder = freshFolder('riak-admin')
  embedded = await openListeningNode('dev1@127.0.0.1')
  const log = { write: () => undefined }
  const network = tcpNetwork()
  const clock = systemClock()
  control = await startControlListener({ node: embedded.node, network, clock, log, secret })
  await writeNodeFile(folder.path, {
    pid: process.pid,
    name: 'dev1@127.0.0.1',
    lifetime: 'server',
    program: 'ringpost serve',
    pb: embedded.listener,
    control: { host: control.host, port: control.port, secret },
  })
})

afterEach(async () => {
  await control.close()
  await embedded.close()
  folder.remove()
})

async function admin(...argv: readonly string[]): Promise<{ out: string; code: number }> {
  let out = ''
  const streams = { out: (text: string) => (out += text), err: (text: string) => (out += text) }
  const environmentOf = () => readEnvironment({ RINGPOST_DATA: folder.path })
  const code = await riakAdmin(argv, environmentOf, streams)
  return { out, code }
}

/** How a typed get is answered: `no_type`, or nothing there. */
async function typedGet(type: string): Promise<string> {
  const socket = await pbConnect(embedded.listener.port)
  const [bucket, key] = [Buffer.from('b'), Buffer.from('k')]
  socket.send(encodeFrame('RpbGetReq', { bucket, key, type: Buffer.from(type) }))
  const [answer] = await socket.read(1)
  socket.destroy()
  if (answer?.code !== 0) return 'found or not'
  return String(decodeMessage('RpbErrorResp', answer.body).errmsg)
}

test('a bucket type is created, activated and used: each step is seen by Riak clients', async () => {
  expect(await typedGet('posts')).toBe('no_type')
  const created = await admin('bucket-type', 'create', 'posts', '{"props":{"n_val":2}}')
  expect(created.code).toBe(0)
  expect(created.out).toMatch(/^posts created\n/)
  expect(await typedGet('posts')).toBe('no_type')
  expect((await admin('bucket-type', 'activate', 'posts')).code).toBe(0)
  expect(await typedGet('posts')).toBe('found or not')
  expect((await admin('bucket-type', 'list')).out).toBe('default (active)\nposts (active)\nok\n')
  const { out } = await admin('bucket-type', 'status', 'posts')
  expect(out).toMatch(/^posts is active\n\n/)
  expect(out).toContain('n_val: 2\n')
  expect(out).toContain("claimant: 'dev1@127.0.0.1'\n")
})

test('reports of a running node: every line of status is a name and a value', async () => {
  expect((await admin('test')).out).toBe(
    "Successfully completed 1 read/write cycle to 'dev1@127.0.0.1'\n",
  )
  const { out, code } = await admin('status')
  expect(code).toBe(0)
  const lines = out.split('\n')
  expect(lines.slice(0, 2)).toEqual(["1-minute stats for 'dev1@127.0.0.1'", '-'.repeat(43)])
  expect(lines.slice(-3)).toEqual(['', 'ok', ''])
  const stats = lines.slice(2, -3)
  expect(stats.filter((line) => !/^\w+ : \S/.test(line))).toEqual([])
  expect(stats).toContain("ring_members : ['dev1@127.0.0.1']")
  expect(stats).toContain('ring_ownership : <<"[{\'dev1@127.0.0.1\',64}]">>')
  expect(stats.find((line) => line.startsWith('node_puts_total'))).toBe('node_puts_total : 1')
  expect((await admin('member-status')).out).toContain('valid     100.0%      --      dev1@')
})

test('mistakes exit 1', async () => {
  expect(await admin('frobnicate')).toMatchObject({ code: 1 })
  expect(await admin('bucket-type', 'activate', 'nosuch')).toEqual({
    code: 1,
    out: 'nosuch is not an existing bucket type\n{error,undefined}\n',
  })
})
