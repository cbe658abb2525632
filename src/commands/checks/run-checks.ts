/**
 * Runs checks side by side, each within its time, and tells what they found in the order of the list.
 *
 * Invariant: a check that fails, or never ends, is a finding of its own and hides no other.
 */

import { StoreError } from '../../kernel/errors.ts'
import type { StoreErrorCode } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import { within } from '../../store/within.ts'
import type { Check, Subject } from './check.ts'
import { inOneLine, note, wrong } from './finding.ts'
import type { Finding } from './finding.ts'

export async function runChecks(
  checks: readonly Check[],
  subject: Subject,
  report: (finding: Finding) => void,
): Promise<void> {
  const running = checks.map((check) => inTime(check, subject))
  // All are awaited, in order: what the second has found waits for the first.
  for (const findings of running) for (const finding of await findings) report(finding)
}

async function inTime(check: Check, subject: Subject): Promise<readonly Finding[]> {
  const work = check.run(subject).catch((error: unknown) => failed(check, error))
  if (subject.isWhole) return work
  // What is no error of operation ends the program (`failed`), whoever still waits.
  const waited = await within(subject.clock, limits.checkMs, work, throwLater)
  return waited.kind === 'done' ? waited.value : [late(check)]
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}

function late({ name }: Check): Finding {
  const seconds = Math.round(limits.checkMs / 1_000)
  const what = `${name}: no answer within ${seconds} s`
  return wrong(name, what, 'see what is said of the nodes; ask again when they answer')
}

/** @throws whatever is no error of operation. */
function failed({ name }: Check, error: unknown): readonly Finding[] {
  if (!(error instanceof StoreError)) throw error
  // Said once, by the check of the types, with what to do.
  if (error.code === 'BLOG_NO_BUCKET_TYPE') return []
  if (error.code === 'BLOG_UNSETTLED') {
    const what = `${name}: nothing can be said while "not found" proves nothing`
    const why =
      'a node is away or came back lately (ask again in five minutes), or the cluster is slow to say'
    return [note(name, what, why)]
  }
  if (error.code === 'BLOG_NO_INDEXES') {
    return [note(name, `${name}: nothing can be said without secondary indexes`)]
  }
  return [wrong(name, `${name}: ${inOneLine(error.message)}`, adviceFor(error))]
}

const advices: Partial<Record<StoreErrorCode, string>> = {
  BLOG_UNREADABLE_VALUE:
    'ringpost index rebuild, where it is a listing; else a newer version of this program wrote it',
}

function adviceFor({ code }: StoreError): string {
  return advices[code] ?? 'see what is said of the nodes'
}
