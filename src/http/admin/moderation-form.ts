/**
 * What a moderator asked for, read from the form around the list:
 *
 *     one=approved ID.SEEN            a button beside a comment
 *     all=spam  pick[]=ID.SEEN …      a button of the bar, for the ticked ones
 *     all=spam  every-above  shown=…  the same for all that the page showed
 *     undo=SEALED                     takes the last decision back (`moderation-outcome.ts`)
 */

import { limits } from '../../kernel/limits.ts'
import type { CommentPick, CommentStatus, QueuedComment } from '../../store/blog.ts'
import { WebError } from '../problem.ts'
import { isStatus } from './moderation-words.ts'

/** Which list, searched for what, from where on: the place that a decision comes back to. */
export interface QueueView {
  readonly status: CommentStatus
  readonly find: string
  readonly cursor: string | undefined
}

export interface Asked {
  readonly to: CommentStatus
  /** None: nothing was ticked. */
  readonly picks: readonly CommentPick[]
}

export const queuePath = '/admin/comments'

/** @param get - a field of the form, or of the address. */
export function readView(get: (name: string) => string | null | undefined): QueueView {
  const status = get('status') ?? 'pending'
  if (!isStatus(status)) {
    throw new WebError('BLOG_BAD_PARAMETER', 'status is pending, spam, approved or deleted.')
  }
  const find = (get('find') ?? '').trim().slice(0, limits.queueFindCharsMax)
  const cursor = get('cursor') ?? ''
  return { status, find, cursor: cursor === '' ? undefined : cursor }
}

export function viewPath(
  { status, find, cursor }: QueueView,
  more: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams()
  if (status !== 'pending') query.set('status', status)
  if (find !== '') query.set('find', find)
  if (cursor !== undefined) query.set('cursor', cursor)
  for (const [name, value] of Object.entries(more)) query.set(name, value)
  return query.size === 0 ? queuePath : `${queuePath}?${query.toString()}`
}

/** A comment and the text that was shown of it, as a form field. */
export function pickText({ id, seen }: Pick<QueuedComment, 'id' | 'seen'>): string {
  return `${id}.${seen}`
}

/** @throws WebError BLOG_BAD_PARAMETER for what no form of ours sends. */
export function readAsked(form: URLSearchParams, view: QueueView): Asked {
  const one = form.get('one')
  if (one !== null) {
    const [to = '', pick = ''] = one.split(' ')
    return { to: statusOf(to), picks: readPicks([pick], view) }
  }
  // Either bar's box will do: whoever ticks the upper one may press a button of the lower one.
  const isEvery = form.has('every-above') || form.has('every-below')
  const texts = isEvery ? (form.get('shown') ?? '').match(/\S+/g) : form.getAll('pick[]')
  return { to: statusOf(form.get('all') ?? ''), picks: readPicks(texts ?? [], view) }
}

function statusOf(text: string): CommentStatus {
  if (isStatus(text)) return text
  throw new WebError('BLOG_BAD_PARAMETER', 'Say what shall become of the comments.')
}

function readPicks(texts: readonly string[], { status }: QueueView): readonly CommentPick[] {
  const seenOf = new Map<string, string>()
  for (const text of texts) {
    const [id = '', seen = ''] = text.split('.')
    if (id === '' || seen === '') {
      throw new WebError('BLOG_BAD_PARAMETER', 'A comment is named by its id and its text.')
    }
    seenOf.set(id, seen)
  }
  if (seenOf.size > limits.queuePicksMax) {
    throw new WebError('BLOG_BAD_PARAMETER', `At most ${limits.queuePicksMax} comments at once.`)
  }
  return [...seenOf].map(([id, seen]) => ({ id, seen, was: status }))
}
