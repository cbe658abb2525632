/** Spam checks that say what a test wants, and what they were asked. */

import type {
  CheckState,
  ReportAnswer,
  SpamCheck,
  Submission,
  Verdict,
} from '../../src/spam/spam-check.ts'

export interface ScriptedCheck extends SpamCheck {
  verdict: Verdict
  answer: ReportAnswer
  is: CheckState
  /** `check`, `spam` or `ham` with what was sent, in order. */
  readonly asked: { readonly call: 'check' | 'spam' | 'ham'; readonly of: Submission }[]
}

export function scriptedCheck(): ScriptedCheck {
  const scripted: ScriptedCheck = {
    verdict: { kind: 'ham' },
    answer: 'accepted',
    is: 'well',
    asked: [],
    async check(of) {
      scripted.asked.push({ call: 'check', of })
      return scripted.verdict
    },
    async report(call, of) {
      scripted.asked.push({ call, of })
      return scripted.answer
    },
    verifyKey: async () => ({ kind: 'valid' }),
    state: () => scripted.is,
    stop: () => undefined,
  }
  return scripted
}
