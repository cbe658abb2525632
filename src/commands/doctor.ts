/** `ringpost doctor`: looks at everything a blog stands on, and says what to do where it does not stand. */

import { StoreError } from '../kernel/errors.ts'
import type { KeyAnswer } from '../spam/spam-check.ts'
import { judgeKey } from './checks/akismet.ts'
import { quietLog } from './checks/ask-nodes.ts'
import { dataFolderMode, judgeConfiguration, judgeRuntime } from './checks/configuration.ts'
import { examineStore } from './checks/examine-store.ts'
import { count, showFinding, wrong } from './checks/finding.ts'
import type { Finding } from './checks/finding.ts'
import { CommandError } from './command-error.ts'
import { publicUrl } from './environment.ts'
import { openStore, type StoreRequest } from './open-store.ts'
import { openSpamCheck } from './spam.ts'
import type { Terminal } from './terminal.ts'

export interface DoctorOptions {
  /** One JSON object instead of lines: `{"findings":[{check, state, what, advice?}], "wrong": 0}`. */
  readonly json: boolean
  /** Every object and every listing, however long it takes. */
  readonly all: boolean
}

/** @throws CommandError (1) where something is wrong; each finding is a line on stdout, or two. */
export async function examine(
  request: StoreRequest,
  terminal: Terminal,
  options: DoctorOptions,
): Promise<void> {
  const findings: Finding[] = []
  const report = (finding: Finding): void => {
    findings.push(finding)
    if (!options.json) terminal.print(showFinding(finding))
  }
  const { environment } = request
  report(judgeRuntime(process.versions.node))
  const mode = await dataFolderMode(environment.dataFolder)
  for (const finding of judgeConfiguration(environment, mode)) report(finding)
  if (environment.akismetKey !== undefined) report(judgeKey(await askAkismet(request)))
  await examineOpened(request, options, report)
  const bad = findings.filter(({ state }) => state === 'wrong').length
  if (options.json) terminal.print(JSON.stringify({ findings, wrong: bad }, undefined, 2))
  if (bad > 0) throw new CommandError(`${count(bad, 'finding needs', 'findings need')} a hand`)
}

async function askAkismet({ environment, machine }: StoreRequest): Promise<KeyAnswer> {
  const url = publicUrl(environment, environment.port)
  const check = openSpamCheck(environment, { clock: machine.clock, log: quietLog }, url)
  try {
    return await check.verifyKey()
  } finally {
    check.stop()
  }
}

async function examineOpened(
  request: StoreRequest,
  { all }: DoctorOptions,
  report: (finding: Finding) => void,
): Promise<void> {
  const { environment, machine } = request
  let store
  try {
    store = await openStore({ ...quietly(request), mayStartDown: true })
  } catch (error) {
    if (!(error instanceof StoreError) && !(error instanceof CommandError)) throw error
    report(wrong('nodes', `the store cannot be opened: ${error.message}`, 'see above'))
    return
  }
  try {
    await examineStore(
      {
        site: environment.site,
        clock: machine.clock,
        dice: machine.dice,
        addresses: store.addresses,
        riak: store.riak,
        blog: store.blog,
        isEmbedded: environment.riakNodes === undefined,
        riakAdmin: environment.riakAdmin,
      },
      { isQuick: false, isWhole: all },
      report,
    )
  } finally {
    await store.close()
  }
}

/** What the log would say of nodes and values is told as findings, unless the log was asked for. */
function quietly(request: StoreRequest): StoreRequest {
  if (request.environment.logLevel !== undefined) return request
  return { ...request, machine: { ...request.machine, log: quietLog } }
}
