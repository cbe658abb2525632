/** `/api/posts`: read, create, save, delete. */

import type { Context, Hono } from 'hono'

import { OperationError, StoreError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { ListingName, PostInput, PostView, Saved } from '../../store/blog.ts'
import { matchesNone, parseIfMatch } from '../etag.ts'
import { WebError } from '../problem.ts'
import { readJsonObject } from '../read-body.ts'
import type { Env, Web } from '../web.ts'
import { demand, identify } from './auth.ts'
import type { Caller } from './auth.ts'
import { idempotencyKey, isId, paging, readTuning, writeTuning } from './parameters.ts'
import { parsePostChange, parseWholePost } from './schemas.ts'
import { entryShape, isPublic, postShape } from './shapes.ts'

export function query(c: Context<Env>): URLSearchParams {
  const at = c.req.url.indexOf('?')
  return new URLSearchParams(at === -1 ? '' : c.req.url.slice(at + 1))
}

/** What a caller gets: shared by everybody without a token, private with one. */
export function answerJson(
  value: unknown,
  options: {
    readonly caller: Caller | undefined
    readonly status?: number
    readonly headers?: Record<string, string>
  },
): Response {
  return new Response(JSON.stringify(value), {
    status: options.status ?? 200,
    headers: {
      'content-type': 'application/json',
      'cache-control': options.caller ? 'private, no-store' : 'public, max-age=0, must-revalidate',
      vary: 'authorization',
      ...options.headers,
    },
  })
}

/** @throws WebError 404 or 410: without a token drafts and future posts do not exist. */
async function readVisible(
  web: Web,
  id: string,
  caller: Caller | undefined,
  tuning: ReturnType<typeof readTuning>,
): Promise<PostView> {
  const post = isId(id) ? await web.blog.posts.read(id, tuning) : undefined
  if (!post) throw new WebError('BLOG_NOT_FOUND')
  if (caller || isPublic(post, web.clock.nowMs())) return post
  throw new WebError(post.status === 'deleted' ? 'BLOG_GONE' : 'BLOG_NOT_FOUND')
}

async function answerSaved(
  web: Web,
  saved: Saved,
  caller: Caller,
  options: { readonly status: number },
): Promise<Response> {
  return answerJson(await postShape(web, saved.post), {
    caller,
    status: options.status,
    headers: {
      etag: `"${saved.post.revision}"`,
      'ringpost-merge': saved.merge,
      ...(options.status === 201
        ? { location: web.links.absolute(`/api/posts/${saved.post.id}`) }
        : {}),
    },
  })
}

/**
 * Whole posts of a listing page. Where they are longer together than one answer should be, the page
 * ends early and its cursor goes on from there.
 */
export async function listPosts(
  web: Web,
  name: ListingName,
  asked: URLSearchParams,
): Promise<{ readonly posts: readonly unknown[]; readonly next: string | null }> {
  const at = paging(asked, limits.apiLimitMax)
  const tuning = readTuning(asked)
  const page = await web.blog.listings.page(name, at, tuning)
  if (asked.get('view') === 'summary') {
    return { posts: page.entries.map(entryShape), next: page.next }
  }
  const read = await Promise.all(page.entries.map((entry) => web.blog.posts.read(entry.id, tuning)))
  const shapes: unknown[] = []
  let chars = 0
  let taken = 0
  for (const post of read) {
    if (chars > limits.apiListingCharsMax) break
    taken += 1
    if (!post || !isPublic(post, web.clock.nowMs())) continue
    chars += post.body.length
    shapes.push(await postShape(web, post))
  }
  if (taken === read.length) return { posts: shapes, next: page.next }
  const shorter = await web.blog.listings.page(name, { ...at, limit: taken }, tuning)
  return { posts: shapes, next: shorter.next }
}

/** The revisions an `If-Match` names; checked before the body is read. */
async function demandIfMatch(
  web: Web,
  post: PostView,
  header: string | undefined,
): Promise<{ readonly revisions: readonly string[] | '*'; readonly isKnown: boolean }> {
  const ifMatch = parseIfMatch(header)
  if (ifMatch.kind === 'absent') {
    throw new WebError(
      'BLOG_IF_MATCH_REQUIRED',
      'Send the ETag of the post you have read, so that the edits of others are merged, not lost.',
    )
  }
  if (ifMatch.kind === 'malformed') throw new WebError('BLOG_BAD_IF_MATCH')
  if (ifMatch.kind === 'any') return { revisions: '*', isKnown: true }
  const heads = new Set(post.revision.split('.'))
  const older = ifMatch.ids.filter((id) => !heads.has(id))
  const found = await Promise.all(older.map((id) => web.blog.posts.revision(post.id, id)))
  return { revisions: ifMatch.ids, isKnown: found.every((each) => each !== undefined) }
}

/** PUT keeps what the API cannot write: byline and old addresses. */
function replacement(input: PostInput, post: PostView): PostInput {
  return { ...input, author: post.author, aliases: post.aliases }
}

async function save(web: Web, c: Context<Env>, mode: 'replace' | 'change'): Promise<Response> {
  const caller = await demand(web.blog, c.req.raw.headers, 'write')
  const asked = query(c)
  const id = c.req.param('id') ?? ''
  const isDelete = c.req.method === 'DELETE'
  // The header alone can already be wrong: then nothing is read for it.
  const header = c.req.header('if-match')
  const { kind } = parseIfMatch(header)
  if (kind === 'absent' || kind === 'malformed') await demandIfMatch(web, noPost, header)
  const post = isId(id) ? await web.blog.posts.read(id) : undefined
  if (!post) throw new WebError('BLOG_NOT_FOUND')
  const { revisions, isKnown } = await demandIfMatch(web, post, header)
  let input: PostInput
  try {
    if (isDelete) input = { status: 'deleted' }
    else {
      const value = await readJsonObject(c.req.raw, limits.requestBytesMax)
      input = mode === 'replace' ? replacement(parseWholePost(value), post) : parsePostChange(value)
    }
  } catch (error) {
    // A revision that only the store's own history may know: with a body that cannot be saved anyway,
    // the header's fault comes first.
    if (!isKnown && (error instanceof WebError || error instanceof StoreError)) {
      throw new OperationError('BLOG_NOT_A_REVISION', 'It may be a revision of another post.')
    }
    throw error
  }
  const saved = await web.blog.posts.save(id, input, {
    ifMatch: revisions,
    mode,
    by: caller.name,
    ...writeTuning(asked),
  })
  if (!saved) throw new WebError('BLOG_NOT_FOUND')
  return answerSaved(web, saved, caller, { status: 200 })
}

const noPost: PostView = {
  id: '',
  slug: '',
  title: '',
  body: '',
  summary: '',
  tags: [],
  status: 'draft',
  kind: 'post',
  author: '',
  publishedAt: null,
  updatedAt: '',
  aliases: [],
  revision: '',
  conflicts: [],
  isPending: false,
}

export function routePosts(app: Hono<Env>, web: Web): void {
  app.get('/api/posts', async (c) => {
    const caller = await identify(web.blog, c.req.raw.headers)
    return answerJson(await listPosts(web, { kind: 'all' }, query(c)), { caller })
  })

  app.post('/api/posts', async (c) => {
    const caller = await demand(web.blog, c.req.raw.headers, 'write')
    const options = { ...writeTuning(query(c)), ...idempotencyKey(c.req.raw.headers) }
    const input = parseWholePost(await readJsonObject(c.req.raw, limits.requestBytesMax))
    const saved = await web.blog.posts.create(
      { ...input, author: caller.name },
      { ...options, by: caller.name },
    )
    return answerSaved(web, saved, caller, { status: 201 })
  })

  app.get('/api/posts/:id', async (c) => {
    const caller = await identify(web.blog, c.req.raw.headers)
    const post = await readVisible(web, c.req.param('id'), caller, readTuning(query(c)))
    const etag = `"${post.revision}"`
    if (matchesNone(c.req.header('if-none-match'), [post.revision])) {
      const headers = {
        etag,
        vary: 'authorization',
        'cache-control': caller ? 'private, no-store' : 'public, max-age=0, must-revalidate',
      }
      return new Response(null, { status: 304, headers })
    }
    return answerJson(await postShape(web, post), { caller, headers: { etag } })
  })

  app.put('/api/posts/:id', (c) => save(web, c, 'replace'))
  app.patch('/api/posts/:id', (c) => save(web, c, 'change'))
  app.delete('/api/posts/:id', (c) => save(web, c, 'change'))

  app.get('/api/posts/:id/revisions', async (c) => {
    const caller = await demand(web.blog, c.req.raw.headers, 'read')
    const id = c.req.param('id')
    const page = paging(query(c), limits.apiLimitMax)
    const found = isId(id) ? await web.blog.posts.revisions(id, page) : undefined
    if (!found) throw new WebError('BLOG_NOT_FOUND')
    return answerJson(found, { caller })
  })

  app.get('/api/posts/:id/revisions/:revision', async (c) => {
    const caller = await demand(web.blog, c.req.raw.headers, 'read')
    const { id, revision } = c.req.param()
    const fields =
      isId(id) && /^[0-9A-Za-z_-]{1,128}$/.test(revision)
        ? await web.blog.posts.revision(id, revision)
        : undefined
    if (!fields) throw new WebError('BLOG_NOT_FOUND')
    return answerJson({ id: revision, postId: id, ...fields }, { caller })
  })
}
