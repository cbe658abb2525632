/**
 * The time trap: a signed time, which the page of one visitor carries in its comment form (a preview,
 * a reply, a form given back) or the script asks for when the form is first touched. People take longer
 * than a few seconds; a program that fills in the form it found on a cached page has no stamp at all.
 *
 *     <ms since 1970, base 36>.<signature over it and the post's id>
 *
 * Invariant: no page in the shared cache holds a stamp. A bad one never refuses a comment, it is a
 * reason to hold it.
 */

import type { CommentStamp } from '../../buckets/comments/schema.ts'
import { limits } from '../kernel/limits.ts'
import { isSignedBy, signatureOf } from './signature.ts'

const purpose = 'comment form opened on'

const signedText = (postId: string, time: string): string => `${postId} at ${time}`

export function makeStamp(postId: string, nowMs: number, secret: string): string {
  const time = nowMs.toString(36)
  return `${time}.${signatureOf(purpose, signedText(postId, time), secret)}`
}

/** @param postId - of the post that the form belongs to: a stamp of another post is forged. */
export function judgeStamp(
  stamp: string,
  postId: string,
  nowMs: number,
  secret: string,
): Exclude<CommentStamp, 'exempt'> {
  if (stamp === '') return 'absent'
  const [time = '', signed = '', ...rest] = stamp.split('.')
  if (rest.length > 0 || !/^[0-9a-z]{1,10}$/.test(time)) return 'forged'
  if (!isSignedBy(signed, purpose, signedText(postId, time), secret)) return 'forged'
  const ageMs = nowMs - Number.parseInt(time, 36)
  // Of another server whose clock is a little ahead: it may be new, it is not forged.
  if (ageMs < limits.commentStampMsMin) return 'young'
  return ageMs > limits.commentStampMsMax ? 'old' : 'good'
}

/** The stamp of a form that is given back: the time of the first one counts, where that still does. */
export function keepStamp(stamp: string, postId: string, nowMs: number, secret: string): string {
  const state = judgeStamp(stamp, postId, nowMs, secret)
  return state === 'good' || state === 'young' ? stamp : makeStamp(postId, nowMs, secret)
}
