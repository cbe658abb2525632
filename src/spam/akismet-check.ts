/**
 * Akismet as a spam check: its words made verdicts, its failures made `unknown`.
 *
 * Invariants: never throws; no comment waits while it is away, nor for another comment. The log hears
 * once that it is away, back, or does not take the key, and nothing of what was asked.
 */

import { limits } from '../kernel/limits.ts'
import type { Clock, Log } from '../kernel/ports.ts'
import type { AkismetAnswer, AkismetCalls } from './akismet-calls.ts'
import { Breaker } from './breaker.ts'
import type { CheckState, KeyAnswer, ReportAnswer, SpamCheck, Verdict } from './spam-check.ts'

/** Why it was not asked: as it stands in the queue of moderators. */
const reasons: Readonly<Record<Exclude<CheckState, 'well' | 'unset'>, string>> = {
  away: 'Akismet is away',
  refused: 'Akismet does not take the key',
}

type Asked =
  | { readonly kind: 'asked'; readonly answer: AkismetAnswer }
  | { readonly kind: 'not asked'; readonly state: 'away' | 'refused'; readonly why: string }

export function createAkismetCheck({
  calls,
  clock,
  log,
}: {
  readonly calls: AkismetCalls
  readonly clock: Clock
  readonly log: Log
}): SpamCheck {
  const breaker = new Breaker()
  let running = 0
  let alert = ''

  const failed = (why: string): void => {
    if (!breaker.failed(clock.monotonicMs())) return
    log.write('warn', 'Akismet is away: comments are held until it answers', { why })
  }

  const refused = (): void => {
    if (!breaker.refused(clock.monotonicMs())) return
    log.write('error', 'Akismet does not take the key in AKISMET_KEY: every comment is held')
  }

  const succeeded = (): void => {
    if (breaker.succeeded()) log.write('info', 'Akismet answers again')
  }

  /** What an answer says of Akismet itself. @param words - how answers of this call begin. */
  const judge = (answer: AkismetAnswer, words: RegExp): void => {
    if (answer.kind === 'failed') failed(answer.why)
    else if (answer.text === 'invalid') refused()
    else if (words.test(answer.text)) succeeded()
    else failed('its answer makes no sense')
    if (answer.kind === 'failed' || answer.alert === alert) return
    alert = answer.alert
    if (alert === '') return
    log.write('warn', 'Akismet has something to say about your account: see akismet.com/account', {
      alert,
    })
  }

  const ask = async (call: () => Promise<AkismetAnswer>, words: RegExp): Promise<Asked> => {
    if (running >= limits.akismetCallsMax) {
      return { kind: 'not asked', state: 'away', why: 'too many comments at once' }
    }
    const state = breaker.enter(clock.monotonicMs())
    if (state !== 'well') return { kind: 'not asked', state, why: reasons[state] }
    running++
    const answer = await call().finally(() => {
      running--
    })
    judge(answer, words)
    return { kind: 'asked', answer }
  }

  return {
    async check(submission) {
      const asked = await ask(() => calls.checkSpam(submission), /^(?:true|false)$/)
      if (asked.kind === 'not asked') return unknown(asked.why)
      return verdictOf(asked.answer)
    },

    async report(kind, submission) {
      const asked = await ask(() => calls.submit(kind, submission), /^Thanks/)
      if (asked.kind === 'asked') return acceptance(asked.answer)
      return asked.state === 'refused' ? 'refused' : 'later'
    },

    async verifyKey(): Promise<KeyAnswer> {
      const answer = await calls.verifyKey()
      judge(answer, /^valid$/)
      if (answer.kind === 'failed') return { kind: 'unknown', reason: answer.why }
      if (answer.text === 'valid' || answer.text === 'invalid') return { kind: answer.text }
      return { kind: 'unknown', reason: 'its answer makes no sense' }
    },

    state: () => breaker.state(clock.monotonicMs()),

    stop: () => {
      calls.stop()
    },
  }
}

function unknown(reason: string): Verdict {
  return { kind: 'unknown', reason }
}

function verdictOf(answer: AkismetAnswer): Verdict {
  if (answer.kind === 'failed') return unknown(answer.why)
  switch (answer.text) {
    case 'true':
      return { kind: answer.isDiscard ? 'discard' : 'spam' }
    case 'false':
      return { kind: 'ham' }
    case 'invalid':
      return unknown(reasons.refused)
    default:
      return unknown('Akismet’s answer makes no sense')
  }
}

function acceptance(answer: AkismetAnswer): ReportAnswer {
  if (answer.kind === 'failed') return 'later'
  if (answer.text === 'invalid') return 'refused'
  return answer.text.startsWith('Thanks') ? 'accepted' : 'later'
}
