/** The program in containers: what a machine's death and a store's absence look like from outside. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StartedTestContainer } from 'testcontainers'
import { until } from '../support/program.ts'
import { type Engine, startEngine, whyNoEngine } from './engine.ts'

const reason = whyNoEngine()
if (reason !== undefined) console.log(`container tests skipped: ${reason}`)

describe.skipIf(reason !== undefined)('in containers', () => {
  let engine: Engine
  const started: StartedTestContainer[] = []
  beforeAll(async () => {
    engine = await startEngine()
  })
  afterAll(async () => {
    for (const container of started.reverse()) await container.stop({ timeout: 1_000 })
    await engine.stop()
  })

  const program = ['/usr/bin/node', '/srv/ringpost/bin/ringpost.js']

  test('a killed Riak node: pages stay up from the cache, writes say 503 with Retry-After, and after its return every acknowledged post is there', async () => {
    const { GenericContainer, Wait } = await import('testcontainers')
    // Owner of the network namespace, so that nodes and servers share a loopback and may die alone.
    const net = await new GenericContainer(engine.image)
      .withCommand(['/usr/bin/node', '-e', 'console.log("up"); setInterval(() => {}, 1e6)'])
      .withExposedPorts(3000)
      .withWaitStrategy(Wait.forLogMessage('up'))
      .start()
    started.push(net)
    const volume = engine.volume('data')
    const startRiak = async (): Promise<StartedTestContainer> => {
      const riak = await new GenericContainer(engine.image)
        .withNetworkMode(`container:${net.getId()}`)
        .withCommand([...program, 'riak', 'start', '--data', '/data'])
        .withBindMounts([{ source: volume, target: '/data', mode: 'rw' }])
        .withWaitStrategy(Wait.forLogMessage(/8087/))
        .start()
      started.push(riak)
      return riak
    }
    const riak = await startRiak()
    const made = await riak.exec(
      [...program, 'token', 'create', '--name', 'test', '--scope', 'write'],
      {
        env: { RIAK_NODES: '127.0.0.1:8087', SESSION_SECRET: 'thirty-two characters of a secret' },
      },
    )
    const token = made.stdout.trimEnd().split('\n').at(-1) ?? ''
    expect(made.exitCode, made.output).toBe(0)

    const server = await new GenericContainer(engine.image)
      .withNetworkMode(`container:${net.getId()}`)
      .withEnvironment({
        RIAK_NODES: '127.0.0.1:8087',
        HOST: '0.0.0.0',
        SESSION_SECRET: 'thirty-two characters of a secret',
        RINGPOST_DATA: '/tmp/server',
      })
      .withCommand([...program, 'serve'])
      .withWaitStrategy(Wait.forLogMessage(/3000/))
      .start()
    started.push(server)
    const url = `http://${net.getHost()}:${net.getMappedPort(3000)}`
    await until('the server is ready', 30_000, async () => (await fetch(`${url}/readyz`)).ok)

    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const write = (title: string): Promise<Response> =>
      fetch(`${url}/api/posts`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ title, body: 'Text.', status: 'published' }),
      })
    expect((await write('Before the crash')).status).toBe(201)
    const before = await (await fetch(`${url}/`)).text()
    expect(before).toContain('Before the crash')

    await riak.stop({ timeout: 0, remove: true })
    started.splice(started.indexOf(riak), 1)

    const home = await until('the home page answers without a store', 30_000, async () => {
      const answer = await fetch(`${url}/`)
      return answer.ok && answer
    })
    expect(await home.text()).toContain('Before the crash')
    const refused = await until('a write is refused', 30_000, async () => {
      const answer = await write('While away')
      return answer.status === 503 && answer
    })
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect((await fetch(`${url}/readyz`)).status).toBe(503)

    await startRiak()
    const after = await until('a write is taken again', 60_000, async () => {
      const answer = await write('After the return')
      return answer.status === 201 && answer
    })
    expect(after.status).toBe(201)
    await until('both acknowledged posts are on the home page', 60_000, async () => {
      const page = await (await fetch(`${url}/`)).text()
      return page.includes('Before the crash') && page.includes('After the return')
    })
  })
})
