/** `ringpost riak checkpoint`: beside a running server, and the documented way back. */
import { existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createToken, runToEnd, serve, stage } from '../support/program.ts'
import type { Served } from '../support/program.ts'

describe('a checkpoint', { timeout: 150_000 }, () => {
  const { path, env, remember, forget } = stage('checkpoint')
  const data = (): string => join(path(), 'data')

  const writer = (server: Served, token: string) => async (slug: string) => {
    const answer = await fetch(`${server.url}/api/posts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ title: slug, body: 'Text.', slug, status: 'published' }),
    })
    expect(answer.status).toBe(201)
  }
  const statuses = (server: Served, slugs: readonly string[]): Promise<number[]> =>
    Promise.all(slugs.map(async (slug) => (await fetch(`${server.url}/posts/${slug}`)).status))

  test('taken while posts are written has all that was acknowledged before; moved into place, it is the blog of then', async () => {
    const server = remember(await serve(env()))
    const token = await createToken(server.env)
    const write = writer(server, token)
    const before = Array.from({ length: 30 }, (_, n) => `before-${n}`)
    for (const slug of before) await write(slug)
    const place = join(path(), 'copy')
    const done = new AbortController()
    const taking = runToEnd(['riak', 'checkpoint', place], env()).finally(() => {
      done.abort()
    })
    for (let n = 0; !done.signal.aborted; n++) await write(`during-${n}`)
    const taken = await taking
    expect(taken.code, taken.output).toBe(0)
    expect(taken.stdout).toMatch(/^checkpoint of \d{4}-.* in .*\/copy \(\d+ records, .* MB\)/)
    await write('after')
    expect(readdirSync(path()).sort()).toEqual(['copy', 'data'])
    expect(readdirSync(place).sort()).toEqual(['no-account-yet', 'riak', 'session-secret'])
    expect(statSync(join(place, 'session-secret')).mode & 0o777).toBe(0o600)
    expect(statSync(place).mode & 0o777).toBe(0o700)

    // The documented way back.
    await server.kill('SIGTERM')
    forget(server)
    renameSync(data(), join(path(), 'gone'))
    renameSync(place, data())
    const back = remember(await serve(env()))
    expect(new Set(await statuses(back, before))).toEqual(new Set([200]))
    expect(await statuses(back, ['after'])).toEqual([404])
    // The token is of before: accounts and tokens came along.
    await writer(back, token)('again')
    expect(await statuses(back, ['again'])).toEqual([200])
    const rebuilt = await runToEnd(['index', 'rebuild'], env())
    expect(rebuilt.code, rebuilt.output).toBe(0)
    const verify = await runToEnd(['index', 'verify'], env())
    expect(verify.stdout, verify.output).toBe('no differences\n')
  })

  test('without a server is taken by the command itself, at a path below the current folder', async () => {
    const source = join(path(), 'posts')
    mkdirSync(source)
    writeFileSync(join(source, 'one.md'), '---\ntitle: One\ndate: 2019-05-01\n---\n\nText\n')
    expect((await runToEnd(['import', source], env())).code).toBe(0)
    const place = join(path(), 'deep/copy')
    const taken = await runToEnd(['riak', 'checkpoint', place], env())
    expect(taken.code, taken.output).toBe(2)
    expect(taken.output).toContain('there is no folder')
    mkdirSync(join(path(), 'deep'))
    // What a killed one left: the number is no living process's.
    mkdirSync(`${place}.partial-4194999`)
    expect((await runToEnd(['riak', 'checkpoint', place], env())).code).toBe(0)
    expect(readdirSync(join(path(), 'deep'))).toEqual(['copy'])
    const again = await runToEnd(['import', source], { RINGPOST_DATA: place })
    expect(again.stdout).toBe('created 0, updated 0, unchanged 1, failed 0\n')
  })

  test('where something stands, where no store is, or on a cluster: exit code, and what to do', async () => {
    const server = remember(await serve(env()))
    const place = join(path(), 'mine')
    mkdirSync(place)
    writeFileSync(join(place, 'x'), 'x')
    const refused = await runToEnd(['riak', 'checkpoint', place], env())
    expect([refused.code, refused.output]).toEqual([2, expect.stringContaining('is there already')])
    expect(readdirSync(place)).toEqual(['x'])
    const inside = await runToEnd(['riak', 'checkpoint', '/proc/copy'], env())
    expect(inside.code, inside.output).toBe(1)
    expect(inside.output).toContain('nothing of it is left')
    const none = await runToEnd(['riak', 'checkpoint', join(path(), 'copy')], {
      RINGPOST_DATA: join(path(), 'nowhere'),
    })
    expect([none.code, none.output]).toEqual([1, expect.stringContaining('no embedded store')])
    const cluster = await runToEnd(['riak', 'checkpoint', join(path(), 'copy')], {
      RIAK_NODES: '127.0.0.1:8087',
      SESSION_SECRET: 'x'.repeat(32),
    })
    expect([cluster.code, cluster.output]).toEqual([2, expect.stringContaining('ringpost export')])
    expect(existsSync(join(path(), 'copy'))).toBe(false)
    expect((await fetch(server.url)).status).toBe(200)
  })
})
