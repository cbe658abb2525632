/**
 * A blog on the cluster, end to end, by the real program: two servers, each with another node first;
 * imported, read, written, commented on, merged, damaged, healed, examined.
 */

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makePosts, writePosts } from '../bench/blog-data.ts'
import { createToken, freshFolder, runToEnd, serve, until } from '../support/program.ts'
import type { Served } from '../support/program.ts'
import { parseXml } from '../support/xml.ts'
import type { LiveCluster } from './cluster.ts'
import { connectTo } from './connection.ts'

const generated = 60
/** A thousand real posts, where they lie beside the project. */
const realBlog = '../shared/data/nodejs-blog'
const eventuallyMs = 60_000

/** What a server of a blog on the cluster is started with. @param first - of `nodes`, asked first. */
export function serverEnv(
  { nodes }: LiveCluster,
  site: string,
  folder: string,
  first = 0,
): Record<string, string> {
  const turn = first % nodes.length
  return {
    RIAK_NODES: [...nodes.slice(turn), ...nodes.slice(0, turn)].join(','),
    RINGPOST_SITE: site,
    RINGPOST_DATA: join(folder, `server-${first}`),
    SESSION_SECRET: 'a secret of thirty-two characters!!',
  }
}

interface Post {
  readonly id: string
  readonly slug: string
  readonly body: string
  readonly status: string
  readonly tags: readonly string[]
}

class Stage {
  readonly site: string
  readonly folder: { readonly path: string; readonly remove: () => void }
  readonly nodes: readonly string[]
  readonly envs: readonly [Record<string, string>, Record<string, string>]
  one!: Served
  two!: Served
  #token = ''

  constructor(live: LiveCluster) {
    this.site = `${live.names}blog`
    this.folder = freshFolder('live-blog')
    this.nodes = live.nodes
    this.envs = [0, 1].map((n) => serverEnv(live, this.site, this.folder.path, n)) as never
  }

  async open(): Promise<void> {
    this.#token = await createToken(this.envs[0])
    this.one = await serve(this.envs[0])
    this.two = await serve(this.envs[1])
  }

  async close(): Promise<void> {
    await this.one.kill('SIGTERM')
    await this.two.kill('SIGTERM')
    this.folder.remove()
  }

  ask(server: Served, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' }
    return fetch(server.url + path, {
      ...init,
      headers: { ...headers, ...(init.headers as Record<string, string> | undefined) },
    })
  }

  send(server: Served, method: string, path: string, body: object, more = {}): Promise<Response> {
    return this.ask(server, path, { method, body: JSON.stringify(body), headers: more })
  }

  async create(server: Served, input: object): Promise<{ post: Post; etag: string }> {
    const answer = await this.send(server, 'POST', '/api/posts', { status: 'published', ...input })
    const text = await answer.text()
    expect(answer.status, text).toBe(201)
    return { post: JSON.parse(text) as Post, etag: answer.headers.get('etag') ?? '' }
  }

  command(...args: readonly string[]): ReturnType<typeof runToEnd> {
    return runToEnd(args, this.envs[0])
  }
}

