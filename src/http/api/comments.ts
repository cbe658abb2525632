/** `/api/posts/ID/comments` and `/api/comments/ID`. */

import type { Context, Hono } from 'hono'

import { limits } from '../../kernel/limits.ts'
import type { CommentInput, Comments, CommentView, PostView } from '../../store/blog.ts'
import { derivedId } from '../../store/new-ids.ts'
import { addressGroup, clientAddress } from '../client-address.ts'
import { postPath } from '../links.ts'
import { honeypotName } from '../pages/comment-fields.tsx'
import { WebError, describeError, isStoreAway } from '../problem.ts'
import type { RateLimit } from '../rate-limit.ts'
import { readJsonObject } from '../read-body.ts'
import type { Env, Web } from '../web.ts'
import { demand, identify, reaches } from './auth.ts'
import { idempotencyKey, isId, paging, readTuning, writeTuning } from './parameters.ts'
import { answerJson, query } from './posts.ts'
import { parseComment, parseModeration } from './schemas.ts'
import { commentShape, isPublic } from './shapes.ts'

type Bound = Context<Env>
type Taken = { readonly comment: CommentView; readonly changed: boolean }

/**
 * Where the store cannot say whether there is such a post, the comment is taken all the same: none is
 * refused while a node can store it. One to a post that never was is seen by nobody but moderators.
 *
 * @returns undefined there.
 */
async function assertTakesComments(
  web: Web,
  id: string,
  seesDrafts: boolean,
): Promise<PostView | undefined> {
  if (!isId(id)) throw new WebError('BLOG_NOT_FOUND')
  let post: PostView | undefined
  try {
    post = await web.blog.posts.read(id)
  } catch (error) {
    if (isStoreAway(error)) return undefined
    throw error
  }
  if (!post || (!seesDrafts && !isPublic(post, web.clock.nowMs()))) {
    throw new WebError(post?.status === 'deleted' ? 'BLOG_GONE' : 'BLOG_NOT_FOUND')
  }
  return post
}

/** Of somebody without a write token: checked first, and held where nobody can say. */
async function addChecked(
  web: Web,
  c: Bound,
  post: PostView | undefined,
  input: CommentInput & { readonly isTrapped: boolean },
  options: Omit<Parameters<Comments['add']>[2], 'verdict' | 'check'>,
): Promise<Taken | undefined> {
  const { isTrapped, ...comment } = input
  const postId = c.req.param('id') ?? ''
  const headers = c.req.raw.headers
  const { verdict, check } = await web.spam.judge(comment, {
    postId,
    permalink: web.links.absolute(post === undefined ? '/' : postPath(post)),
    address: clientAddress(headers, c.env, web.config.trustProxy),
    userAgent: headers.get('user-agent') ?? '',
    referrer: headers.get('referer') ?? '',
    traps: { honeypot: isTrapped, stamp: 'exempt' },
  })
  if (verdict === 'discard') return { comment: discarded(web, postId, comment), changed: false }
  return web.blog.comments.add(postId, comment, { ...options, verdict, check })
}

/** A robot learns nothing: what was thrown away is answered as what is held. */
function discarded({ blog, clock }: Web, postId: string, input: CommentInput): CommentView {
  const now = new Date(clock.nowMs()).toISOString()
  return {
    id: derivedId(blog.site, 'discarded', postId, input.author, input.body),
    postId,
    parent: input.parent ?? null,
    author: input.author,
    email: input.email ?? '',
    url: input.url ?? '',
    body: input.body,
    status: 'pending',
    createdAt: now,
    updatedAt: now,
  }
}

/** Whoever sent it is not told that it was taken for spam. */
function shownToSender(comment: CommentView): CommentView {
  return comment.status === 'spam' ? { ...comment, status: 'pending' } : comment
}

function isTrapped(body: Readonly<Record<string, unknown>>): boolean {
  const trap = body[honeypotName]
  return trap !== undefined && trap !== null && trap !== ''
}

