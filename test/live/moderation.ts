/**
 * Comments and their moderators on two servers: by forms and cookies of the one at the other; and while
 * the nodes of the cluster are stopped and started again, one after another.
 *
 *     visitors ──comments, by turns──▶ server 1   server 2 ◀──pages of the queue, decided by turns── moderator
 *                                          └── the cluster, a node of which is away ──┘
 *     afterwards: every comment in one list, that of the last decision about it, on both servers
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CommentStatus } from '../../src/store/blog.ts'
import { connectTo } from './connection.ts'
import { until } from '../support/program.ts'
import type { Served } from '../support/program.ts'
import { sentForm } from '../support/sent-form.ts'
import type { LiveCluster } from './cluster.ts'
import { ModeratedBlog } from './moderators.ts'
import { powerOf } from './power.ts'

const eventuallyMs = 60_000
const powerMsMax = 180_000
/** Until hinted handoff has brought the last copy home, and the store believes it. */
const settledMsMax = 420_000
const downMs = 15_000
const backMs = 10_000
const pauseMs = 40
const patienceMs = 20_000

const lists = ['pending', 'approved', 'spam'] as const
const sleep = (ms: number): Promise<void> => new Promise((over) => setTimeout(over, ms))

export function moderation(live: LiveCluster): void {
  describe('moderation by the real program', () => {
    let blog: ModeratedBlog
    beforeAll(async () => {
      blog = await ModeratedBlog.open(live, 'moderated')
    })
    afterAll(() => blog.close())

    test('a session of one server is known at the other; a comment by the form of the one waits in the queue of the other, is approved there, edited by its author, waits again', async () => {
      const [one, two] = blog.servers
      expect((await blog.signIn(one)).status).toBe(303)
      expect((await blog.browser.at(two.url).get('/admin')).status).toBe(200)
      const { slug } = await blog.publish(one, 'Talk')
      await commentByForm(blog, one, slug, 'Across the ring.')
      await inQueue(blog, two, 'Across the ring.')
      const told = await blog.decidePage(two, one, 'approved')
      expect(told).toMatchObject({ done: [expect.any(String)], failed: [] })
      const shows = async (server: Served, words: string): Promise<boolean> =>
        (await (await fetch(`${server.url}/posts/${slug}`)).text()).includes(words)
      for (const server of blog.servers) {
        await until('readers see it', eventuallyMs, () => shows(server, 'Across the ring.'))
      }
      const [id = ''] = 'done' in told ? told.done : []
      await editByForm(blog, two, `/posts/${slug}/comments/${id}/edit`, 'Another text.')
      await inQueue(blog, one, 'Another text.')
      await until('readers see neither', eventuallyMs, async () => {
        return !(await shows(one, 'Across the ring.')) && !(await shows(one, 'Another text.'))
      })
    })

    test('what a moderator decides is told to Akismet once, by whichever server, and spam is counted at both', async () => {
      const [one, two] = blog.servers
      const { id } = await blog.publish(two, 'Spam')
      const before = blog.akismet.callsOf('submit-spam').length
      blog.akismet.behave('fails')
      expect((await blog.comment(one, id, 'cheap watches')).status).toBe(202)
      await inQueue(blog, one, 'cheap watches')
      blog.akismet.behave('well')
      const decided = await blog.decidePage(one, two, 'spam')
      expect(decided).toMatchObject({ failed: [], changed: [], gone: [] })
      await until('Akismet was told', 120_000, () => {
        const told = blog.akismet.callsOf('submit-spam').slice(before)
        return told.some(({ fields }) => fields['comment_content'] === 'cheap watches')
      })
      for (const server of blog.servers) {
        await until('it is counted', eventuallyMs, async () => (await blog.killed(server)) !== 0)
      }
    })

    test('signed out at one server, the browser is a stranger at the other', async () => {
      const [one, two] = blog.servers
      await blog.browser.at(two.url).post('/admin/logout', {})
      for (const server of [two, one]) {
        await until('it is asked to sign in', eventuallyMs, async () => {
          return (await blog.browser.at(server.url).get('/admin/comments')).status === 303
        })
      }
    })
  })

  lossOfEachNode(live)
}

async function commentByForm(
  blog: ModeratedBlog,
  server: Served,
  slug: string,
  body: string,
): Promise<void> {
  const visitor = blog.browser.at(server.url)
  const page = await (await visitor.get(`/posts/${slug}`)).text()
  const form = sentForm(page, 'class="respond"')
  form.set('author', 'Ada')
  form.set('body', body)
  expect((await visitor.post(`/posts/${slug}/comments`, form)).status).toBe(303)
}

async function editByForm(
  blog: ModeratedBlog,
  server: Served,
  path: string,
  body: string,
): Promise<void> {
  const visitor = blog.browser.at(server.url)
  const page = await visitor.get(path)
  const html = await page.text()
  expect(page.status, html).toBe(200)
  const form = sentForm(html, 'class="respond"')
  form.set('body', body)
  expect((await visitor.post(path, form)).status).toBe(303)
}

