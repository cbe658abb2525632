/** A server that begins while its store is away: what readers see, what operators are told, how it heals. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createToken, freePort, run, serve, stage, until } from '../support/program.ts'
import type { Run } from '../support/program.ts'

describe('`ringpost serve` with RIAK_NODES at a closed port', () => {
  const { path, env, remember, forget } = stage('dark')

  /** Started without waiting until it is ready: it is not. */
  async function serveInTheDark(
    more: Readonly<Record<string, string>>,
  ): Promise<Run & { url: string }> {
    const url = `http://127.0.0.1:${more['PORT'] ?? ''}`
    const server = remember(run(['serve'], more))
    await until(`${url} is up`, 60_000, async () => (await fetch(`${url}/healthz`)).ok)
    return { ...server, url }
  }

  const settings = async (pbPort: number): Promise<Record<string, string>> => ({
    RIAK_NODES: `127.0.0.1:${pbPort}`,
    RINGPOST_DATA: join(path(), 'pages-server'),
    SESSION_SECRET: 'a secret of thirty-two characters!!',
    PORT: String(await freePort()),
  })

  test('after a good run: / is 200 with the posts and a notice, /readyz says 503 and why, and once the store is back both are as ever', async () => {
    const store = remember(await serve(env()))
    const token = await createToken(store.env)
    const made = await fetch(`${store.url}/api/posts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        title: 'Read in the dark',
        body: 'A lamp. '.repeat(200),
        status: 'published',
      }),
    })
    expect(made.status).toBe(201)
    const given = await settings(store.pbPort)
    const first = remember(await serve(given))
    await until('the front page shows the post', 30_000, async () =>
      (await (await fetch(first.url)).text()).includes('Read in the dark'),
    )
    await until('the front page is kept', 120_000, () =>
      readFileSync(join(path(), 'pages-server', 'pages', 'blog.json'), 'utf8').includes(
        '"key":"/"',
      ),
    )
    // Not even told to stop.
    await first.kill('SIGKILL')
    forget(first)
    expect(await store.kill('SIGTERM')).toBe(0)
    forget(store)

    const dark = await serveInTheDark(given)
    const answer = await fetch(dark.url)
    expect([answer.status, answer.headers.get('ringpost-stale')]).toEqual([200, '1'])
    const text = await answer.text()
    expect(text).toContain('Read in the dark')
    expect(text).toMatch(/this is a copy of [A-Z][a-z]+ \d+\w\w, 20\d\d at \d\d:\d\d UTC/)
    const ready = await fetch(`${dark.url}/readyz`)
    expect([ready.status, await ready.json()]).toMatchObject([503, { status: 'store away' }])

    remember(await serve({ ...store.env, ...env() }))
    await until('the front page is fresh', 60_000, async () => {
      const now = await fetch(dark.url)
      return now.status === 200 && now.headers.get('ringpost-stale') === null
    })
    expect((await fetch(`${dark.url}/readyz`)).status).toBe(200)
  })

  test('without any run before: / is 200 in plain words, other pages are 503', async () => {
    const dark = await serveInTheDark(await settings(await freePort()))
    const answer = await fetch(dark.url)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toContain('no-store')
    expect(await answer.text()).toContain('The posts cannot be reached right now')
    expect((await fetch(`${dark.url}/archive`)).status).toBe(503)
  })
})
