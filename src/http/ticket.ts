/**
 * A signed post id, carried by the comment form: it proves that this site showed the post, so that a
 * comment is taken even while the post itself cannot be read. The same for every visitor, so that the
 * page around it can be cached.
 */

import { isSignedBy, signatureOf } from './signature.ts'

const purpose = 'comment on'

export function signPostId(postId: string, secret: string): string {
  return `${postId}.${signatureOf(purpose, postId, secret)}`
}

/** @returns the post id; undefined where the ticket is not ours. */
export function openTicket(ticket: string, secret: string): string | undefined {
  const [postId = '', signed = ''] = ticket.split('.')
  return postId !== '' && isSignedBy(signed, purpose, postId, secret) ? postId : undefined
}
