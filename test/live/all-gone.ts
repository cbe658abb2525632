/**
 * All nodes of the cluster stopped, and started again, under a server: pages from the cache, writes
 * refused with `Retry-After`, the process as it was; and soon after Riak itself answers, all as before.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createToken, freshFolder, serve, until } from '../support/program.ts'
import type { Served } from '../support/program.ts'
import { serverEnv } from './blog.ts'
import type { LiveCluster } from './cluster.ts'
import { powerOf } from './power.ts'

/** A node of a real cluster takes this long to start, or to stop, at the worst. */
const powerMsMax = 180_000
/** The promise is 5 s; on a machine that does other things besides, this. */
const normalMsMax = 50_000
const promisedMs = 5_000
const quietMs = 4_000

export function allGone(live: LiveCluster): void {
  describe.skipIf(typeof live.power === 'string')('all nodes gone, and back', () => {
    const folder = freshFolder('live-gone')
    let server: Served
    let headers: Record<string, string>

    beforeAll(async () => {
      const env = serverEnv(live, `${live.names}gone`, folder.path)
      const token = await createToken(env)
      server = await serve(env)
      headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    })
    afterAll(async () => {
      await server.kill('SIGTERM')
      folder.remove()
    })

    const write = (title: string): Promise<Response> =>
      fetch(`${server.url}/api/posts`, {
        method: 'POST',
        headers: { ...headers, 'idempotency-key': title },
        body: JSON.stringify({ title, body: 'Text.', status: 'published' }),
      })
    const statusOf = async (path: string, cookie = ''): Promise<number> =>
      (await fetch(server.url + path, { headers: cookie === '' ? {} : { cookie } })).status
    const pastCache = 'ringpost_x=1'
    /** It says so, and has stayed the same for longer than what follows from a write may drop it. */
    const cached = async (path: string, title: string): Promise<void> => {
      let last = { etag: '', sinceMs: 0 }
      await until(`${path} is cached`, 60_000, async () => {
        const answer = await fetch(server.url + path)
        const says = answer.ok && (await answer.text()).includes(title)
        const etag = says ? (answer.headers.get('etag') ?? '') : ''
        if (etag !== last.etag) last = { etag, sinceMs: performance.now() }
        return etag !== '' && performance.now() - last.sinceMs > quietMs
      })
    }

    test('cached pages stay, other pages and writes are 503 with Retry-After; back: normal, with all that was acknowledged', async () => {
      const power = powerOf(live)
      const nodes = live.nodes.map((_, node) => node)
      for (const title of ['kept', 'uncached']) expect((await write(title)).status).toBe(201)
      for (const path of ['/', '/posts/kept'])
        await cached(path, path === '/' ? 'uncached' : 'kept')

      await Promise.all(nodes.map((node) => power.stop(node)))
      await until('the server knows', powerMsMax, async () => (await statusOf('/readyz')) === 503)
      expect(await statusOf('/healthz')).toBe(200)
      for (const path of ['/', '/posts/kept']) {
        const copy = await fetch(server.url + path)
        expect(copy.status, path).toBe(200)
        expect(await copy.text()).toContain('kept')
      }
      const refused = await write('refused')
      expect(refused.status).toBe(503)
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
      expect(refused.headers.get('content-type')).toContain('application/problem+json')
      const page = await fetch(`${server.url}/posts/uncached`)
      expect(page.status).toBe(503)
      expect(page.headers.get('retry-after')).toMatch(/^\d+$/)
      expect(await page.text()).toContain('<h1')

      await Promise.all(nodes.map((node) => power.start(node)))
      await Promise.all(nodes.map((node) => power.isUp(node, powerMsMax)))
      const upAt = performance.now()
      await until('a write is taken', normalMsMax, async () => (await write('after')).ok)
      const writtenMs = performance.now() - upAt
      await until('pages past the cache are back', normalMsMax, async () => {
        const paths = ['/posts/kept', '/posts/uncached', '/posts/after']
        const answers = await Promise.all(paths.map((path) => statusOf(path, pastCache)))
        return answers.every((status) => status === 200)
      })
      const normalMs = performance.now() - upAt
      console.log(
        `live  all nodes back: a write after ${Math.round(writtenMs)} ms, ` +
          `every page after ${Math.round(normalMs)} ms`,
      )
      if (live.isTimed) expect(normalMs).toBeLessThan(promisedMs)
      expect(server.child.exitCode).toBe(null)
      expect(await statusOf('/readyz')).toBe(200)
    })
  })
}
