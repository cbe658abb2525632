/** Stops and starts nodes of the cluster by the commands that were given for it. */

import { spawn } from 'node:child_process'
import { until } from '../support/program.ts'
import type { LiveCluster } from './cluster.ts'
import { connectTo } from './connection.ts'

/** Longer than a slow node takes to write out what it holds. */
const commandMsMax = 180_000

/**
 * Runs a command as `sh -c COMMAND sh ARGS…` to its end, without our own RIAK_NODES: the embedded
 * riak-admin would take the cluster for another's.
 */
export function shell(
  command: string,
  args: readonly string[] = [],
  options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): Promise<{ readonly code: number | null; readonly output: string }> {
  const env = { ...process.env }
  delete env['RIAK_NODES']
  const child = spawn('sh', ['-c', command, 'sh', ...args], {
    env: { ...env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: commandMsMax,
  })
  // A command that reads nothing may be gone before it is written to.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    // Not `close`: a node that it started may keep the pipes.
    child.on('exit', (code) => {
      child.stdout.destroy()
      child.stderr.destroy()
      resolve({ code, output })
    })
  })
}

export interface Power {
  /** Resolves when the command has ended; the node may have been gone before. */
  stop(node: number): Promise<void>
  start(node: number): Promise<void>
  /** Resolves when the node itself answers a read that needs all its replicas' nodes. */
  isUp(node: number, withinMs: number): Promise<void>
}

/** @param nodes - counted from 0, unlike in the commands. */
export function powerOf({ nodes, power }: LiveCluster): Power {
  if (typeof power === 'string') throw new Error(power)
  const run = async (command: string, node: number): Promise<void> => {
    const { code, output } = await shell(command, [String(node + 1), nodes[node] ?? ''])
    if (code !== 0) throw new Error(`${command} ended with ${code}: ${output}`)
  }
  return {
    stop: (node) => run(power.stop, node),
    start: (node) => run(power.start, node),
    isUp: async (node, withinMs) => {
      await until(`${nodes[node] ?? ''} answers`, withinMs, async () => {
        const riak = await connectTo(nodes.slice(node, node + 1))
        try {
          await riak.get({ type: 'posts', bucket: 'nosuch', key: 'nosuch' }, { timeoutMs: 2_000 })
        } finally {
          await riak.stop()
        }
        return true
      })
    },
  }
}