/** A page as any reader gets it: 200, and its text. */
async function page(server: Served, path: string): Promise<string> {
  const answer = await fetch(server.url + path)
  expect(answer.status, path).toBe(200)
  return answer.text()
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? ''

export function blogEndToEnd(live: LiveCluster): void {
  describe('a blog by the real program', () => {
    let stage: Stage
    const on = (): Stage => stage
    beforeAll(async () => {
      stage = new Stage(live)
      await stage.open()
    })
    afterAll(() => stage.close())

    importTests(on)
    readingTests(on)
    writingTests(on)

    test('doctor finds nothing wrong, beside two servers', async () => {
      // A busy cluster may not answer each of its questions in time.
      await until('doctor finds nothing wrong', 300_000, async () => {
        const { code, output } = await on().command('doctor')
        if (code !== 0) throw new Error(output)
        return true
      })
    })

    indexTests(on)
  })
}

function importTests(on: () => Stage): void {
  test(`${generated} posts are imported beside two servers, and a second time none is written`, async () => {
    const source = join(on().folder.path, 'posts')
    writePosts(source, makePosts(generated))
    const first = await on().command('import', source)
    expect(lastLine(first.stdout), first.output).toBe(
      `created ${generated}, updated 0, unchanged 0, failed 0`,
    )
    const second = await on().command('import', source)
    expect(lastLine(second.stdout), second.output).toBe(
      `created 0, updated 0, unchanged ${generated}, failed 0`,
    )
  })

  const isThere = existsSync(realBlog)
  if (!isThere) console.log(`live  the Node.js blog is not imported: ${realBlog} is not there`)
  test.runIf(isThere)('the Node.js blog is imported, every file of it', async () => {
    const files = readdirSync(realBlog, { recursive: true, encoding: 'utf8' })
    const count = files.filter((file) => /\.mdx?$/.test(file)).length
    const began = performance.now()
    const { stdout, output } = await on().command('import', realBlog)
    expect(lastLine(stdout), output).toBe(`created ${count}, updated 0, unchanged 0, failed 0`)
    const perSecond = Math.round((count * 1_000) / (performance.now() - began))
    console.log(`live  imported ${count} posts, ${perSecond} a second`)
  })
}

function readingTests(on: () => Stage): void {
  test('home, archive, tags, a post and its comments, feeds, sitemap and the API show what was imported, on both servers', async () => {
    const { one, two } = on()
    for (const server of [one, two]) {
      await until('the server shows the import', eventuallyMs, async () => {
        return (await page(server, '/')).includes('<article class="entry">')
      })
      expect(await page(server, '/posts/post-0007')).toContain('The post-0007 of this blog')
      expect(await page(server, '/archive')).toContain('2024')
      expect(await page(server, '/archive/2024/10')).toContain('/posts/')
      expect(await page(server, '/tags')).toContain('/tags/riak')
      expect(await page(server, '/tags/riak')).toContain('/posts/')
      expect(await page(server, '/about')).toContain('<h1')
      for (const feed of ['/feed.atom', '/feed.rss', '/tags/riak/feed.atom', '/sitemap.xml']) {
        expect(parseXml(await page(server, feed)).children.length, feed).toBeGreaterThan(0)
      }
      const json = JSON.parse(await page(server, '/feed.json')) as { items: unknown[] }
      expect(json.items.length).toBeGreaterThan(0)
      expect(parseXml(await page(server, '/posts/post-0007/comments.atom')).name).toBe('feed')
      const listed = JSON.parse(await page(server, '/api/tags/riak')) as { posts: unknown[] }
      expect(listed.posts.length).toBeGreaterThan(0)
      expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
      expect(await page(server, '/metrics')).toContain('ringpost_')
    }
  })

  test('what is not there is a 404, as a page and in the API', async () => {
    const { one } = on()
    await until('absence is known', 360_000, async () => {
      const answers = await Promise.all(
        ['/posts/nosuch', '/tags/nosuch', '/api/posts/01ARZ3NDEKTSV4RRFFQ69G5FAV'].map((path) =>
          fetch(one.url + path),
        ),
      )
      return answers.every(({ status }) => status === 404)
    })
  })
}

function writingTests(on: () => Stage): void {
  test('a post is created, changed, replaced and deleted; each server shows what the other wrote', async () => {
    const { one, two } = on()
    const made = await on().create(one, { title: 'Live and well', body: 'First.', tags: ['live'] })
    const { id } = made.post
    const read = async (server: Served): Promise<Post> =>
      (await (await on().ask(server, `/api/posts/${id}`)).json()) as Post
    expect(await read(two)).toMatchObject({ title: 'Live and well', body: 'First.' })
    const path = `/api/posts/${id}`
    expect((await on().send(two, 'PATCH', path, { body: 'x' })).status).toBe(428)
    const ifMatch = { 'if-match': made.etag }
    const changed = await on().send(two, 'PATCH', path, { body: 'Second.' }, ifMatch)
    expect(changed.status).toBe(200)
    expect((await read(one)).body).toBe('Second.')
    await until('the tag lists it on the other server', eventuallyMs, async () =>
      (await page(one, '/tags/live')).includes('Live and well'),
    )
    const etag = { 'if-match': changed.headers.get('etag') ?? '' }
    const replaced = await on().send(one, 'PUT', path, { title: 'Live', body: 'Third.' }, etag)
    expect(replaced.status).toBe(200)
    expect(await read(two)).toMatchObject({ title: 'Live', body: 'Third.', tags: [] })
    const any = { 'if-match': '*' }
    expect((await on().send(two, 'DELETE', path, {}, any)).status).toBe(200)
    await until('its page says that it is gone, on both', eventuallyMs, async () => {
      const pages = [one, two].map((server) => fetch(`${server.url}/posts/${made.post.slug}`))
      return (await Promise.all(pages)).every(({ status }) => status === 410)
    })
  })

  test('a post sent twice with one Idempotency-Key, to two servers, is one post', async () => {
    const { one, two } = on()
    const key = { 'idempotency-key': `once-${on().site}` }
    const body = { title: 'Once only', body: 'x', status: 'published' }
    const answers = await Promise.all(
      [one, two].map((server) => on().send(server, 'POST', '/api/posts', body, key)),
    )
    const posts = await Promise.all(answers.map(async (each) => (await each.json()) as Post))
    expect(answers.map(({ status }) => status)).toEqual([201, 201])
    expect(posts[0]!.id).toBe(posts[1]!.id)
  })

  test('two stale saves through two servers at once become one text, on both', async () => {
    const { one, two } = on()
    const lines = ['one', 'two', 'three', 'four']
    const text = (...of: readonly string[]): string => of.join('\n\n')
    const made = await on().create(one, { title: 'Shared', body: text(...lines) })
    const path = `/api/posts/${made.post.id}`
    const ifMatch = { 'if-match': made.etag }
    const saves = await Promise.all([
      on().send(one, 'PATCH', path, { body: text('one!', 'two', 'three', 'four') }, ifMatch),
      on().send(two, 'PATCH', path, { body: text('one', 'two', 'three', 'four?') }, ifMatch),
    ])
    expect(saves.map(({ status }) => status)).toEqual([200, 200])
    await until('both servers show both edits', eventuallyMs, async () => {
      const read = [one, two].map(
        async (server) => (await on().ask(server, path)).json() as Promise<Post>,
      )
      const bodies = (await Promise.all(read)).map(({ body }) => body.trim())
      return bodies.every((body) => body === text('one!', 'two', 'three', 'four?'))
    })
  })

  test('comments by the API and by the form: readers of the other server see the approved ones, the held ones nobody', async () => {
    const { one, two } = on()
    const { post } = await on().create(one, { title: 'Talk', body: 'x' })
    const path = `/api/posts/${post.id}/comments`
    const added = await on().send(two, 'POST', path, { author: 'Ada', body: 'Well said.' })
    expect(added.status).toBe(201)
    const held = await fetch(one.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ author: 'Nobody', body: 'Held words.' }),
    })
    expect(held.status).toBe(202)
    await until('the page shows the comment', eventuallyMs, async () =>
      (await page(one, `/posts/${post.slug}`)).includes('Well said.'),
    )
    expect(await page(two, `/posts/${post.slug}/comments.atom`)).toContain('Well said.')
    expect(await page(one, `/posts/${post.slug}`)).not.toContain('Held words.')
    const { id } = (await held.json()) as { id: string }
    const approved = await on().send(two, 'PATCH', `/api/comments/${id}`, { status: 'approved' })
    expect(approved.status).toBe(200)
    await until('an approved comment is shown', eventuallyMs, async () =>
      (await page(one, `/posts/${post.slug}`)).includes('Held words.'),
    )
  })
}

