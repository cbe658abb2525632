/** The spam check of a server, and the worker that tells Akismet of decisions: from the environment. */

import { createAkismetCheck } from '../spam/akismet-check.ts'
import { openAkismetCalls } from '../spam/akismet-calls.ts'
import { createReportWorker } from '../spam/report-worker.ts'
import { unsetCheck } from '../spam/spam-check.ts'
import type { SpamCheck } from '../spam/spam-check.ts'
import type { SpamReports } from '../store/blog.ts'
import { judgeKey } from './checks/akismet.ts'
import { showFinding } from './checks/finding.ts'
import type { Environment } from './environment.ts'
import type { Machine } from './machine.ts'

export interface RunningSpam {
  /** For `createApp`. */
  readonly use: { readonly check: SpamCheck; readonly mode: 'act' | 'log' }
  /** Idempotent. */
  stop(): Promise<void>
}

/** @param url - public address of the blog. */
export function openSpamCheck(
  { akismetKey: key, akismetUrl }: Environment,
  { clock, log }: Pick<Machine, 'clock' | 'log'>,
  url: string,
): SpamCheck {
  if (key === undefined) return unsetCheck
  const calls = openAkismetCalls({ key, blog: `${url}/`, url: akismetUrl, clock })
  return createAkismetCheck({ calls, clock, log })
}

export function startSpam(options: {
  readonly environment: Environment
  readonly machine: Machine
  readonly reports: SpamReports
  readonly url: string
  /** A sentence for the terminal. */
  readonly tell: (text: string) => void
}): RunningSpam {
  const { environment, machine, reports, url, tell } = options
  const { clock, dice, log } = machine
  const check = openSpamCheck(environment, machine, url)
  const worker = createReportWorker({ reports, check, clock, dice, log })
  worker.start()
  if (check.state() !== 'unset') void tellOfKey(check, tell)
  return {
    use: { check, mode: environment.akismetMode },
    async stop() {
      check.stop()
      await worker.stop()
    },
  }
}

/** In the background: a wrong key is better known before the first comment. */
async function tellOfKey(check: SpamCheck, tell: (text: string) => void): Promise<void> {
  const finding = judgeKey(await check.verifyKey())
  if (finding.state === 'wrong') tell(showFinding(finding))
}
