/** `/api/posts/ID/comments` and `/api/comments/ID`. */

import type { Hono } from 'hono'

import { limits } from '../../kernel/limits.ts'
import { addressGroup, clientAddress } from '../client-address.ts'
import { WebError, describeError, isStoreAway } from '../problem.ts'
import type { RateLimit } from '../rate-limit.ts'
import { readJsonObject } from '../read-body.ts'
import type { Env, Web } from '../web.ts'
import { demand, identify, reaches } from './auth.ts'
import { idempotencyKey, isId, paging, readTuning, writeTuning } from './parameters.ts'
import { answerJson, query } from './posts.ts'
import { parseComment, parseModeration } from './schemas.ts'
import { commentShape, isPublic } from './shapes.ts'

export function routeComments(app: Hono<Env>, web: Web, rateLimit: RateLimit): void {
  const { blog, config } = web

  /**
   * Where the store cannot say whether there is such a post, the comment is taken all the same: none is
   * refused while a node can store it. One to a post that never was is seen by nobody but moderators.
   */
  const assertTakesComments = async (id: string, seesDrafts: boolean): Promise<void> => {
    if (!isId(id)) throw new WebError('BLOG_NOT_FOUND')
    let post: Awaited<ReturnType<typeof blog.posts.read>>
    try {
      post = await blog.posts.read(id)
    } catch (error) {
      if (isStoreAway(error)) return
      throw error
    }
    if (!post || (!seesDrafts && !isPublic(post, web.clock.nowMs()))) {
      throw new WebError(post?.status === 'deleted' ? 'BLOG_GONE' : 'BLOG_NOT_FOUND')
    }
  }

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

  app.post('/api/posts/:id/comments', async (c) => {
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
    const options = { ...writeTuning(query(c)), ...idempotencyKey(headers) }
    const input = parseComment(
      await readJsonObject(c.req.raw, isTrusted ? limits.requestBytesMax : limits.formBytesMax),
    )
    const id = c.req.param('id')
    const add = async (): ReturnType<typeof blog.comments.add> => {
      await assertTakesComments(id, caller !== undefined)
      const verdict = isTrusted ? 'approved' : 'pending'
      return blog.comments.add(id, input, { ...options, verdict, postIsKnown: true })
    }
    const added = await add().catch((error: unknown) => {
      // Whoever is asked to send it again is not slowed down for doing so.
      if (!isTrusted && describeError(error).problem.status >= 500) rateLimit.giveBack(address)
      throw error
    })
    if (!added) throw new WebError('BLOG_NOT_FOUND')
    return answerJson(commentShape(added.comment, isTrusted), {
      caller,
      status: added.comment.status === 'approved' ? 201 : 202,
      headers: {
        location: web.links.absolute(`/api/comments/${added.comment.id}`),
        'cache-control': 'no-store',
      },
    })
  })

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