function indexTests(on: () => Stage): void {
  test('a damaged and a deleted listing, with no server that heals them: verify names both and exits 1, rebuild heals them', async () => {
    await until('verify finds no difference before', eventuallyMs, async () => {
      return (await on().command('index', 'verify')).code === 0
    })
    // Their sweepers would heal what is damaged here before anybody looks.
    await Promise.all([on().one.kill('SIGTERM'), on().two.kill('SIGTERM')])
    const riak = await connectTo(on().nodes)
    const at = (key: string) => ({ type: 'indexes', bucket: on().site, key })
    const all = await riak.get(at('all'))
    const damaged = { value: Buffer.from('{"schema":1,"kind":"dir'), contentType: 'text/plain' }
    await riak.put(at('all'), damaged, { context: all!.context, w: 'all' })
    const tag = await riak.get(at('tag/riak'))
    await riak.delete(at('tag/riak'), { context: tag!.context, rw: 'all' })
    await riak.stop()
    // A busy cluster that answered late counts as unsettled for five minutes: nothing is absent then.
    await until('verify names both and exits 1', 400_000, async () => {
      const { code, output } = await on().command('index', 'verify')
      const names = ['all', 'tag/riak'].map((key) => `indexes/${on().site}/${key}`)
      if (code === 1 && names.every((each) => output.includes(each))) return true
      throw new Error(output)
    })
    const rebuilt = await on().command('index', 'rebuild')
    expect(rebuilt.code, rebuilt.output).toBe(0)
    await until('verify finds no difference after', eventuallyMs, async () => {
      return (await on().command('index', 'verify')).code === 0
    })
  })
}
