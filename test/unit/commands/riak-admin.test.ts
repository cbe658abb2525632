import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CommandError } from '../../../src/commands/command-error.ts'
import { readEnvironment } from '../../../src/commands/environment.ts'
import { writeNodeFile } from '../../../src/commands/node-file.ts'
import { riakAdmin } from '../../../src/commands/riak-admin.ts'
import { adminUsage } from '../../../src/embedded/console/usage.ts'

let dataFolder: string
let servers: Server[]

beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'riak-admin-'))
  servers = []
})

afterEach(async () => {
  for (const server of servers) server.close()
  await rm(dataFolder, { recursive: true })
})

async function run(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly out: string; readonly err: string; readonly code: number }> {
  let out = ''
  let err = ''
  const code = await riakAdmin(
    argv,
    () => readEnvironment({ RINGPOST_DATA: dataFolder, ...environment }),
    { out: (text) => (out += text), err: (text) => (err += text) },
  )
  return { out, err, code }
}

/** A node of which only the control connection exists. */
async function node(answer: (line: string) => string): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (piece) => socket.end(answer(piece.toString())))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await writeNodeFile(dataFolder, {
    pid: process.pid,
    name: 'dev1@127.0.0.1',
    lifetime: 'server',
    program: 'ringpost serve',
    pb: { host: '127.0.0.1', port: 1 },
    control: { host: '127.0.0.1', port, secret: 'the secret' },
  })
  return port
}

describe('riak-admin', () => {
  test('prints what the node answers and ends as the node says', async () => {
    const asked: string[] = []
    await node((line) => {
      asked.push(line)
      return '{"stdout":"x is not an existing bucket type\\n{error,undefined}\\n","exitCode":1}\n'
    })
    const { out, code } = await run(['bucket-type', 'status', 'x'])
    expect([out, code]).toEqual(['x is not an existing bucket type\n{error,undefined}\n', 1])
    expect(asked).toEqual(['{"secret":"the secret","argv":["bucket-type","status","x"]}\n'])
  })

  test('asks again until the service is up', async () => {
    const answers = [
      '{"stdout":"s is not up: []\\n","exitCode":0,"retryAfterMs":1}',
      '{"stdout":"s is up\\n","exitCode":0}',
    ]
    await node(() => answers.shift() ?? '')
    const { out, code } = await run(['wait-for-service', 's'])
    expect([out, code]).toEqual(['s is not up: []\ns is up\n', 0])
  })

  test('no node: Riak says so, and the exit code is 1', async () => {
    expect(await run(['status'])).toEqual({ out: 'Node is not running!\n', err: '', code: 1 })
  })

  test('a file that was left behind (nobody listens there) is no node', async () => {
    await node(() => '')
    for (const server of servers) await new Promise((resolve) => server.close(resolve))
    expect((await run(['status'])).out).toBe('Node is not running!\n')
  })

  test('someone else at that address is no node', async () => {
    await node(() => 'HTTP/1.1 400 Bad Request\r\n\r\n')
    expect((await run(['status'])).out).toBe('Node is not running!\n')
  })

  test('a Riak cluster of its own has its own riak-admin', async () => {
    const { out, err, code } = await run(['status'], {
      RIAK_NODES: 'riak1:8087',
      RIAK_ADMIN: 'docker exec riak1 riak-admin',
    })
    expect([out, code]).toEqual(['', 1])
    expect(err).toContain('`docker exec riak1 riak-admin`')
  })

  test('without a command, usage, also where no node runs', async () => {
    expect(await run([])).toEqual({ out: adminUsage, err: '', code: 1 })
    expect(await run(['--help'])).toEqual({ out: adminUsage, err: '', code: 0 })
  })

  test('a wrong environment is named', async () => {
    const code = await riakAdmin(
      ['status'],
      () => {
        throw new CommandError('PORT is "x"', 2)
      },
      { out: () => undefined, err: () => undefined },
    )
    expect(code).toBe(2)
  })
})
