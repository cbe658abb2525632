/**
 * What becomes of a comment: traps first, then the service, by one table (README.md of this room).
 *
 *     honeypot ─▶ spam, nobody is asked
 *     discard ──▶ thrown away, counted      (of an edit: spam)
 *     spam ─────▶ spam
 *     ham ──────▶ approved where the stamp is good, else held
 *     unknown ──▶ held
 *
 * Invariant: what nobody could judge is held, never waved through. In log-only mode all that the
 * service says is written down, and held.
 */

import type { CheckRecord, CommentStamp, CommentTraps } from '../../buckets/comments/schema.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock } from '../kernel/ports.ts'
import type { Blog, CommentInput } from '../store/blog.ts'
import type { SpamCheck, Verdict } from './spam-check.ts'

export interface CommentSender {
  readonly postId: string
  /** Public address of the post. */
  readonly permalink: string
  /** As far as it may be believed; whole, not its group. */
  readonly address: string
  readonly userAgent: string
  readonly referrer: string
  readonly traps: CommentTraps
  /** The text of a comment that is there already was changed. */
  readonly isEdit?: boolean
}

export interface Judgement {
  /** `discard`: nothing is stored, the sender is thanked like everybody; it has been counted. */
  readonly verdict: CheckRecord['would']
  /** For `comments.add` and `comments.edit`. */
  readonly check: CheckRecord
}

export interface SpamJudge {
  /** Never throws. Takes as long as `akismetCheckMs` at most. */
  judge(input: CommentInput, sender: CommentSender): Promise<Judgement>
}

export interface JudgeOptions {
  readonly check: SpamCheck
  /** `log`: ask, and write down what would have been done. */
  readonly mode: 'act' | 'log'
  readonly clock: Clock
  readonly blog: { readonly comments: Pick<Blog['comments'], 'discard'> }
  /** For metrics: the service was asked. */
  readonly onAsked: (said: Verdict['kind'], tookMs: number) => void
}

/** Stamps of a form that was filled in by somebody who took their time, or of a way in without forms. */
const trusted: ReadonlySet<CommentStamp> = new Set(['good', 'exempt'])

export function createSpamJudge(options: JudgeOptions): SpamJudge {
  const { check, mode, clock, blog, onAsked } = options

  const ask = async (input: CommentInput, sender: CommentSender): Promise<Verdict> => {
    if (sender.traps.honeypot) return { kind: 'unknown', reason: 'a hidden field was filled in' }
    if (check.state() === 'unset') return check.check(submissionOf(input, sender, clock.nowMs()))
    const beganMs = clock.monotonicMs()
    const verdict = await check.check(submissionOf(input, sender, clock.nowMs()))
    onAsked(verdict.kind, clock.monotonicMs() - beganMs)
    return verdict
  }

  return {
    async judge(input, sender) {
      const said = await ask(input, sender)
      const would = follows(said, sender)
      const isLogOnly = mode === 'log' && !sender.traps.honeypot
      const verdict = isLogOnly ? 'pending' : would
      if (verdict === 'discard') blog.comments.discard()
      const record: CheckRecord = {
        atMs: clock.nowMs(),
        said: said.kind,
        reason: said.kind === 'unknown' ? said.reason : '',
        would,
        isLogOnly,
        traps: sender.traps,
        permalink: sender.permalink,
        visitor: visitorOf(sender),
      }
      return { verdict, check: record }
    },
  }
}

function follows(said: Verdict, { traps, isEdit }: CommentSender): CheckRecord['would'] {
  if (traps.honeypot) return 'spam'
  switch (said.kind) {
    case 'ham':
      return trusted.has(traps.stamp) ? 'approved' : 'pending'
    case 'spam':
      return 'spam'
    case 'discard':
      // What is there already cannot be thrown away unseen.
      return isEdit === true ? 'spam' : 'discard'
    case 'unknown':
      return 'pending'
  }
}

function submissionOf(input: CommentInput, sender: CommentSender, nowMs: number) {
  return {
    author: input.author,
    email: input.email ?? '',
    url: input.url ?? '',
    body: input.body,
    createdAtMs: nowMs,
    permalink: sender.permalink,
    isEdit: sender.isEdit === true,
    ...visitorOf(sender),
  }
}

/** Whatever was sent as a header, and stored with the comment, is bounded. */
function visitorOf({ address, userAgent, referrer }: CommentSender) {
  const cut = (text: string): string => text.slice(0, limits.visitorCharsMax)
  return { address: cut(address), userAgent: cut(userAgent), referrer: cut(referrer) }
}