async function postComment(web: Web, c: Bound, rateLimit: RateLimit): Promise<Response> {
  const { blog, config } = web
  const headers = c.req.raw.headers
  const caller = await identify(blog, headers)
  const isTrusted = reaches(caller, 'write')
  const address = addressGroup(clientAddress(headers, c.env, config.trustProxy))
  if (!isTrusted) {
    const wait = rateLimit.take(address)
    if (wait > 0) {
      throw new WebError('BLOG_TOO_MANY_REQUESTS', '', { 'retry-after': String(wait) })
    }
  }
  const options = { ...writeTuning(query(c)), ...idempotencyKey(headers), postIsKnown: true }
  const bytesMax = isTrusted ? limits.requestBytesMax : limits.formBytesMax
  const body = await readJsonObject(c.req.raw, bytesMax)
  const input = parseComment(body)
  const add = async (): Promise<Taken | undefined> => {
    const post = await assertTakesComments(web, c.req.param('id') ?? '', caller !== undefined)
    if (!isTrusted) {
      return addChecked(web, c, post, { ...input, isTrapped: isTrapped(body) }, options)
    }
    return blog.comments.add(c.req.param('id') ?? '', input, { ...options, verdict: 'approved' })
  }
  const added = await add().catch((error: unknown) => {
    // Whoever is asked to send it again is not slowed down for doing so.
    if (!isTrusted && describeError(error).problem.status >= 500) rateLimit.giveBack(address)
    throw error
  })
  if (!added) throw new WebError('BLOG_NOT_FOUND')
  const comment = isTrusted ? added.comment : shownToSender(added.comment)
  return answerJson(commentShape(comment, isTrusted), {
    caller,
    status: comment.status === 'approved' ? 201 : 202,
    headers: {
      location: web.links.absolute(`/api/comments/${comment.id}`),
      'cache-control': 'no-store',
    },
  })
}

export function routeComments(app: Hono<Env>, web: Web, rateLimit: RateLimit): void {
  const { blog } = web

  app.get('/api/posts/:id/comments', async (c) => {
    const caller = await identify(blog, c.req.raw.headers)
    const asked = query(c)
    const id = c.req.param('id')
    const post = isId(id) ? await blog.posts.read(id, readTuning(asked)) : undefined
    if (!post || (!caller && !isPublic(post, web.clock.nowMs()))) {
      throw new WebError(post?.status === 'deleted' ? 'BLOG_GONE' : 'BLOG_NOT_FOUND')
    }
    const found = await blog.comments.ofPost(id, {
      ...paging(asked, limits.apiCommentsLimitMax),
      all: caller !== undefined,
    })
    const isModerator = reaches(caller, 'write')
    return answerJson(
      {
        comments: found.comments.map((comment) => commentShape(comment, isModerator)),
        next: found.next,
      },
      { caller },
    )
  })

  app.post('/api/posts/:id/comments', (c) => postComment(web, c, rateLimit))

  app.get('/api/comments/:id', async (c) => {
    const caller = await identify(blog, c.req.raw.headers)
    const id = c.req.param('id')
    const comment = isId(id) ? await blog.comments.read(id) : undefined
    if (!comment) throw new WebError('BLOG_NOT_FOUND')
    if (!caller) {
      if (comment.status === 'deleted') throw new WebError('BLOG_GONE')
      if (comment.status !== 'approved') throw new WebError('BLOG_NOT_FOUND')
      const post = await blog.posts.read(comment.postId)
      if (!post || !isPublic(post, web.clock.nowMs())) throw new WebError('BLOG_NOT_FOUND')
    }
    return answerJson(commentShape(comment, reaches(caller, 'write')), { caller })
  })

  app.patch('/api/comments/:id', async (c) => {
    const caller = await demand(blog, c.req.raw.headers, 'write')
    const { status } = parseModeration(await readJsonObject(c.req.raw, limits.formBytesMax))
    const id = c.req.param('id')
    const comment = isId(id) ? await blog.comments.moderate(id, status, caller.name) : undefined
    if (!comment) throw new WebError('BLOG_NOT_FOUND')
    return answerJson(commentShape(comment, true), { caller })
  })
}
