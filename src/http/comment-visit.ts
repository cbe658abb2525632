/** What the query and the cookie of one visitor add to the comments of a post. */

import type { Context } from 'hono'

import { readOwnComments } from './own-comments.ts'
import type { OwnView, Sent, Visit } from './pages/comment-section.tsx'
import type { Env, Web } from './web.ts'

const sentStates: readonly Sent[] = ['held', 'shown', 'deleted']

/** Own comments that can be read now; one that was removed is no longer there. */
async function readOwn(web: Web, c: Context<Env>): Promise<readonly OwnView[]> {
  const named = readOwnComments(c.req.header('cookie'), web.clock.nowMs(), web.config.secret)
  const read = await Promise.all(
    named.map(async ({ id, untilMs }) => {
      const comment = await web.blog.comments.read(id).catch(() => undefined)
      return comment === undefined || comment.status === 'deleted' ? [] : [{ comment, untilMs }]
    }),
  )
  return read.flat()
}

/** @returns undefined where the visitor sees what everybody sees. */
export async function visitOf(web: Web, c: Context<Env>): Promise<Visit | undefined> {
  const query = new URL(c.req.url).searchParams
  const replyTo = query.get('reply')
  const commentsAfter = query.get('comments')
  const asked = sentStates.find((each) => each === query.get('comment'))
  const own = await readOwn(web, c)
  // Once it was looked at it is not held any more, whatever the address still says.
  const isDecided = own.length > 0 && own.every(({ comment }) => comment.status === 'approved')
  const sent = asked === 'held' && isDecided ? undefined : asked
  if (replyTo === null && commentsAfter === null && sent === undefined && own.length === 0) {
    return undefined
  }
  return {
    own,
    ...(replyTo === null ? {} : { replyTo }),
    ...(commentsAfter === null ? {} : { commentsAfter }),
    ...(sent === undefined ? {} : { sent }),
  }
}

/** An own comment of another post has no place on this one. */
export function visitTo(postId: string, visit: Visit | undefined): Visit | undefined {
  if (visit?.own === undefined) return visit
  return { ...visit, own: visit.own.filter(({ comment }) => comment.postId === postId) }
}
