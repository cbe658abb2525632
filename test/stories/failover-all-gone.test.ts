/**
 * All nodes are gone and come back. DESIGN: with no node at all pages come from the cache, writes are
 * 503 with `Retry-After`, the text stays in the browser; afterwards all is normal within 5 s, without a
 * restart.
 */
import { readdirSync, readlinkSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openTrioBlog, publish } from '../support/trio-blog.ts'
import type { TrioBlog } from '../support/trio-blog.ts'
import { residentMb, stage, until } from '../support/program.ts'

/** The promise; what it takes is printed. */
const normalWithinMs = 5_000

/** `FAILOVER_ROUNDS=1000` goes on for longer. */
const rounds = Number(process.env['FAILOVER_ROUNDS'] ?? 100)
const warmUp = Math.floor(rounds / 5)
/** A leak of one connection, or of its buffers, a round would be more: of 80 rounds. */
const leakedSocketsMax = 20
const leakMbMax = 64

const typed = {
  author: 'Ada "Q" <Lovelace>',
  email: 'ada@example.org',
  url: 'https://ada.example/?a=1&b=2',
  body: 'First line,\n  *second* & last.',
  parent: '',
}

describe('all nodes are gone, and come back', () => {
  const own = stage('all-gone')

  const form = (url: string, fields: Record<string, string>): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    })

  async function isNoticed({ server }: TrioBlog): Promise<void> {
    await until('/readyz says that the store is away', 10_000, async () => {
      return (await fetch(`${server.url}/readyz`)).status === 503
    })
  }

  /** Pages without a notice, a page past the cache, and a write. @returns how long that took, ms. */
  async function isNormal(blog: TrioBlog, slug: string, title: string): Promise<number> {
    const began = performance.now()
    const { url } = blog.server
    await until('the write is taken', 30_000, async () => {
      return (await blog.write(title, title)).status === 201
    })
    for (const path of ['/', `/posts/${slug}`, '/feed.atom']) {
      await until(`${path} is no copy any more`, 30_000, async () => {
        const page = await fetch(url + path)
        await page.arrayBuffer()
        return page.status === 200 && page.headers.get('ringpost-stale') === null
      })
    }
    const past = await fetch(`${url}/posts/${slug}`, { headers: { cookie: 'ringpost_x=1' } })
    await past.arrayBuffer()
    expect([past.status, past.headers.get('ringpost-stale')]).toEqual([200, null])
    return performance.now() - began
  }

  test('readers get copies, programs 503 with Retry-After, authors their text; then all is normal within 5 s, by the same process', async () => {
    const blog = await openTrioBlog(own, { falseShare: 0 })
    const { url, child } = blog.server
    const slug = await publish(url, blog.token, 'Seen before')
    const unseen = await publish(url, blog.token, 'Written and read elsewhere')
    const kept = [
      '/',
      `/posts/${slug}`,
      '/tags',
      '/tags/story',
      '/archive',
      '/feed.atom',
      '/feed.rss',
    ]
    for (const path of [...kept, '/feed.json', '/sitemap.xml', '/about']) await fetch(url + path)
    const page = await (await fetch(`${url}/posts/${slug}`)).text()
    const ticket = /name="ticket" value="([^"]*)"/.exec(page)?.[1] ?? ''
    expect(ticket).not.toBe('')

    await blog.allGone()
    await isNoticed(blog)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)

    // Readers of what was shown before.
    for (const path of kept) {
      const copy = await until(`${path} is a marked copy`, 20_000, async () => {
        const answer = await fetch(url + path)
        const text = await answer.text()
        if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`)
        return answer.headers.get('ringpost-stale') === '1' && { answer, text }
      })
      expect(copy.text).toContain(path === '/archive' || path === '/tags' ? 'story' : 'Seen before')
      if (!path.startsWith('/feed')) expect(copy.text).toContain('The store does not answer')
      expect(copy.answer.headers.get('cache-control')).toBe('no-cache')
      const etag = copy.answer.headers.get('etag') ?? ''
      const again = await fetch(url + path, { headers: { 'if-none-match': etag } })
      expect([path, again.status]).toEqual([path, 304])
    }
    const visitor = await fetch(`${url}/posts/${slug}`, { headers: { cookie: 'ringpost_x=1' } })
    expect([visitor.status, visitor.headers.get('ringpost-stale')]).toEqual([200, '1'])

    // What was not shown before.
    for (const path of ['/posts/never-seen', `/posts/${unseen}/comments.atom`, '/archive/2016']) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await fetch(url + path, { method })
        expect([path, answer.status]).toEqual([path, 503])
        expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
        expect(answer.headers.get('cache-control')).toContain('no-store')
        if (method === 'GET') expect(await answer.text()).toContain('Nothing is lost')
      }
    }

    // Programs.
    const refused = await blog.write('While away', 'the-key')
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(refused.headers.get('content-type')).toBe('application/problem+json')
    expect(((await refused.json()) as { code: string }).code).toBe('BLOG_UNAVAILABLE')

    // An author, without JavaScript.
    for (const fields of [
      { ...typed, ticket },
      { ...typed, ticket: '' },
      { ...typed, ticket, preview: '1' },
    ]) {
      const answer = await form(`${url}/posts/${slug}/comments`, fields)
      const text = await answer.text()
      expect(answer.status).toBe(503)
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
      expect(text).toContain('value="Ada &quot;Q&quot; &lt;Lovelace&gt;"')
      expect(text).toContain('value="ada@example.org"')
      expect(text).toContain('value="https://ada.example/?a=1&amp;b=2"')
      expect(text).toContain('>First line,\n  *second* &amp; last.</textarea>')
      expect(text).toContain(`action="/posts/${slug}/comments"`)
    }

    await blog.allBack()
    const tookMs = await isNormal(blog, slug, 'After the return')
    console.log(`normal ${Math.round(tookMs)} ms after the nodes listened again`)
    // All of it, pages and their copies: a busy machine may take longer than the store does.
    expect(tookMs).toBeLessThan(3 * normalWithinMs)

    // Sent again, each is one.
    for (let n = 0; n < 2; n++) {
      const sent = await form(`${url}/posts/${slug}/comments`, { ...typed, ticket })
      expect(sent.status).toBe(303)
      const posted = await blog.write('While away', 'the-key')
      expect(posted.status).toBe(201)
    }
    const headers = { authorization: `Bearer ${blog.token}` }
    const queue = await fetch(`${url}/api/comments?status=pending`, { headers })
    const held = (await queue.json()) as { readonly comments: readonly { readonly body: string }[] }
    expect(held.comments.map(({ body }) => body)).toEqual([typed.body])
    await until('the post is listed once', 30_000, async () => {
      const listed = await (await fetch(`${url}/api/posts?view=summary&limit=100`)).text()
      return listed.split('"title":"While away"').length - 1 === 1
    })
    expect(child.exitCode).toBe(null)
    await blog.server.kill('SIGTERM')
    await blog.trio.close()
  })

  test(`${rounds} times: the same process, no socket and no memory more than after the first ${warmUp}`, async () => {
    const blog = await openTrioBlog(own, { falseShare: 0, startMs: 0 })
    const { url, child } = blog.server
    const pid = child.pid ?? 0
    const slug = await publish(url, blog.token, 'Seen in every round')
    await (await fetch(`${url}/posts/${slug}`)).text()
    const returns: number[] = []
    const marks: { readonly sockets: number; readonly mb: number }[] = []
    for (let n = 1; n <= rounds; n++) {
      await blog.allGone()
      const [copy, refused] = await Promise.all([
        fetch(`${url}/posts/${slug}`, { headers: { cookie: 'ringpost_x=1' } }),
        blog.write(`Round ${n}`, `round-${n}`),
      ])
      expect([n, copy.status, copy.headers.get('ringpost-stale')]).toEqual([n, 200, '1'])
      expect([n, refused.status, refused.headers.has('retry-after')]).toEqual([n, 503, true])
      await Promise.all([copy.arrayBuffer(), refused.arrayBuffer()])
      await blog.allBack()
      const began = performance.now()
      await until(`round ${n}: a write is taken`, 30_000, async () => {
        const answer = await blog.write(`Round ${n}`, `round-${n}`)
        await answer.arrayBuffer()
        return answer.status === 201
      })
      returns.push(performance.now() - began)
      if (n === warmUp || n === rounds) marks.push(await atRest(pid))
    }
    const sorted = returns.toSorted((a, b) => a - b)
    console.log(
      `${rounds} rounds: back to writing in p50 ${Math.round(sorted[rounds >> 1] ?? 0)} ms, longest ` +
        `${Math.round(sorted.at(-1) ?? 0)} ms; at rest after ${warmUp} and ${rounds}: ${JSON.stringify(marks)}`,
    )
    const [early, late] = marks
    expect(child.exitCode).toBe(null)
    expect(late?.sockets).toBeLessThan((early?.sockets ?? 0) + leakedSocketsMax)
    expect(late?.mb).toBeLessThan((early?.mb ?? 0) + leakMbMax)
    expect(Math.max(...returns)).toBeLessThan(normalWithinMs)
    const listed = await until('all are listed', 60_000, async () => {
      const answer = await fetch(`${url}/api/posts?view=summary&limit=${rounds}`)
      const { posts } = (await answer.json()) as { posts: { title: string }[] }
      const titles = posts.map(({ title }) => title).filter((title) => title.startsWith('Round'))
      return titles.length >= rounds - 1 && titles
    })
    expect(new Set(listed).size).toBe(listed.length)
    await blog.server.kill('SIGTERM')
    await blog.trio.close()
  })
})

/** Sockets and memory once nothing is asked: idle connections are closed, garbage is collected. */
async function atRest(pid: number): Promise<{ readonly sockets: number; readonly mb: number }> {
  const look = (): { sockets: number; mb: number } => {
    const folder = `/proc/${pid}/fd`
    const open = readdirSync(folder).flatMap((fd) => {
      try {
        return [readlinkSync(`${folder}/${fd}`)]
      } catch {
        return []
      }
    })
    const sockets = open.filter((target) => target.startsWith('socket:')).length
    return { sockets, mb: Math.round(residentMb(pid)) }
  }
  let last = look()
  await until('the process is at rest', 30_000, async () => {
    await new Promise((later) => setTimeout(later, 2_000))
    const now = look()
    const isSame = now.sockets === last.sockets && Math.abs(now.mb - last.mb) <= 2
    last = now
    return isSame
  })
  return last
}
