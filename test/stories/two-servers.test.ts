/** Two programs on one Riak node: what each acknowledged is kept, and both show the same text. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { connect } from '../support/riak-client.ts'
import { createToken, freePort, run, serve, stage, until } from '../support/program.ts'

interface PostAnswer {
  readonly id: string
  readonly body: string
  readonly revision: string
}

describe('two `ringpost serve` on one node', () => {
  const { path, env, remember } = stage('two')

  test('a hundred stale saves from each on one post: every acknowledged revision is an ancestor of the heads or among them, both show the same text, siblings never exceed 10', async () => {
    const first = await serve(env())
    remember(first)
    const second = await serve({
      RIAK_NODES: `127.0.0.1:${first.pbPort}`,
      RINGPOST_DATA: join(path(), 'second'),
      SESSION_SECRET: 'a secret of thirty-two characters!!',
    })
    remember(second)
    const token = await createToken(first.env)
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const lines = Array.from({ length: 200 }, (_, n) => `Line ${n}.`)
    const created = await fetch(`${first.url}/api/posts`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ title: 'Shared', body: lines.join('\n\n'), status: 'published' }),
    })
    const base = (await created.json()) as PostAnswer

    const riak = await connect([`127.0.0.1:${first.pbPort}`])
    const at = { type: 'posts', bucket: 'blog', key: base.id }
    let siblingsMax = 0
    const saving = { isOver: false }
    const watch = (async () => {
      while (!saving.isOver) {
        const found = await riak.get(at, { r: 'quorum' })
        siblingsMax = Math.max(siblingsMax, found?.siblings.length ?? 0)
        await new Promise((again) => setTimeout(again, 5))
      }
    })()

    const acknowledged: string[] = []
    const save = async (url: string, n: number): Promise<void> => {
      const body = lines.map((line, at) => (at === n ? `${line} Edited.` : line))
      const answer = await fetch(`${url}/api/posts/${base.id}`, {
        method: 'PATCH',
        headers: { ...headers, 'if-match': `"${base.revision}"` },
        body: JSON.stringify({ body: body.join('\n\n') }),
      })
      expect(answer.status, await answer.clone().text()).toBe(200)
      acknowledged.push(((await answer.json()) as PostAnswer).revision)
    }
    const saves = [first, second].map(async (server, side) => {
      // Ten at a time from each side, all on the same old text.
      for (let n = side * 100; n < (side + 1) * 100; n += 10) {
        await Promise.all(Array.from({ length: 10 }, (_, k) => save(server.url, n + k)))
      }
    })
    await Promise.all(saves)
    saving.isOver = true
    await watch
    expect(siblingsMax).toBeGreaterThan(0)
    expect(siblingsMax).toBeLessThanOrEqual(10)

    const read = async (url: string): Promise<PostAnswer> =>
      (await (await fetch(`${url}/api/posts/${base.id}`, { headers })).json()) as PostAnswer
    const [one, two] = await until('both servers show one text', 60_000, async () => {
      const both = await Promise.all([read(first.url), read(second.url)])
      return both[0].revision === both[1].revision && both[0].body === both[1].body && both
    })
    expect(one.body).toBe(two.body)
    // Every line was edited once, by one side, on the same old text: all two hundred edits are there.
    expect(one.body.match(/Edited\./g)?.length).toBe(200)

    const history = new Set<string>(one.revision.split('.'))
    let cursor: string | null = ''
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const answer = await fetch(`${first.url}/api/posts/${base.id}/revisions?limit=100${query}`, {
        headers,
      })
      const page = (await answer.json()) as { revisions: { id: string }[]; next: string | null }
      for (const revision of page.revisions) history.add(revision.id)
      cursor = page.next
    }
    const heads = acknowledged.flatMap((revision) => revision.split('.'))
    expect(heads.filter((id) => !history.has(id))).toEqual([])
  })

  test('a port in use is an error that names the variable (PORT)', async () => {
    const port = String(await freePort())
    const first = await serve({ ...env(), PORT: port })
    remember(first)
    const second = run(['serve'], {
      RINGPOST_DATA: join(path(), 'other'),
      PORT: port,
      RINGPOST_PB_PORT: String(await freePort()),
      RINGPOST_RIAK_HTTP_PORT: String(await freePort()),
    })
    remember(second)
    expect(await second.ended).not.toBe(0)
    expect(second.output()).toContain('PORT')
  })
})
