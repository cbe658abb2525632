/** Moderation in words: the lists, what can be done in each, why a comment stands where it stands. */

import { ownNames } from '../../kernel/own-names.ts'
import type { CommentStatus, QueuedCheck, QueuedComment } from '../../store/blog.ts'
import { commentDate } from '../dates.ts'

export const statuses: readonly CommentStatus[] = ['pending', 'spam', 'approved', 'deleted']

export function isStatus(text: string): text is CommentStatus {
  return statuses.some((status) => status === text)
}

export const listNames: Readonly<Record<CommentStatus, string>> = {
  pending: 'Waiting',
  spam: 'Spam',
  approved: 'Approved',
  deleted: 'Deleted',
}

/** What an empty list says. */
export const emptyWords: Readonly<Record<CommentStatus, string>> = {
  pending: 'Nothing waits for you.',
  spam: 'No spam is kept here.',
  approved: 'No comment has been approved yet.',
  deleted: 'No comment has been deleted.',
}

export interface Action {
  readonly to: CommentStatus
  readonly label: string
  readonly look: 'strong' | 'danger' | 'plain'
}

/** By the list that a comment stands in; the likeliest first. */
export const actions: Readonly<Record<CommentStatus, readonly Action[]>> = {
  pending: [
    { to: 'approved', label: 'Approve', look: 'strong' },
    { to: 'spam', label: 'Spam', look: 'plain' },
    { to: 'deleted', label: 'Delete', look: 'danger' },
  ],
  spam: [
    { to: 'approved', label: 'Not spam', look: 'strong' },
    { to: 'deleted', label: 'Delete', look: 'danger' },
  ],
  approved: [
    { to: 'pending', label: 'Hold', look: 'plain' },
    { to: 'spam', label: 'Spam', look: 'plain' },
    { to: 'deleted', label: 'Delete', look: 'danger' },
  ],
  deleted: [
    { to: 'approved', label: 'Restore', look: 'strong' },
    { to: 'spam', label: 'Spam', look: 'plain' },
  ],
}

/** "3 comments …" */
export const doneWords: Readonly<Record<CommentStatus, (it: 'it' | 'them') => string>> = {
  approved: (it) => `approved: readers see ${it} now.`,
  pending: (it) => `held: only moderators see ${it} now.`,
  spam: (it) => `marked as spam: readers do not see ${it}.`,
  deleted: (it) => `deleted: readers do not see ${it}.`,
}

const decided: Readonly<Record<CommentStatus, string>> = {
  approved: 'Approved',
  pending: 'Held',
  spam: 'Marked as spam',
  deleted: 'Deleted',
}

function byWhom(by: string): string {
  if (by === ownNames.check) return 'the spam check'
  return by === ownNames.author ? 'its own author' : by
}

/** The last decision of somebody; undefined where nobody has decided. */
export function decisionWords({ decision }: QueuedComment): string | undefined {
  const { status, by, at, isOfThisText } = decision
  if (by === ownNames.server) return undefined
  const words = `${decided[status]} by ${byWhom(by)} on ${commentDate(at)} UTC`
  return isOfThisText
    ? `${words}.`
    : `${words}; then its author changed the text, so it waits again.`
}

const stampWords: Readonly<Record<QueuedCheck['traps']['stamp'], string | undefined>> = {
  good: undefined,
  exempt: undefined,
  young: 'It was sent faster than people write.',
  old: 'Its form had been open for more than a day.',
  absent: 'It came without a time stamp: a browser without scripts, or a robot.',
  forged: 'The time stamp of its form was not one of ours.',
}

const saidWords: Readonly<Record<Exclude<QueuedCheck['said'], 'unknown'>, string>> = {
  ham: 'Akismet says that it is no spam.',
  spam: 'Akismet says that it is spam.',
  discard: 'Akismet says that it is spam beyond doubt.',
}

const wouldWords: Readonly<Record<QueuedCheck['would'], string>> = {
  approved: 'approved',
  pending: 'held',
  spam: 'put among the spam',
  discard: 'thrown away',
}

/** What spoke for or against it when it came. */
export function checkWords({ check }: QueuedComment): readonly string[] {
  if (check === undefined) return ['It was not checked for spam.']
  const { said, reason, would, isLogOnly, traps, isOfThisText } = check
  const stamp = stampWords[traps.stamp]
  return [
    ...(isOfThisText ? [] : ['This was found of an older text:']),
    traps.honeypot
      ? 'A field was filled in that people do not see.'
      : said === 'unknown'
        ? `Not judged by Akismet: ${reason}.`
        : saidWords[said],
    ...(stamp === undefined ? [] : [stamp]),
    ...(isLogOnly ? [`Only logged: it would have been ${wouldWords[would]}.`] : []),
  ]
}

const reportWords: Readonly<
  Record<NonNullable<QueuedComment['report']>['state'], ((what: string) => string) | undefined>
> = {
  due: (what) => `Akismet will be told that it is ${what}.`,
  done: (what) => `Akismet was told that it is ${what}.`,
  'given up': (what) => `Akismet could not be told that it is ${what}.`,
  withdrawn: undefined,
}

export function reportWord({ report }: QueuedComment): string | undefined {
  if (report === undefined) return undefined
  return reportWords[report.state]?.(report.want === 'spam' ? 'spam' : 'no spam')
}
