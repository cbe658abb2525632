/**
 * A thousand real posts, through the real program: imported, served, damaged, healed.
 *
 * Needs the Node.js blog beside the project (`../shared/data/nodejs-blog`).
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../support/riak-client.ts'
import {
  createToken,
  freshFolder,
  residentPeakMb,
  run,
  runToEnd,
  type Served,
  serve,
  until,
} from '../support/program.ts'
import { parseXml } from '../support/xml.ts'

const source = '../shared/data/nodejs-blog'
const isThere = existsSync(source)
if (!isThere) console.log(`real blog skipped: ${source} is not there`)

describe.skipIf(!isThere)('the Node.js blog', () => {
  let folder: ReturnType<typeof freshFolder>
  let env: Record<string, string>
  let server: Served
  const files = isThere
    ? readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((f) => /\.mdx?$/.test(f))
    : []
  const last = (stdout: string): string => stdout.trimEnd().split('\n').at(-1) ?? ''
  const page = async (path: string): Promise<string> => {
    const answer = await fetch(server.url + path)
    expect(answer.status, path).toBe(200)
    return answer.text()
  }

  beforeAll(async () => {
    folder = freshFolder('real')
    env = { RINGPOST_DATA: join(folder.path, 'data') }
    const importing = run(['import', source], env)
    const peak = residentPeakMb(importing.child.pid!)
    expect(await importing.ended, importing.output()).toBe(0)
    // Every file of this blog has a title, in its front matter or as a heading.
    expect(last(importing.stdout())).toBe(
      `created ${files.length}, updated 0, unchanged 0, failed 0`,
    )
    expect(peak()).toBeLessThan(400)
    server = await serve(env)
  })
  afterAll(async () => {
    await server.kill('SIGINT')
    folder.remove()
  })

  test('a second run, beside the server, writes nothing', async () => {
    const riak = await connect([`127.0.0.1:${server.pbPort}`])
    const { context } = (await riak.get({ type: 'indexes', bucket: 'blog', key: 'all' }))!
    const again = await runToEnd(['import', source], server.env)
    expect(last(again.stdout)).toBe(`created 0, updated 0, unchanged ${files.length}, failed 0`)
    expect((await riak.get({ type: 'indexes', bucket: 'blog', key: 'all' }))!.context).toEqual(
      context,
    )
  })

  test('all are listed, none twice', async () => {
    const ids = new Set<string>()
    let listed = 0
    let cursor: string | null = ''
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const answer = JSON.parse(await page(`/api/posts?view=summary&limit=100${query}`)) as {
        posts: { id: string }[]
        next: string | null
      }
      for (const post of answer.posts) ids.add(post.id)
      listed += answer.posts.length
      cursor = answer.next
    }
    expect(listed).toBe(files.length)
    expect(ids.size).toBe(files.length)
  })

  test('home, tag, month, a post with code, and the feed show it', async () => {
    expect((await page('/')).match(/<article class="entry">/g)?.length).toBe(5)
    expect(await page('/tags/release')).toContain('Node.js')
    const month = await page('/archive/2015/03')
    expect(month).toContain('Weekly Update - Mar 27th, 2015')
    expect(month).toContain('Node.js 0.12.1 (Stable)')
    const release = await page('/posts/v8.0.0')
    expect(release).toContain('hljs-')
    expect(release).toMatch(/<h1[^>]*>[^<]*Node\.js 8\.0\.0/)
    expect(await page('/posts/june-2016-security-releases')).toContain('<table')
    const feed = parseXml(await page('/feed.atom'))
    expect(feed.name).toBe('feed')
    const entries = feed.children.filter((child) => child.name === 'entry')
    expect(entries.length).toBeGreaterThanOrEqual(10)
    for (const entry of entries) {
      const names = entry.children.map((child) => child.name)
      for (const needed of ['id', 'title', 'updated', 'link', 'content']) {
        expect(names).toContain(needed)
      }
    }
  })

  test('a damaged and a deleted listing: rebuild heals them, beside a server that heals what it meets, and loses none of the writes made meanwhile', async () => {
    const riak = await connect([`127.0.0.1:${server.pbPort}`])
    const at = (key: string) => ({ type: 'indexes', bucket: 'blog', key })
    const all = (await riak.get(at('all')))!
    await riak.put(
      at('all'),
      {
        value: new TextEncoder().encode('{"schema":1,"kind":"dir'),
        contentType: 'application/json',
      },
      { context: all.context },
    )
    const weekly = (await riak.get(at('tag/weekly')))!
    await riak.delete(at('tag/weekly'), { context: weekly.context })

    // Verify would name both (test/live says so, without a server): this one heals what its pages meet.
    const token = await createToken(server.env)
    const rebuilding = run(['index', 'rebuild'], server.env)
    const titles: string[] = []
    const isOver = rebuilding.ended.then(() => true)
    for (let n = 0; n < 500 && !(await Promise.race([isOver, Promise.resolve(false)])); n++) {
      const title = `Written during the rebuild, ${n}`
      const answer = await fetch(`${server.url}/api/posts`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ title, body: 'x', tags: ['weekly'], status: 'published' }),
      })
      expect(answer.status).toBe(201)
      titles.push(title)
    }
    expect(await rebuilding.ended, rebuilding.output()).toBe(0)
    expect(titles.length).toBeGreaterThan(0)

    await until('verify finds no difference', 120_000, async () => {
      return (await runToEnd(['index', 'verify'], server.env)).code === 0
    })
    const tagged = await until('the tag lists what was written meanwhile', 60_000, async () => {
      const answer = JSON.parse(await page(`/api/tags/weekly?limit=100`)) as {
        posts: { title: string }[]
      }
      return answer.posts.length > 0 && answer.posts
    })
    const listed = new Set(tagged.map((post) => post.title))
    expect(titles.slice(-100).filter((title) => !listed.has(title))).toEqual([])
  })
})
