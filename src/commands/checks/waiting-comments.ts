/** What waits: comments for a moderator, and decisions that Akismet is to be told of. */

import type { BoundedCount } from '../../store/blog.ts'
import type { Check } from './check.ts'
import { count, note, ok } from './finding.ts'
import type { Finding } from './finding.ts'

export interface WaitingFacts {
  readonly held: BoundedCount
  readonly reports: BoundedCount
}

export const waitingCommentsCheck: Check = {
  name: 'comments',
  isQuick: false,
  run: async ({ blog }) => {
    const [held, reports] = await Promise.all([
      blog.comments.queueCount('pending'),
      blog.reports.waiting(),
    ])
    return judgeWaiting({ held, reports })
  },
}

export function judgeWaiting({ held, reports }: WaitingFacts): readonly Finding[] {
  const waiting =
    held.count === 0
      ? ok('comments', 'no comment waits for a moderator')
      : ok('comments', `${some(held, 'comment waits', 'comments wait')} for a moderator`)
  if (reports.count === 0) return [waiting]
  const what = `${some(reports, 'decision waits', 'decisions wait')} to be told to Akismet`
  const advice =
    'a server with AKISMET_KEY tells them by and by, and again where it did not get through'
  return [waiting, note('comments', what, advice)]
}

function some({ count: number, isMore }: BoundedCount, one: string, many: string): string {
  return isMore ? `more than ${number} ${many}` : count(number, one, many)
}
