/**
 * Where a comment stands among those of its status: the terms of its index `queue_bin`.
 *
 *     pending / 8638311459199999 / 01HZ…      status, time counted backwards, comment id
 *
 * Ascending terms are the newest comments first, so that Riak's own order is the order of the queue, and a
 * place in it is a text that stays a place whatever is decided meanwhile. The time is that of the first
 * save: an edit moves a comment to another status, never within one.
 */

import { timeMsMax } from '../hybrid-clock.ts'
import { effectiveStatus } from './merge.ts'
import type { CommentStatus, CommentValue } from './schema.ts'

export const queueField = 'queue_bin'

const digits = String(timeMsMax).length

/** Unlike any other comment's, and none begins another. */
export function queueTerm(value: CommentValue): string {
  const backwards = String(timeMsMax - value.createdAtMs).padStart(digits, '0')
  return `${effectiveStatus(value)}/${backwards}/${value.id}`
}

/** @param after - a term of this status: only what stands behind it. */
export function queueRange(
  status: CommentStatus,
  after?: string,
): { readonly from: string; readonly to: string } {
  // `0` is the character behind `/`: no term of this status is beyond, none of another below.
  return { from: after === undefined ? `${status}/` : `${after}/`, to: `${status}0` }
}

/** All of every status. */
export const wholeQueue: { readonly from: string; readonly to: string } = { from: 'a', to: 'z' }

/** Whether some comment of this status could stand there. */
export function isQueuePlace(status: CommentStatus, text: string): boolean {
  return (
    text.startsWith(`${status}/`) &&
    /^\d{16}\/[0-7][0-9A-Z]{25}$/.test(text.slice(status.length + 1))
  )
}
