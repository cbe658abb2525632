/**
 * A signed post id, carried by the comment form: it proves that this site showed the post, so that a
 * comment is taken even while the post itself cannot be read. The same for every visitor, so that the
 * page around it can be cached.
 */

import { createHmac, timingSafeEqual } from 'node:crypto'

function signature(postId: string, secret: string): string {
  return createHmac('sha256', secret)
    .update(`comment on ${postId}`)
    .digest('base64url')
    .slice(0, 27)
}

export function signPostId(postId: string, secret: string): string {
  return `${postId}.${signature(postId, secret)}`
}

/** @returns the post id; undefined where the ticket is not ours. */
export function openTicket(ticket: string, secret: string): string | undefined {
  const [postId = '', signed = ''] = ticket.split('.')
  const expected = Buffer.from(signature(postId, secret))
  const given = Buffer.from(signed)
  if (postId === '' || given.length !== expected.length) return undefined
  return timingSafeEqual(given, expected) ? postId : undefined
}
