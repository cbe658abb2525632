/** The real program as an operator meets it: started, asked, interrupted, killed, called wrongly. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  createToken,
  freeBasePort,
  freePort,
  riakAdmin,
  run,
  runToEnd,
  serve,
  stage,
  until,
} from '../support/program.ts'

describe('ringpost', () => {
  const { path, env, remember } = stage('commands')
  const data = (): string => join(path(), 'data')
  const freePorts = async (): Promise<Record<string, string>> => ({
    PORT: String(await freePort()),
    RINGPOST_PB_PORT: String(await freePort()),
    RINGPOST_RIAK_HTTP_PORT: String(await freePort()),
  })
  const writePosts = (count: number): string => {
    const source = join(path(), 'posts')
    mkdirSync(source, { recursive: true })
    for (let n = 0; n < count; n++) {
      const day = String(1 + (n % 28)).padStart(2, '0')
      writeFileSync(
        join(source, `post-${n}.md`),
        `---\ntitle: Post ${n}\ndate: 2019-05-${day}\ntags: [t${n % 3}]\n---\n\nBody ${n}\n`,
      )
    }
    return source
  }

  test('serve says where it is, and the page answers; the data folder is its owner\u2019s alone', async () => {
    const server = remember(await serve(env()))
    expect(server.stdout()).toContain(server.url)
    expect(server.stdout()).toContain(`127.0.0.1:${server.pbPort}`)
    const page = await fetch(server.url)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('<h1')
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    for (const [path, mode] of [
      ['session-secret', 0o600],
      ['riak/node.json', 0o600],
      ['.', 0o700],
      ['riak', 0o700],
    ] as const) {
      expect(statSync(join(data(), path)).mode & 0o777, path).toBe(mode)
    }
    const status = await runToEnd(['riak', 'status'], env())
    expect(status.stdout).toMatch(
      /^dev1@127\.0\.0\.1 {2}up {2}pb 127\.0\.0\.1:\d+ {2}http 127\.0\.0\.1:\d+ {2}Riak 3\.2/,
    )
    const ring = await runToEnd(['ringready'], env(), { script: riakAdmin })
    expect(ring.output).toContain("TRUE All nodes agree on the ring ['dev1@127.0.0.1']")
  })

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s ends serve cleanly: exit 0, no node is said to run, the data opens again',
    async (signal) => {
      const server = remember(await serve(env()))
      const secret = readFileSync(join(data(), 'session-secret'), 'utf8')
      expect(await server.kill(signal), server.output()).toBe(0)
      expect(existsSync(join(data(), 'riak/node.json'))).toBe(false)
      const again = remember(await serve(env()))
      expect(readFileSync(join(data(), 'session-secret'), 'utf8')).toBe(secret)
      expect(await again.kill(signal)).toBe(0)
    },
  )

  test('Ctrl-C ends a server that has rendered a long text (in a thread of its own)', async () => {
    const source = join(path(), 'posts')
    mkdirSync(source)
    writeFileSync(join(source, 'long.md'), `# Long\n\n${'One *more* line.\n\n'.repeat(12_000)}`)
    expect((await runToEnd(['import', source], env())).code).toBe(0)
    const server = remember(await serve(env()))
    expect(await (await fetch(`${server.url}/posts/long`)).text()).toContain('<em>more</em>')
    const askedAt = performance.now()
    expect(await server.kill('SIGINT'), server.output()).toBe(0)
    expect(performance.now() - askedAt).toBeLessThan(20_000)
    expect(server.output()).not.toContain('left open')
  })

  test('a second Ctrl-C ends at once what the first one waits for', async () => {
    const server = remember(await serve(env()))
    // A request that never ends holds the first one back.
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.on('error', () => undefined)
    socket.write('POST /api/posts HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{')
    await until('the request is under way', 20_000, () => fetch(server.url).then(() => true))
    server.child.kill('SIGINT')
    await until('it says that it is stopping', 20_000, () => server.output().includes('stopping'))
    server.child.kill('SIGINT')
    expect(await server.ended).toBe(130)
    socket.destroy()
  })

  test('a token made beside a running server is taken by it, and stands alone in the last line', async () => {
    const server = remember(await serve(env()))
    const made = await runToEnd(['token', 'create', '--name', 'me', '--scope', 'write'], env())
    expect(made.code, made.output).toBe(0)
    expect(made.stdout).toMatch(/^\S{20,}\n$/)
    const answer = await fetch(`${server.url}/api/posts`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${made.stdout.trim()}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ title: 'Hello', body: 'Text.', status: 'published' }),
    })
    expect(answer.status).toBe(201)
  })

  test('kill -9: what was acknowledged is there after the restart, nothing is repaired by hand', async () => {
    const server = remember(await serve(env()))
    const token = await createToken(server.env)
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const created = await fetch(`${server.url}/api/posts`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ title: 'Kept', body: 'Text.', slug: 'kept', status: 'published' }),
    })
    expect(created.status).toBe(201)
    await server.kill('SIGKILL')
    // The file of the dead process is still there, and deceives nobody.
    expect(existsSync(join(data(), 'riak/node.json'))).toBe(true)
    expect((await runToEnd(['riak', 'status'], env())).code).toBe(1)
    const again = remember(await serve(env()))
    const page = await until('the post is served', 60_000, async () => {
      const answer = await fetch(`${again.url}/posts/kept`)
      return answer.ok && answer.text()
    })
    expect(page).toContain('Kept')
  })

  test('import without a server, again, and beside one: created, then unchanged', async () => {
    const source = writePosts(40)
    writeFileSync(join(source, 'broken.md'), '---\ntitle: "open\n---\n')
    const first = await runToEnd(['import', source], env())
    expect(first.code, first.output).toBe(0)
    expect(first.stdout).toBe('created 40, updated 0, unchanged 0, failed 1\n')
    expect(first.output).toMatch(/failed: broken\.md: broken YAML front matter, line \d/)
    const second = await runToEnd(['import', source], env())
    expect(second.stdout).toBe('created 0, updated 0, unchanged 40, failed 1\n')
    const server = remember(await serve(env()))
    const third = await runToEnd(['import', source], env())
    expect(third.stdout).toBe('created 0, updated 0, unchanged 40, failed 1\n')
    const tag = await (await fetch(`${server.url}/tags/t0`)).text()
    expect(tag).toContain('Post 0')
    const verify = await runToEnd(['index', 'verify'], env())
    expect([verify.code, verify.stdout], verify.output).toEqual([0, 'no differences\n'])
    const doctor = await runToEnd(['doctor'], env())
    expect(doctor.code, doctor.output).toBe(0)
  })

  test('two commands on one data folder at the same moment both do their work', async () => {
    const source = writePosts(60)
    const [one, two, token] = await Promise.all([
      runToEnd(['import', source], env()),
      runToEnd(['import', source], env()),
      runToEnd(['token', 'create', '--name', 'me'], env()),
    ])
    expect([one.code, two.code, token.code], one.output + two.output + token.output).toEqual([
      0, 0, 0,
    ])
    expect([one.stdout, two.stdout].sort()).toEqual([
      'created 0, updated 0, unchanged 60, failed 0\n',
      'created 60, updated 0, unchanged 0, failed 0\n',
    ])
  })

  test('a second serve on one data folder says who has it, and leaves the first alone', async () => {
    const first = remember(await serve(env()))
    const second = await runToEnd(['serve'], { ...(await freePorts()), ...env() })
    expect(second.code).toBe(1)
    expect(second.output).toContain(`is in use by ringpost serve (process ${first.child.pid!})`)
    expect(second.output).not.toMatch(/^\s+at /m)
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200)
    expect((await runToEnd(['riak', 'status'], env())).code).toBe(0)
  })

  test.each(['PORT', 'RINGPOST_PB_PORT', 'RINGPOST_RIAK_HTTP_PORT'])(
    'a port in use is named: %s',
    async (variable) => {
      const other = createServer()
      other.listen(0, '127.0.0.1')
      await once(other, 'listening')
      const { port } = other.address() as { port: number }
      const ended = await runToEnd(['serve'], {
        ...(await freePorts()),
        ...env(),
        [variable]: String(port),
      })
      other.close()
      expect(ended.code).toBe(1)
      expect(ended.output).toContain(`${variable} ${port} on 127.0.0.1 is in use`)
      expect(ended.output.trim().split('\n')).toHaveLength(1)
      // Nothing was left behind that would keep the next start away.
      const server = remember(await serve(env()))
      expect((await fetch(server.url)).status).toBe(200)
    },
  )

  test.each([
    [['serve'], { PORT: 'http' }, 'PORT is "http": expected a port number'],
    [['import', 'x'], { LOG_LEVEL: 'loud' }, 'LOG_LEVEL is "loud": expected'],
    [['serve'], { RIAK_NODES: '127.0.0.1:1' }, 'SESSION_SECRET is not set'],
    [['import', 'nowhere'], {}, 'cannot import nowhere: there is no such file or folder'],
    [['import', 'package.json'], {}, 'package.json is nothing that is known here'],
    [['import'], {}, "missing required argument 'path'"],
    [['import', 'x', '--format', 'word'], {}, 'Allowed choices are markdown'],
    [['token', 'create'], {}, "required option '--name <name>' not specified"],
    [['token', 'create', '--name', 'merge'], {}, 'a name the program uses itself'],
    [['token', 'create', '--name', ' Author'], {}, 'a name the program uses itself'],
    [['token', 'create', '--name', 'x', '--scope', 'root'], {}, 'Allowed choices are read'],
    [['riak', 'start', '--base-port', 'x'], {}, 'a number from 1 to'],
    [['frobnicate'], {}, "unknown command 'frobnicate'"],
    [['serve', '--nope'], {}, "unknown option '--nope'"],
  ])('%j %o is a mistake: exit 2, one clear sentence', async (args, extra, sentence) => {
    const ended = await runToEnd(args, { ...env(), ...(extra as Record<string, string>) })
    expect(ended.code, ended.output).toBe(2)
    expect(ended.output).toContain(sentence)
    expect(ended.output).not.toMatch(/^\s+at /m)
    expect(ended.stdout).toBe('')
  })

  test('no Riak node answers: exit 1, and the address is named', async () => {
    const port = await freePort()
    const ended = await runToEnd(['token', 'create', '--name', 'x'], {
      RIAK_NODES: `127.0.0.1:${port}`,
    })
    expect(ended.code).toBe(1)
    expect(ended.output).toContain(`127.0.0.1:${port}`)
    expect(ended.output).not.toMatch(/^\s+at /m)
  })

  test('help names the commands that exist', async () => {
    const help = await runToEnd(['--help'])
    expect(help.code).toBe(0)
    for (const name of ['serve', 'import', 'index', 'token', 'riak', 'doctor']) {
      expect(help.stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'))
    }
    expect((await runToEnd(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  test('riak start runs a node alone, on which a blog is served by its address', async () => {
    const base = await freeBasePort()
    const node = remember(run(['riak', 'start', '--base-port', String(base)], env()))
    await until('the node is up', 60_000, () => node.stdout().includes(`127.0.0.1:${base + 17}`))
    const riak = `http://127.0.0.1:${base + 18}`
    await until('its HTTP is told', 60_000, () => node.stdout().includes(riak))
    expect(await (await fetch(`${riak}/ping`)).text()).toBe('OK')
    const server = remember(
      await serve({
        RIAK_NODES: `127.0.0.1:${base + 17}`,
        SESSION_SECRET: 'thirty-two characters of a secret',
        RINGPOST_DATA: join(path(), 'other'),
      }),
    )
    expect((await fetch(server.url)).status).toBe(200)
    expect(await server.kill('SIGTERM')).toBe(0)
    const types = await runToEnd(['riak', 'bucket-types'])
    const script = new URL('../../cluster/bucket-types.sh', import.meta.url).pathname
    const made = spawnSync('sh', [script], {
      input: types.stdout,
      encoding: 'utf8',
      env: { ...process.env, ...env(), RIAK_ADMIN: `${process.execPath} ${riakAdmin}` },
    })
    expect(made.status, made.stderr).toBe(0)
    expect(made.stdout.trim().split('\n')).toContain('posts is active, as it must be')
    expect(await node.kill('SIGINT')).toBe(0)
  })
})
