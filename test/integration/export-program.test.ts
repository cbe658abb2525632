/** `ringpost export` and the way back, as an operator does it: beside a server, into an empty store, killed in the middle. */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createToken, freePort, run, runToEnd, serve, stage, until } from '../support/program.ts'

describe('ringpost export', { timeout: 150_000 }, () => {
  const { path, env, remember } = stage('export')
  const other = (): Record<string, string> => ({ RINGPOST_DATA: join(path(), 'other') })

  function writePosts(count: number): string {
    const source = join(path(), 'posts')
    mkdirSync(source)
    for (let n = 0; n < count; n++) {
      const month = String(1 + (n % 12)).padStart(2, '0')
      writeFileSync(
        join(source, `post-${n}.md`),
        `---\ntitle: Post ${n}\ndate: 2019-${month}-05\ntags: [t${n % 7}]\naliases: [/old/${n}]\n---\n\n${`Words of *${n}*. `.repeat(60)}\n`,
      )
    }
    return source
  }

  const pages = [
    '/',
    '/archive',
    '/archive/2019/05',
    '/tags',
    '/tags/t3',
    '/posts/post-3',
    '/posts/written-here',
    '/feed.atom',
    '/feed.rss',
    '/feed.json',
    '/posts/written-here/comments.atom',
    '/sitemap.xml',
    '/about',
    '/old/7',
  ]

  /** What readers are shown, by path; the forms' own tickets, which every server signs itself, apart. */
  async function read(url: string): Promise<Record<string, string>> {
    const shown: Record<string, string> = {}
    for (const page of pages) {
      const answer = await fetch(url + page, { redirect: 'manual' })
      const text = (await answer.text()).replace(/(name="ticket" value=")[^"]*/g, '$1')
      shown[page] = `${answer.status} ${answer.headers.get('location') ?? ''}\n${text}`
    }
    return shown
  }

  test.each([
    ['a folder of JSON', 'json', 'copy'],
    ['a zip of Markdown', 'markdown', 'copy.zip'],
  ])(
    'beside a server, as %s, brought into an empty store: the same pages',
    async (_what, format, name) => {
      // Both are the same site to the world: links are built from its address.
      const address = { RINGPOST_URL: 'http://blog.example' }
      await runToEnd(['import', writePosts(40)], env())
      const server = remember(await serve({ ...env(), ...address }))
      const token = await createToken(server.env)
      const send = async (target: string, body: object): Promise<{ id: string }> => {
        const answer = await fetch(server.url + target, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
        expect(answer.status).toBe(201)
        return (await answer.json()) as { id: string }
      }
      const post = await send('/api/posts', {
        title: 'Written here',
        body: 'A **text**.',
        status: 'published',
      })
      const first = await send(`/api/posts/${post.id}/comments`, { author: 'Ada', body: 'First' })
      await send(`/api/posts/${post.id}/comments`, {
        author: 'Bob',
        body: '> First\n\nindeed',
        parent: first.id,
      })
      const copy = join(path(), name)
      const exported = await runToEnd(['export', copy, '--format', format], server.env)
      expect(exported.code, exported.output).toBe(0)
      const before = await read(server.url)
      await server.kill('SIGTERM')

      const brought = await runToEnd(['import', copy], other())
      expect([brought.code, brought.stdout], brought.output).toEqual([
        0,
        'created 41, updated 0, unchanged 0, failed 0\n',
      ])
      const again = await runToEnd(['import', copy], other())
      expect(again.stdout).toBe('created 0, updated 0, unchanged 41, failed 0\n')
      const home = remember(await serve({ ...other(), ...address, PORT: String(await freePort()) }))
      expect(await read(home.url)).toEqual(before)
    },
  )

  test('damaged on the way: what can be read is brought, what cannot is named, exit 0', async () => {
    await runToEnd(['import', writePosts(12)], env())
    const copy = join(path(), 'copy')
    expect((await runToEnd(['export', copy], env())).code).toBe(0)
    const file = join(copy, 'blog.ndjson')
    const lines = readFileSync(file, 'utf8').split('\n')
    writeFileSync(file, lines.map((line, at) => (at === 4 ? line.slice(0, 60) : line)).join('\n'))
    const brought = await runToEnd(['import', copy], other())
    expect(brought.code, brought.output).toBe(0)
    expect(brought.stdout).toMatch(/^created 11, updated 0, unchanged 0, failed \d+\n$/)
    expect(brought.output).toContain('an undamaged copy can be imported over it')
    await runToEnd(['export', join(path(), 'whole')], env())
    const mended = await runToEnd(['import', join(path(), 'whole')], other())
    expect(mended.stdout).toBe('created 1, updated 0, unchanged 11, failed 0\n')
  })

  test('a place that is taken is left as it is (exit 2); what is no export says why (exit 2)', async () => {
    await runToEnd(['import', writePosts(3)], env())
    const taken = join(path(), 'taken')
    mkdirSync(taken)
    writeFileSync(join(taken, 'mine.txt'), 'mine')
    const refused = await runToEnd(['export', taken], env())
    expect(refused.code, refused.output).toBe(2)
    expect(readdirSync(taken)).toEqual(['mine.txt'])
    const nothing = await runToEnd(['import', join(taken, 'x.zip')], env())
    expect([nothing.code, nothing.output]).toEqual([
      2,
      expect.stringContaining('there is no such file or folder'),
    ])
  })

  test('kill -9 in the middle: nothing stands under the name, and the next one clears away and is whole', async () => {
    await runToEnd(['import', writePosts(300)], env())
    const copy = join(path(), 'copy')
    const exporting = remember(run(['export', copy], env()))
    await until('it has begun to write', 60_000, () =>
      readdirSync(path()).some((name) => name.startsWith('copy.')),
    )
    await exporting.kill('SIGKILL')
    expect(existsSync(copy)).toBe(false)
    const next = await runToEnd(['export', copy], env())
    expect(next.code, next.output).toBe(0)
    expect(readdirSync(path()).filter((name) => name.startsWith('copy'))).toEqual(['copy'])
    const brought = await runToEnd(['import', copy], other())
    expect(brought.stdout).toBe('created 300, updated 0, unchanged 0, failed 0\n')
  })

  test('an import that is killed and begun again leaves nothing out and nothing twice', async () => {
    await runToEnd(['import', writePosts(300)], env())
    const copy = join(path(), 'copy.zip')
    expect((await runToEnd(['export', copy], env())).code).toBe(0)
    const importing = remember(run(['import', copy, '--storage-sync', 'off'], other()))
    await until('it has begun to write', 60_000, () =>
      existsSync(join(path(), 'other/riak/node.json')),
    )
    await importing.kill('SIGKILL')
    const brought = await runToEnd(['import', copy], other())
    expect(brought.code, brought.output).toBe(0)
    const counts = /^created (\d+), updated 0, unchanged (\d+), failed 0\n$/.exec(brought.stdout)
    expect(Number(counts?.[1]) + Number(counts?.[2])).toBe(300)
    const verify = await runToEnd(['index', 'verify'], other())
    expect(verify.stdout, verify.output).toBe('no differences\n')
  })
})
