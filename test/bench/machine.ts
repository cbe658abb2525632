/** What the figures were measured on. */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'

/** Two lines: processor, cores, memory and Node; the commit, and whether files differ from it. */
export function describeMachine(root: string): string {
  const processors = cpus()
  const model = processors[0]?.model.trim().replace(/\s+/g, ' ') ?? 'unknown processor'
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`
  const system = `${process.platform} ${process.arch}`
  return [
    `${model}, ${processors.length} cores, ${memory}, ${system}, Node ${process.version}`,
    `commit ${commitOf(root)}`,
  ].join('\n')
}

function commitOf(root: string): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    const commit = git('rev-parse', '--short=12', 'HEAD').trim()
    const changed = git('status', '--porcelain', '--untracked-files=no').trim()
    return changed === '' ? commit : `${commit} with changes`
  } catch {
    return 'unknown (no git checkout)'
  }
}

/** Linux counts CPU time in hundredths of a second, whatever its own ticks are. */
const ticksPerSecond = 100

/** CPU time of a process so far, user and system, ms; undefined where /proc does not tell. */
export function cpuMs(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold spaces: fields are counted after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = Number(fields[11]) + Number(fields[12])
    return Number.isFinite(ticks) ? (ticks * 1_000) / ticksPerSecond : undefined
  } catch {
    return undefined
  }
}