/** An index asks one replica of a comment, which may have it a moment later than the others. */
async function inQueue(blog: ModeratedBlog, server: Served, words: string): Promise<void> {
  await until(`${words} waits`, eventuallyMs, async () => {
    const waiting = await blog.list(server, 'pending')
    return !(waiting instanceof Response) && waiting.some(({ body }) => body === words)
  })
}

/** What visitors and a moderator do, and what breaks what they were promised. */
class Bustle {
  readonly acknowledged = new Set<string>()
  readonly decided = new Map<string, CommentStatus>()
  readonly broken: string[] = []
  readonly #blog: ModeratedBlog
  readonly #postId: string
  readonly #slug: string
  readonly #ms = new Map<string, number[]>()
  readonly #work: Promise<void>[] = []
  #phase = ''
  #isOver = false
  #sentAgain = 0
  #failed = 0

  constructor(blog: ModeratedBlog, post: { readonly id: string; readonly slug: string }) {
    this.#blog = blog
    this.#postId = post.id
    this.#slug = post.slug
  }

  start(): void {
    this.#work.push(this.#comment(), this.#decide(), this.#read(), this.#signIn())
  }

  phase(name: string): void {
    this.#phase = name
    console.log(`live  ${new Date().toISOString()} ${name}`)
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#work)
  }

  report(): readonly string[] {
    const lines = [...this.#ms].map(([what, ms]) => {
      const sorted = ms.toSorted((a, b) => a - b)
      const at = (share: number): number => Math.round(sorted[Math.floor(share * ms.length)] ?? 0)
      return `${what.padEnd(44)} ${ms.length}×  p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1 - 1 / ms.length)} ms`
    })
    const again = `comments sent again after a 503: ${this.#sentAgain}; decisions that the page left ticked: ${this.#failed}`
    return [...lines, again]
  }

  #server(n: number): Served {
    return this.#blog.servers[n % 2]!
  }

  async #timed<T>(what: string, work: Promise<T>): Promise<T> {
    const key = `${this.#phase}: ${what}`
    const began = performance.now()
    const done = await work
    const taken = this.#ms.get(key) ?? []
    this.#ms.set(key, [...taken, performance.now() - began])
    return done
  }

  #break(what: string): void {
    this.broken.push(`${this.#phase}: ${what}`)
  }

  async #comment(): Promise<void> {
    for (let n = 0; !this.#isOver; n++) {
      const body = `Remark number ${n}.`
      const began = performance.now()
      for (let turn = n; ; turn++) {
        const adding = this.#blog.comment(this.#server(turn), this.#postId, body)
        const answer = await this.#timed('a comment', adding)
        if (answer.status === 201 || answer.status === 202) {
          this.acknowledged.add(((await answer.json()) as { id: string }).id)
          break
        }
        const isPatient = answer.status === 503 && performance.now() - began < patienceMs
        if (!isPatient) {
          this.#break(`${body} ${answer.status} ${(await answer.text()).slice(0, 200)}`)
          break
        }
        this.#sentAgain++
        await sleep(100)
      }
      await sleep(pauseMs)
    }
  }

  /** Every second time past the cache. */
  async #read(): Promise<void> {
    const own = `/posts/${this.#slug}`
    const paths = [own, '/', `${own}/comments.atom`, '/archive', '/search?q=lossy', '/feed.atom']
    for (let n = 0; !this.#isOver; n++) {
      const path = paths[n % paths.length] ?? '/'
      const isPastCache = Math.floor(n / paths.length) % 2 === 1
      const headers = isPastCache ? { cookie: 'ringpost_x=1' } : {}
      const reading = fetch(this.#server(n >> 2).url + path, { headers, redirect: 'manual' })
      const what = isPastCache ? 'a page past the cache' : 'a page'
      const answer = await this.#timed(what, reading)
      await answer.arrayBuffer()
      if (answer.status !== 200) this.#break(`${path}: ${answer.status}`)
      await sleep(pauseMs)
    }
  }

  /** Anew at one server, and in at the other. */
  async #signIn(): Promise<void> {
    for (let n = 0; !this.#isOver; n++) {
      const signingIn = this.#blog.signIn(this.#server(n))
      const signed = await this.#timed('signing in', signingIn)
      const shown = await this.#blog.browser.at(this.#server(n + 1).url).get('/admin')
      if (signed.status !== 303 || shown.status !== 200) {
        this.#break(`signing in: ${signed.status}, then at the other server ${shown.status}`)
      }
      await sleep(50 * pauseMs)
    }
  }

  /** By turns shown by one server and sent to the other, and called good and spam. */
  async #decide(): Promise<void> {
    for (let n = 0; !this.#isOver; n++) {
      const to = n % 3 === 0 ? 'spam' : 'approved'
      const deciding = this.#blog.decidePage(this.#server(n), this.#server(n >> 1), to)
      const told = await this.#timed('a page of the queue, decided', deciding)
      if (told instanceof Response) {
        this.#break(`a moderator: ${told.status} ${(await told.text()).slice(0, 300)}`)
      } else {
        for (const id of told.done) this.decided.set(id, told.to)
        this.#failed += told.failed.length
        // It was on the page: it cannot be gone.
        for (const id of told.gone) this.#break(`${id} was said to be gone`)
      }
      await sleep(20 * pauseMs)
    }
  }
}

