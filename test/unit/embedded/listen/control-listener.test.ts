import { describe, expect, test } from 'vitest'
import { startControlListener } from '../../../../src/embedded/listen/control-listener.ts'
import { limits } from '../../../../src/kernel/limits.ts'
import type { Clock } from '../../../../src/kernel/ports.ts'
import { fakeNetwork } from '../../../support/fake-network.ts'
import type { FakeNetwork, Peer } from '../../../support/fake-network.ts'
import { fakeRiakNode } from '../../../support/fake-riak-node.ts'

const secret = 'a secret of the test'
const noClock: Clock = {
  nowMs: () => 0,
  monotonicMs: () => 0,
  afterTurn: (task) => void setImmediate(task),
  after: () => ({ cancel: () => undefined }),
}

async function listening(stats = () => ({})): Promise<FakeNetwork> {
  const network = fakeNetwork()
  const node = {
    ...fakeRiakNode({ stats }),
    bucketTypes: undefined as never,
    ring: () => ({ size: 1, owners: ['n@h'], members: ['n@h'], claimant: 'n@h' }),
  }
  const log = { write: () => undefined }
  await startControlListener({ node, network, clock: noClock, log, secret })
  return network
}

async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}

async function say(peer: Peer, line: unknown): Promise<unknown> {
  peer.send(Buffer.from(`${JSON.stringify(line)}\n`))
  await settle()
  return peer.received.length === 0 ? undefined : JSON.parse(peer.received.toString())
}

describe('control listener', () => {
  test('a command with the right secret is answered in one line, then the connection ends', async () => {
    const peer = (await listening()).connect()
    expect(await say(peer, { secret, argv: ['ringready'] })).toEqual({
      stdout: 'TRUE All nodes agree on the ring [n@h]\nok\n',
      exitCode: 0,
    })
    expect(peer.isEnded).toBe(true)
  })

  test('a line in pieces is one line', async () => {
    const peer = (await listening()).connect()
    for (const byte of Buffer.from(`${JSON.stringify({ secret, argv: ['services'] })}\n`)) {
      peer.send(Buffer.from([byte]))
    }
    await settle()
    expect(peer.received.toString()).toContain('riak_kv')
  })

  test.each([
    ['a wrong secret', { secret: 'wrong', argv: ['services'] }],
    ['no secret', { argv: ['services'] }],
    ['no command line', { secret }],
    ['words that are none', { secret, argv: ['services', 1] }],
    ['no object', null],
  ])('%s gets nothing but the end', async (_, line) => {
    const peer = (await listening()).connect()
    expect(await say(peer, line)).toBeUndefined()
    expect(peer.isEnded).toBe(true)
  })

  test('a line without end is cut off', async () => {
    const peer = (await listening()).connect()
    peer.send(Buffer.alloc(limits.controlLineBytesMax + 1, 0x20))
    expect(peer.isDestroyed).toBe(true)
  })

  test('a command that fails inside says so, and nothing of the machine', async () => {
    const network = await listening(() => {
      throw new TypeError('secret path')
    })
    expect(await say(network.connect(), { secret, argv: ['status'] })).toEqual({
      stdout: 'The command failed, see log for details\nerror\n',
      exitCode: 1,
    })
  })

  test('too many at once are refused', async () => {
    const network = await listening()
    for (let i = 0; i < limits.controlConnectionsMax; i++) network.connect()
    expect(network.connect().isDestroyed).toBe(true)
  })
})
