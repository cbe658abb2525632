/** The HTTP door of the real program: one store behind two protocols, jobs, and its settings. */

import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { exchange } from '../../support/http-exchange.ts'
import { freeBasePort, run, serve, stage, until } from '../../support/program.ts'
import { connect } from '../../support/riak-client.ts'

const { env, remember } = stage('http-program')
const bytes = (text: string): Uint8Array => Buffer.from(text)

describe('ringpost serve', () => {
  test('prints its HTTP address; a put over one protocol is read over the other, clocks alike', async () => {
    const server = remember(await serve(env()))
    const httpPort = Number(server.env['RINGPOST_RIAK_HTTP_PORT'])
    expect(server.stdout()).toContain(`http://127.0.0.1:${httpPort} (HTTP)`)
    const riak = await connect([`127.0.0.1:${server.pbPort}`])
    const target = '/types/posts/buckets/blog/keys/both'
    const plain = ['Content-Type', 'text/plain'] as const
    const put = await exchange(httpPort, { method: 'PUT', target, headers: [plain], body: 'one' })
    expect(put.status).toBe(204)
    const at = { type: 'posts', bucket: 'blog', key: 'both' }
    const read = await riak.get(at)
    const shown = await exchange(httpPort, { target })
    expect(read?.siblings.map(({ value }) => Buffer.from(value).toString())).toEqual(['one'])
    const clock = shown.header('X-Riak-Vclock')!
    expect(Buffer.from(read!.context).toString('base64')).toBe(clock)
    await riak.put(
      at,
      { value: bytes('two'), contentType: 'text/plain' },
      { context: read!.context },
    )
    expect((await exchange(httpPort, { target })).body).toBe('two')
    const foreign = await exchange(httpPort, { target, headers: [['Host', 'evil.example']] })
    expect(foreign.status).toBe(403)
    expect(await server.kill('SIGTERM'), server.output()).toBe(0)
  })
})

describe('ringpost riak start', () => {
  const job = (phase: object): string =>
    JSON.stringify({
      inputs: [['b', 'k', '', 'posts']],
      query: [{ map: phase }],
    })
  const registered = { language: 'erlang', module: 'ringpost_mapreduce', function: 'map_posts' }
  const javascript = { language: 'javascript', source: 'function () { return [[1, 2, 3]] }' }

  const post = async (port: number, phase: object) => {
    const sent = {
      method: 'POST',
      target: '/mapred',
      headers: [['Content-Type', 'application/json'] as const],
      body: job(phase),
    }
    return exchange(port, sent)
  }

  test.each([
    ['on', 200, '[[1,2,3]]'],
    ['off', 400, 'The PhaseSpec part'],
  ])(
    '--riak-javascript %s: a JavaScript phase is a %i; the functions of this blog run either way',
    async (setting, status, words) => {
      const base = await freeBasePort()
      const args = ['riak', 'start', '--base-port', String(base), '--riak-javascript', setting]
      const node = remember(run(args, env()))
      await until('the node is up', 60_000, () => node.stdout().includes('A blog on it'))
      const target = '/types/posts/buckets/b/keys/k'
      const headers = [['Content-Type', 'text/plain']] as const
      await exchange(base + 18, { method: 'PUT', target, headers, body: 'no post' })
      const answer = await post(base + 18, javascript)
      expect(`${answer.status} ${answer.body}`).toContain(`${status} `)
      expect(answer.body).toContain(words)
      const rows = await post(base + 18, registered)
      expect(`${rows.status} ${rows.body}`).toBe('200 [["unresolved","posts","b","k"]]')
      expect(await node.kill('SIGINT'), node.output()).toBe(0)
    },
  )

  test('a port in use is told by the option that it comes from', async () => {
    const base = await freeBasePort()
    const other = createServer().listen(base + 18, '127.0.0.1')
    await once(other, 'listening')
    const args = ['riak', 'start', '--base-port', String(base)]
    const ended = remember(run(args, env()))
    expect(await ended.ended).toBe(1)
    expect(ended.output()).toContain(`port ${base + 18} (of --base-port ${base}) on 127.0.0.1`)
    other.close()
  })

  test('an unknown setting is named, and nothing is started', async () => {
    const ended = run(['riak', 'start', '--riak-javascript', 'maybe'], env())
    expect(await remember(ended).ended).toBe(2)
    expect(ended.output()).toContain('--riak-javascript')
  })
})
