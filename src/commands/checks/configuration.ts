/** The program's own environment: its runtime, its variables, its folder. */

import { stat } from 'node:fs/promises'
import type { Environment } from '../environment.ts'
import { judgeKey } from './akismet.ts'
import { note, ok, wrong } from './finding.ts'
import type { Finding } from './finding.ts'

const oldestRuntime = 20
const endOfLifeRuntime = 20

/** @param version - e.g. `20.19.4`. */
export function judgeRuntime(version: string): Finding {
  const major = Number(version.split('.', 1)[0])
  const what = `Node.js ${version}`
  if (major < oldestRuntime) {
    return wrong('runtime', `${what} is too old`, `install Node.js ${oldestRuntime} or later`)
  }
  if (major === endOfLifeRuntime) {
    return note('runtime', `${what} is past its end of life`, 'plan for Node.js 22 or 24')
  }
  return ok('runtime', what)
}

/** @returns the mode bits of the data folder; undefined where there is none yet. */
export async function dataFolderMode(folder: string): Promise<number | undefined> {
  const facts = await stat(folder).catch(() => undefined)
  return facts?.mode
}

/** @param folderMode - of RINGPOST_DATA. */
export function judgeConfiguration(
  environment: Environment,
  folderMode: number | undefined,
): readonly Finding[] {
  return [
    ...judgeSecrets(environment),
    ...judgeFolder(environment, folderMode),
    ...judgeAddress(environment),
    ...judgeComments(environment),
  ]
}

function judgeSecrets({ riakNodes, sessionSecret }: Environment): readonly Finding[] {
  if (riakNodes === undefined || sessionSecret !== undefined) return []
  return [
    wrong(
      'configuration',
      'SESSION_SECRET is not set: with RIAK_NODES a server does not start without it',
      'the same on every server: SESSION_SECRET=$(openssl rand -hex 32), kept with the other secrets',
    ),
  ]
}

function judgeFolder({ dataFolder }: Environment, mode: number | undefined): readonly Finding[] {
  // Made at the first start, closed to others.
  if (mode === undefined) return []
  if ((mode & 0o007) === 0) return [ok('configuration', `data folder ${dataFolder}`)]
  return [
    wrong(
      'configuration',
      `others on this machine can look into the data folder ${dataFolder}`,
      `chmod 700 ${dataFolder}`,
    ),
  ]
}

function judgeAddress({ url, host, trustProxy }: Environment): readonly Finding[] {
  const findings: Finding[] = []
  const isLoopback = /^(?:127\.|::1$|localhost$)/.test(host)
  if (url === undefined) {
    findings.push(
      note(
        'configuration',
        'RINGPOST_URL is not set: links, feeds and the sitemap begin with this machine’s own address',
        'RINGPOST_URL=https://blog.example, as readers reach it',
      ),
    )
  } else findings.push(ok('configuration', `links begin with ${url}`))
  if (!isLoopback && trustProxy > 0) {
    findings.push(
      note(
        'configuration',
        `TRUST_PROXY is ${trustProxy} and HOST is ${host}: who reaches the port directly may claim any address`,
        'let only the proxy reach the port (HOST=127.0.0.1, or a firewall)',
      ),
    )
  }
  if (isLoopback && trustProxy === 0 && url?.startsWith('https:') === true) {
    findings.push(
      note(
        'configuration',
        'RINGPOST_URL is https, so a proxy is in front, but TRUST_PROXY is 0: all visitors share one rate limit',
        'TRUST_PROXY=1 (the number of proxies), if each sets X-Forwarded-For',
      ),
    )
  }
  return findings
}

function judgeComments({ akismetKey, akismetMode }: Environment): readonly Finding[] {
  if (akismetKey === undefined) return [judgeKey({ kind: 'unset' })]
  if (akismetMode === 'act') return []
  return [
    note(
      'akismet',
      'AKISMET_MODE is log: what Akismet says is written down, and every comment is held',
      'AKISMET_MODE=act (or unset), once what it would have done is what you would have',
    ),
  ]
}
