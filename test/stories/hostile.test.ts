/** Bad input against the real program: a clear error or a refusal, memory bounded, the next request served. */
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createToken,
  freshFolder,
  residentMb,
  type Served,
  serve,
  until,
} from '../support/program.ts'

const opened = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      resolve(socket)
    })
    socket.once('error', reject)
  })

describe('bad input', () => {
  let folder: ReturnType<typeof freshFolder>
  let server: Served
  let headers: Record<string, string>
  let postId: string
  beforeAll(async () => {
    folder = freshFolder('hostile')
    server = await serve({ RINGPOST_DATA: join(folder.path, 'data') })
    const token = await createToken(server.env)
    headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const created = await fetch(`${server.url}/api/posts`, {
      method: 'POST',
      headers,
      body: JSON.stringify({
        title: 'A post',
        body: 'Its text.',
        slug: 'a-post',
        status: 'published',
      }),
    })
    expect(created.status).toBe(201)
    postId = ((await created.json()) as { id: string }).id
  })
  afterAll(async () => {
    await server.kill('SIGTERM')
    folder.remove()
  })

  const nextRequestIsServed = async (): Promise<void> => {
    expect((await fetch(`${server.url}/posts/a-post`)).status).toBe(200)
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
  }
  const send = (body: string, extra: Record<string, string> = {}): Promise<Response> =>
    fetch(`${server.url}/api/posts`, { method: 'POST', headers: { ...headers, ...extra }, body })

  test('a body that is not JSON: 400 problem+json', async () => {
    const answer = await send('{"title": ')
    expect(answer.status).toBe(400)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    await nextRequestIsServed()
  })

  test('a post of 20 MB: refused with 413, not buffered', async () => {
    const before = residentMb(server.child.pid!)
    const status = await send(JSON.stringify({ title: 'Big', body: 'x'.repeat(20_000_000) })).then(
      (answer) => answer.status,
      // The server may close while we still send; that is a refusal as well.
      () => 413,
    )
    expect(status).toBe(413)
    await nextRequestIsServed()
    expect(residentMb(server.child.pid!) - before).toBeLessThan(150)
  })

  test.each(['../etc/passwd', 'a/b', '..', 'UPPER case', 'x'.repeat(500)])(
    'the slug %s: 400 or 422, named by field',
    async (slug) => {
      const answer = await send(JSON.stringify({ title: 'T', body: 'B', slug }))
      expect([400, 422]).toContain(answer.status)
      expect(await answer.text()).toContain('slug')
      await nextRequestIsServed()
    },
  )

  test.each([
    '/posts/..%2f..%2fetc%2fpasswd',
    '/media/..%2f..%2fx/y',
    '/posts/%00',
    '/tags/%E0%A4%A',
  ])('the path %s: a readable 4xx page', async (path) => {
    const answer = await fetch(server.url + path)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
  })

  test('a comment with a script tag: the page shows it without one', async () => {
    const answer = await fetch(`${server.url}/api/posts/${postId}/comments`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ author: '<b>me</b>', body: 'hi <script>alert(1)</script> there' }),
    })
    expect(answer.status).toBe(201)
    const page = await until('the comment is on the page', 30_000, async () => {
      const text = await (await fetch(`${server.url}/posts/a-post`)).text()
      return text.includes('there') && text
    })
    expect(page).not.toContain('<script>alert')
    expect(page).not.toContain('<b>me</b>')
  })

  test('a Protocol Buffers frame of 4 GB: answered as Riak does, nothing allocated, no more heard', async () => {
    const before = residentMb(server.child.pid!)
    const socket = await opened(server.pbPort)
    const answer = new Promise<Buffer>((resolve) => socket.once('data', resolve))
    socket.on('error', () => undefined)
    socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 9]))
    expect((await answer).toString('latin1')).toContain('Invalid message packet, reason: invalid')
    const more = Buffer.alloc(1_048_576)
    for (let mib = 0; mib < 64; mib++) {
      if (!socket.write(more)) await new Promise((resolve) => socket.once('drain', resolve))
    }
    expect(residentMb(server.child.pid!) - before).toBeLessThan(100)
    socket.destroy()
    await nextRequestIsServed()
  })

  test('a garbage vclock over Protocol Buffers: answered with an error, the node lives', async () => {
    const socket = await opened(server.pbPort)
    const answer = new Promise<Buffer>((resolve) => socket.once('data', resolve))
    socket.write(Buffer.from('000000140b0a0372617712026b391a037a7a7a22030a0176', 'hex'))
    expect((await answer)[4]).toBe(0)
    socket.destroy()
    await nextRequestIsServed()
  })

  test.each(['pages', 'Protocol Buffers'])(
    '5,000 silent connections on %s: memory bounded, the next request served',
    async (which) => {
      const port = which === 'pages' ? Number(new URL(server.url).port) : server.pbPort
      const before = residentMb(server.child.pid!)
      const sockets: Socket[] = []
      let refused = 0
      for (let batch = 0; batch < 50; batch++) {
        const made = await Promise.allSettled(Array.from({ length: 100 }, () => opened(port)))
        for (const one of made) {
          if (one.status === 'fulfilled') {
            one.value.on('error', () => undefined)
            sockets.push(one.value)
          } else refused += 1
        }
      }
      expect(sockets.length + refused).toBe(5_000)
      // Whether they are held or closed by a limit, others are served meanwhile.
      await until('the next request is served beside them', 30_000, async () => {
        const answer = await fetch(`${server.url}/posts/a-post`, {
          signal: AbortSignal.timeout(10_000),
        })
        return answer.status === 200
      })
      expect(residentMb(server.child.pid!) - before).toBeLessThan(200)
      for (const socket of sockets) socket.destroy()
      await nextRequestIsServed()
    },
  )
})