function lossOfEachNode(live: LiveCluster): void {
  const isPossible = typeof live.power !== 'string' && live.members.length > 1
  describe.skipIf(!isPossible || live.nodes.length < 2)('moderation while nodes are away', () => {
    let blog: ModeratedBlog
    beforeAll(async () => {
      blog = await ModeratedBlog.open(live, 'lossy')
    })
    afterAll(() => blog.close())

    test('each node stopped in turn: no comment is refused, no decision is lost, no page is an error, a session of one server is good at the other; then each comment is in one list, on both servers, and the spam counter is one number on all nodes', async () => {
      await blog.signIn(blog.servers[0])
      // With Akismet away all are held, which is work for a moderator.
      blog.akismet.behave('fails')
      const bustle = new Bustle(blog, await readable(blog))
      bustle.phase('healthy')
      bustle.start()
      await sleep(downMs)
      await stopInTurn(live, bustle)
      await bustle.stop()
      for (const line of bustle.report()) console.log(`live  ${line}`)
      expect(bustle.broken).toEqual([])
      expect(bustle.decided.size).toBeGreaterThan(0)
      await expectWhole(blog, bustle)
      await expectOneCount(live, bustle)
    })
  })
}

/** A post that both servers list and find. */
async function readable(
  blog: ModeratedBlog,
): Promise<{ readonly id: string; readonly slug: string }> {
  const post = await blog.publish(blog.servers[0], 'Lossy')
  for (const { url } of blog.servers) {
    for (const path of ['/', '/search?q=lossy', '/feed.atom']) {
      await until(`${url}${path} has it`, eventuallyMs, async () => {
        const answer = await fetch(url + path)
        return answer.ok && (await answer.text()).includes(`/posts/${post.slug}`)
      })
    }
  }
  return post
}

async function stopInTurn(live: LiveCluster, bustle: Bustle): Promise<void> {
  const power = powerOf(live)
  for (let node = live.nodes.length - 1; node >= 0; node--) {
    bustle.phase(`node ${node + 1} stops`)
    await power.stop(node)
    bustle.phase(`node ${node + 1} is away`)
    await sleep(downMs)
    bustle.phase(`node ${node + 1} starts`)
    await power.start(node)
    await power.isUp(node, powerMsMax)
    bustle.phase(`node ${node + 1} is back`)
    await sleep(backMs)
  }
}

async function expectWhole(blog: ModeratedBlog, bustle: Bustle): Promise<void> {
  const began = performance.now()
  for (const server of blog.servers) {
    await until('every comment is in its list', settledMsMax, async () => {
      const at = new Map<string, CommentStatus[]>()
      for (const status of lists) {
        const listed = await blog.list(server, status)
        if (listed instanceof Response) throw new Error(`${status}: ${listed.status}`)
        for (const comment of listed) {
          at.set(comment.id, [...(at.get(comment.id) ?? []), status])
        }
      }
      const wrong = [...bustle.acknowledged].flatMap((id) => {
        const wanted = bustle.decided.get(id)
        const found = at.get(id) ?? []
        const isRight = found.length === 1 && (wanted === undefined || found[0] === wanted)
        return isRight ? [] : [`${id}: ${found.join('+')}, not ${wanted ?? 'in a list'}`]
      })
      if (wrong.length > 0) throw new Error(`${wrong.length}: ${wrong.slice(0, 10).join('; ')}`)
      return true
    })
  }
  console.log(
    `live  ${bustle.acknowledged.size} comments acknowledged, ${bustle.decided.size} decided, ` +
      `in their lists ${Math.round(performance.now() - began)} ms after the end`,
  )
}

/** Best effort: a count that failed is not sent again. But what it is, it is everywhere. */
async function expectOneCount(live: LiveCluster, bustle: Bustle): Promise<void> {
  const spam = [...bustle.decided.values()].filter((status) => status === 'spam').length
  const at = { type: 'counters', bucket: `${live.names}lossy`, key: 'spam-killed' }
  const counts = await until('all nodes say one number', settledMsMax, async () => {
    const said = await Promise.all(
      live.nodes.map(async (node) => {
        const riak = await connectTo([node])
        return riak.fetchCounter(at).finally(() => riak.stop())
      }),
    )
    return new Set(said).size === 1 && said
  })
  console.log(`live  ${spam} called spam, counted ${String(counts[0])} at each node`)
  expect(counts[0]).toBeGreaterThan(spam * 0.9)
  expect(counts[0]).toBeLessThanOrEqual(spam)
}
