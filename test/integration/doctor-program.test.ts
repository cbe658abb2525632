/** `ringpost doctor` and the start of `ringpost serve`, as a person meets them at the terminal. */
import { chmodSync, mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openClusterNode } from '../support/cluster-node.ts'
import { freePort, runToEnd, serve, stage, until } from '../support/program.ts'

const { env, remember } = stage('doctor')
const secret = { SESSION_SECRET: 'thirty-two characters of a secret' }

/** Accepts, and never says a word: a process that hangs, a network that drops. */
async function openSilence(): Promise<string> {
  const server = createServer((socket) => {
    onTestFinished(() => void socket.destroy())
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => void server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

interface Report {
  readonly findings: readonly { readonly check: string; readonly state: string }[]
  readonly wrong: number
}

describe('ringpost doctor', () => {
  test('on a fresh folder nothing is wrong; --json says it for programs, and --all looks at everything', async () => {
    const told = await runToEnd(['doctor', '--json', '--all'], env())
    expect(told.code, told.output).toBe(0)
    const report = JSON.parse(told.stdout) as Report
    expect(report.wrong).toBe(0)
    expect(report.findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['runtime', 'nodes', 'bucket-types', 'jobs', 'siblings', 'listings']),
    )
  })

  test('on a dead cluster, one node of which hangs, it names each within half a minute and exits 1', async () => {
    const [closed, silent] = [`127.0.0.1:${await freePort()}`, await openSilence()]
    const startedMs = performance.now()
    const told = await runToEnd(['doctor'], {
      ...env(),
      ...secret,
      RIAK_NODES: `${closed},${silent},nowhere.invalid:8087`,
      // Unset: as an operator has it.
      LOG_LEVEL: '',
    })
    expect(performance.now() - startedMs).toBeLessThan(30_000)
    expect(told.code).toBe(1)
    expect(told.stdout).toMatch(new RegExp(`^wrong {2}node ${closed} .*ECONNREFUSED`, 'm'))
    expect(told.stdout).toMatch(
      new RegExp(`^wrong {2}node ${silent} does not answer: no answer`, 'm'),
    )
    expect(told.stdout).toMatch(/^wrong {2}node nowhere\.invalid:8087 .*(ENOTFOUND|EAI_AGAIN)/m)
    expect(told.output).toContain('ringpost: 3 findings need a hand')
    // What the log would say is said once, in words.
    expect(told.output).not.toContain('"level"')
  })

  test('RIAK_ADMIN is the command that it advises', async () => {
    const node = await openClusterNode({ props: { posts: { allow_mult: false } } })
    const told = await runToEnd(['doctor'], {
      ...env(),
      ...secret,
      RIAK_NODES: node,
      RIAK_ADMIN: 'docker exec riak1 riak admin',
    })
    expect(told.code).toBe(1)
    expect(told.stdout).toContain(
      `docker exec riak1 riak admin bucket-type update posts '{"props":{"allow_mult":true}}'`,
    )
  })
})

describe('ringpost serve', () => {
  test('on a cluster tells what needs a hand, and serves meanwhile', async () => {
    const node = await openClusterNode({ without: ['drafts'] })
    const server = remember(await serve({ ...env(), ...secret, RIAK_NODES: node }))
    expect((await fetch(server.url)).status).toBe(200)
    await until('it is told', 60_000, () =>
      server.output().includes('wrong  bucket type drafts does not exist, or is not active'),
    )
    expect(server.output()).toContain('cluster/bucket-types.sh')
    expect(await server.kill('SIGTERM')).toBe(0)
  })

  test('with its own node tells of a data folder that others can look into', async () => {
    const folder = env()['RINGPOST_DATA'] ?? ''
    mkdirSync(folder)
    chmodSync(folder, 0o755)
    const server = remember(await serve(env()))
    await until('it is told', 60_000, () => server.output().includes(`chmod 700 ${folder}`))
    expect(await server.kill('SIGTERM')).toBe(0)
  })
})
