/** `GET /api/comments`: the moderation queue, for programs with a write token. */

import type { Hono } from 'hono'

import { limits } from '../../kernel/limits.ts'
import type { CommentStatus, QueuedComment } from '../../store/blog.ts'
import { isStatus } from '../admin/moderation-words.ts'
import { WebError } from '../problem.ts'
import type { Env, Web } from '../web.ts'
import { demand } from './auth.ts'
import { paging } from './parameters.ts'
import { answerJson, query } from './posts.ts'
import { commentShape } from './shapes.ts'

function statusOf(text: string): CommentStatus {
  if (isStatus(text)) return text
  throw new WebError('BLOG_BAD_PARAMETER', 'status is pending, spam, approved or deleted.')
}

/** A comment with who decided about it; who sent it stays with the moderators of this site. */
function queuedShape(comment: QueuedComment): Record<string, unknown> {
  const { status, by, at, isOfThisText } = comment.decision
  return { ...commentShape(comment, true), decision: { status, by, at, isOfThisText } }
}

export function routeCommentQueue(app: Hono<Env>, { blog }: Web): void {
  app.get('/api/comments', async (c) => {
    const caller = await demand(blog, c.req.raw.headers, 'write')
    const asked = query(c)
    const find = (asked.get('find') ?? '').slice(0, limits.queueFindCharsMax)
    const page = await blog.comments.queue({
      status: statusOf(asked.get('status') ?? 'pending'),
      ...paging(asked, limits.apiLimitMax),
      ...(find === '' ? {} : { find }),
    })
    const { next, searched, unread } = page
    const shown = { comments: page.comments.map(queuedShape), next, searched, unread }
    return answerJson(shown, { caller })
  })
}
