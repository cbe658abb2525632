/** Whether "not found" may be believed now, by what servers of this blog have seen of late. */

import { limits } from '../../kernel/limits.ts'
import type { Check } from './check.ts'
import { note, ok, wrong } from './finding.ts'
import type { Finding } from './finding.ts'

export interface SettledFacts {
  readonly answers: boolean
  readonly isSettled: boolean
  /** Since a node was last seen to be away, or to come back, by any server; undefined: never. */
  readonly troubleAgeMs: number | undefined
}

export const settledCheck: Check = {
  name: 'settled',
  isQuick: false,
  run: async ({ blog }) => {
    const { answers, isSettled } = await blog.health()
    const { troubleAgeMs } = blog.ring.state()
    return judgeSettled({ answers, isSettled, troubleAgeMs })
  },
}

export function judgeSettled(facts: SettledFacts): readonly Finding[] {
  if (!facts.answers) {
    return [wrong('settled', 'the store does not answer', 'see what is said of the nodes')]
  }
  if (facts.isSettled) return [ok('settled', 'the store answers, and "not found" may be believed')]
  const { troubleAgeMs: ageMs } = facts
  const seen = ageMs === undefined ? '' : ` (last seen ${Math.round(ageMs / 1_000)} s ago)`
  const minutes = limits.unsettledMs / 60_000
  return [
    note(
      'settled',
      `the store answers, but a node is away or came back lately${seen}: "not found" proves nothing yet`,
      `${minutes} minutes after its return this is over by itself`,
    ),
  ]
}
