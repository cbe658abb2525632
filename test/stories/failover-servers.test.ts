/** Blog servers that start while nodes are away, and two of them on the same nodes. */
import { describe, expect, test } from 'vitest'
import { limits } from '../../src/kernel/limits.ts'
import { freePort, run, serve, stage, until } from '../support/program.ts'
import type { Run } from '../support/program.ts'
import { openTrioBlog, publish, serverOn, writePost } from '../support/trio-blog.ts'

const own = stage('servers')

interface Started extends Run {
  readonly url: string
}

/** `ringpost serve` as far as `/healthz`: the store may be away. */
async function serveUnready(env: Readonly<Record<string, string>>): Promise<Started> {
  const port = await freePort()
  const started = own.remember(run(['serve'], { ...env, PORT: String(port) }))
  const url = `http://127.0.0.1:${port}`
  await until(`${url} is up`, 60_000, async () => (await fetch(`${url}/healthz`)).ok)
  return { ...started, url }
}

describe('a server that starts while nodes are away', () => {
  test('all of them: it is up and says so, the front page is 200 in plain words and others are 503 in its dress, and when they are there it serves within 5 s', async () => {
    const blog = await openTrioBlog(own, { falseShare: 0 })
    const slug = await publish(blog.server.url, blog.token, 'From before')
    await blog.server.kill('SIGTERM')
    own.forget(blog.server)
    await blog.allGone()
    const server = await serveUnready(blog.env)
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503)
    for (const path of ['/', `/posts/${slug}`, '/feed.atom']) {
      const answer = await fetch(server.url + path)
      expect([path, answer.status]).toEqual([path, path === '/' ? 200 : 503])
      if (path !== '/') expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
      expect(await answer.text()).toContain('Nothing is lost')
    }
    expect((await writePost(server.url, blog.token, 'Too early', 'early')).status).toBe(503)
    await blog.allBack()
    const began = performance.now()
    await until('the post is on its page', 30_000, async () => {
      const answer = await fetch(`${server.url}/posts/${slug}`)
      return (await answer.text()).includes('From before') && answer.status === 200
    })
    const posted = await writePost(server.url, blog.token, 'Too early', 'early')
    expect(posted.status).toBe(201)
    const tookMs = performance.now() - began
    console.log(`serving ${Math.round(tookMs)} ms after the nodes listened for the first time`)
    expect(tookMs).toBeLessThan(5_000)
    expect(server.child.exitCode).toBe(null)
    await server.kill('SIGTERM')
    await blog.trio.close()
  })

  test('one of them, silent: it serves what was there and takes writes', async () => {
    const blog = await openTrioBlog(own, { falseShare: 0 })
    const slug = await publish(blog.server.url, blog.token, 'From before')
    await blog.server.kill('SIGTERM')
    own.forget(blog.server)
    blog.trio.nodes[0].freeze()
    const server = await serveUnready(blog.env)
    const began = performance.now()
    await until('the post is on its page', 30_000, async () => {
      const answer = await fetch(`${server.url}/posts/${slug}`)
      return answer.status === 200 && (await answer.text()).includes('From before')
    })
    await until('a write is taken', 30_000, async () => {
      return (await writePost(server.url, blog.token, 'Beside a silent node', 'k')).status === 201
    })
    console.log(
      `beside a silent node: read and written ${Math.round(performance.now() - began)} ms after the start`,
    )
    await server.kill('SIGTERM')
    await blog.trio.close()
  })

  test('one that has just returned without its data: no page of a post is a 404', async () => {
    const blog = await openTrioBlog(own, { falseShare: 0.5, returnMs: 20_000, seed: 9 })
    const slugs: string[] = []
    for (let n = 0; n < 12; n++) {
      slugs.push(await publish(blog.server.url, blog.token, `Post number ${n}`))
    }
    const [, , third] = blog.trio.nodes
    await third.kill()
    await until('the first server has met the loss', 10_000, async () => {
      const ready = (await (await fetch(`${blog.server.url}/readyz`)).json()) as {
        isSettled: boolean
      }
      return !ready.isSettled
    })
    await third.bringBack()
    const second = await serveUnready(serverOn(blog.trio, own, 'second'))
    const statuses = new Map<number, number>()
    for (let round = 0; round < 20 && blog.trio.isTroubled; round++) {
      for (const slug of slugs) {
        const answer = await fetch(`${second.url}/posts/${slug}`, {
          headers: { cookie: 'ringpost_x=1' },
          redirect: 'manual',
        })
        await answer.arrayBuffer()
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
      }
    }
    console.log(`pages of a server that started after the return: ${JSON.stringify([...statuses])}`)
    expect([...statuses.keys()].filter((status) => status !== 200 && status !== 503)).toEqual([])
    expect(blog.trio.misbehaved.notFound).toBeGreaterThan(0)
    expect(statuses.size).toBeGreaterThan(0)
    for (const slug of slugs) {
      await until(`${slug} is readable again`, 60_000, async () => {
        const { status } = await fetch(`${second.url}/posts/${slug}`)
        expect([200, 503]).toContain(status)
        return status === 200
      })
    }
    await second.kill('SIGTERM')
    await blog.server.kill('SIGTERM')
    await blog.trio.close()
  })
})

describe('two servers on the same nodes', () => {
  test('a token, a form and a cookie of one are good at the other; what one takes is on the pages of the other in seconds', async () => {
    const blog = await openTrioBlog(own, { falseShare: 0 })
    const { server: first, trio } = blog
    const second = own.remember(await serve(serverOn(trio, own, 'second')))
    const slug = await publish(first.url, blog.token, 'By the first')

    // What one takes, by its token at the other, and how late its neighbour shows it.
    const shows = async (url: string, path: string, words: string): Promise<boolean> =>
      (await (await fetch(url + path)).text()).includes(words)
    await until('the second shows it', 30_000, () => shows(second.url, '/', 'By the first'))
    const lateMs: number[] = []
    for (let n = 0; n < 3; n++) {
      const [from, to] = n % 2 === 0 ? [first, second] : [second, first]
      expect((await writePost(from.url, blog.token, `Crossing ${n}`)).status).toBe(201)
      const began = performance.now()
      await until(`the other shows crossing ${n}`, limits.pageFreshMs + limits.pageStaleMs, () =>
        shows(to.url, '/', `Crossing ${n}`),
      )
      lateMs.push(Math.round(performance.now() - began))
    }
    console.log(`on the other server's front page after ${lateMs.join(', ')} ms`)

    // A form of the first, sent to the second: its ticket stands for the post, whatever the address.
    const page = await (await fetch(`${first.url}/posts/${slug}`)).text()
    const ticket = /name="ticket" value="([^"]*)"/.exec(page)?.[1] ?? ''
    const send = (given: string): Promise<Response> =>
      fetch(`${second.url}/posts/no-such-post/comments`, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ author: 'Ada', body: 'Across.', ticket: given }).toString(),
      })
    expect((await send(`${ticket}x`)).status).toBe(404)
    const sent = await send(ticket)
    expect(sent.status).toBe(303)

    // The cookie that the second gave, at the first: its author's comment, held.
    const cookie = (sent.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    const held = await fetch(`${first.url}/posts/${slug}`, { headers: { cookie } })
    const shown = await held.text()
    expect(shown).toContain('held for moderation')
    expect(shown).toContain('Across.')
    await first.kill('SIGTERM')
    await second.kill('SIGTERM')
    await trio.close()
  })
})
