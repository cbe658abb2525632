/**
 * `import.posts` and `page.*`: a blog is imported, commented on, and read, with the cache and past it.
 *
 *     posts as files ─▶ ringpost import ─▶ data ─▶ ringpost serve ◀─ requests
 *                                                  bare Hono app  ◀─ the same requests, same bytes back
 */

import { join } from 'node:path'
import { makePosts, makeText, seeded, writePosts } from './blog-data.ts'
import type { HonoFloor } from './hono-floor.ts'
import type { HttpLoad } from './http-load.ts'
import { measureImport } from './import-posts.ts'
import { measureBeside } from './measure.ts'
import type { Context, Part } from './part.ts'
import { type Served, freshFolder, startProgram, startServe } from './program.ts'
import { settledAnswer } from './settled-answer.ts'
import { startWorker } from './worker.ts'

const postCount = 400
/** Comments on each of the posts that are read. */
const commentsMax = 6
/** Past the cache so many posts are read in turn: what one post's page keeps helps no other. */
const readInTurn = 100
const connections = 16

/** What a browser says of itself. */
const browser = { 'accept-encoding': 'gzip, deflate, br, zstd', accept: 'text/html,*/*;q=0.8' }
/** A cookie of ours: the page is this visitor's own and goes past the cache. */
const visitor = { ...browser, cookie: 'ringpost_fresh=1' }

const pageNames = [
  'page.home.cached',
  'page.post.cached',
  'page.home.uncached',
  'page.post.uncached',
] as const

export const pagesPart: Part = {
  names: [...pageNames, 'import.posts'],

  async run(context) {
    const { cleanUp } = context
    const folder = freshFolder('pages')
    cleanUp(folder.remove)
    const posts = makePosts(postCount)
    const blog = join(folder.path, 'blog')
    writePosts(blog, posts)
    const data = await measureImport(context, { folder: folder.path, blog, posts: postCount })
    if (!pageNames.some(context.wants)) return
    const token = await createToken(data)
    const server = await startServe(data, context)
    cleanUp(server.stop)
    const newest = posts.slice(-readInTurn).map(({ slug }) => slug)
    await addComments(context, server, token, newest)
    await measurePages(
      context,
      server,
      newest.map((slug) => `/posts/${slug}`),
    )
  },
}

async function createToken(data: string): Promise<string> {
  const args = ['token', 'create', '--name', 'bench', '--scope', 'write']
  const made = startProgram({ args, env: { RINGPOST_DATA: data } })
  await made.done()
  return made.output().trimEnd().split('\n').at(-1) ?? ''
}

async function addComments(
  context: Context,
  { url }: Served,
  token: string,
  slugs: readonly string[],
): Promise<void> {
  context.tell('pages: comments are written')
  const below = seeded(8)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const ids = await idsBySlug(url)
  for (const slug of slugs) {
    for (let left = below(commentsMax + 1); left > 0; left--) {
      const answer = await fetch(`${url}/api/posts/${ids.get(slug) ?? ''}/comments`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ author: `Reader ${left}`, body: makeText(200, below) }),
      })
      if (answer.status !== 201) throw new Error(`a comment on ${slug}: ${await answer.text()}`)
    }
  }
}

async function idsBySlug(url: string): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>()
  const answer = await fetch(`${url}/api/posts?limit=${readInTurn}`)
  const { posts } = (await answer.json()) as { posts: readonly { id: string; slug: string }[] }
  for (const { id, slug } of posts) ids.set(slug, id)
  return ids
}

async function measurePages(
  context: Context,
  server: Served,
  paths: readonly string[],
): Promise<void> {
  const load = startWorker<HttpLoad>('http-load.ts')
  context.cleanUp(load.end)
  const floor = startWorker<HonoFloor>('hono-floor.ts')
  context.cleanUp(floor.end)
  const floorUrl = await floor.call('start', { headers: {}, body: '' })
  const last = paths.slice(-1)
  for (const [name, asked, headers] of [
    ['page.home.cached', ['/'], browser],
    ['page.post.cached', last, browser],
    ['page.home.uncached', ['/'], visitor],
    ['page.post.uncached', paths, visitor],
  ] as const) {
    if (!context.wants(name)) continue
    await floor.call('change', await settledAnswer(`${server.url}${asked.at(-1) ?? '/'}`, headers))
    const loadOf = { paths: asked, headers, connections }
    await measureBeside(context, {
      name,
      unit: 'requests/s',
      pid: server.pid,
      program: (seconds) => load.call('round', { ...loadOf, url: server.url, seconds }),
      floor: (seconds) => load.call('round', { ...loadOf, url: floorUrl, seconds }),
    })
  }
}
