/** `cluster/README.md`, `docker-compose.yml` and the configuration files: what they tell to type exists. */

import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { clusterUsage, adminUsage } from '../../src/embedded/console/usage.ts'
import { addEmbeddedAdmin, clusterFolder, ownCommands } from '../support/cluster-scripts.ts'
import type { OwnCommands } from '../support/cluster-scripts.ts'
import { whyNoErlang } from '../support/erlang-jobs.ts'
import { freeBasePort, freshFolder, run, runToEnd, until } from '../support/program.ts'
import type { Run } from '../support/program.ts'

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')
const runBook = read('cluster/README.md')
/** What stands between ```sh and ```, as typed. */
const blocks = [...runBook.matchAll(/^( *)```sh\n([^]*?)^ *```$/gm)].map((block) =>
  (block[2] ?? '').replaceAll(new RegExp(`^${block[1] ?? ''}`, 'gm'), ''),
)
const code = [...blocks, ...[...runBook.matchAll(/`([^`\n]+)`/g)].map((found) => found[1] ?? '')]

/** Every match of a pattern in what the run book tells to type, once. */
const typed = (pattern: RegExp): readonly string[] => [
  ...new Set(code.flatMap((text) => [...text.matchAll(pattern)].map((found) => found[1] ?? ''))),
]

const scripts = readdirSync(clusterFolder).filter((name) => name.endsWith('.sh'))
const adminCommands = typed(/\briak admin ([a-z-]+(?: [a-z][a-z_-]+)?)/g)
/** They are about several nodes: an embedded one is alone, and prints how they are called. */
const onlyOfSeveral = [
  'cluster clear',
  'cluster commit',
  'cluster force-remove',
  'cluster force-replace',
  'cluster join',
  'cluster leave',
  'cluster replace',
  'down riak',
  'handoff summary',
  'transfer-limit',
]

describe('the run book', () => {
  test.each(blocks.map((block) => [block.split('\n')[0], block]))(
    'the commands that begin with "%s" can be read by a shell',
    (_, block) => {
      const { status, stderr } = spawnSync('sh', ['-n'], { input: block, encoding: 'utf8' })
      expect([status, stderr]).toEqual([0, ''])
    },
  )

  test('each script that it names is there, and each that is there is named', () => {
    const named = typed(/\b(?:cluster\/)?([a-z-]+\.sh)\b/g)
    expect([...named].sort()).toEqual(scripts)
    for (const option of typed(/\.sh (--[a-z-]+)/g)) {
      const texts = scripts.map((name) => read(`cluster/${name}`))
      expect(
        texts.some((text) => text.includes(`${option}) `)),
        option,
      ).toBe(true)
    }
  })

  test.each(typed(/\bringpost ((?:index|riak|doctor|token|author|serve|import)(?: [a-z-]+)?)/g))(
    'ringpost %s is a command of the program',
    async (command) => {
      const { code: ended, output } = await runToEnd([...command.split(' '), '--help'])
      expect(ended).toBe(0)
      expect(output).toMatch(new RegExp(`^Usage: ringpost ${command}\\b`))
    },
  )

  test('each command of riak admin is one that Riak has', () => {
    const known = new Set(`${adminUsage} ${clusterUsage}`.split(/[\s|<>]+/))
    expect(adminCommands.length).toBeGreaterThan(10)
    for (const command of adminCommands) {
      const [first = '', second] = command.split(' ')
      expect(known, command).toContain(first)
      if (first === 'cluster') expect(clusterUsage, command).toContain(`   ${second} `)
    }
  })
})

describe('on an embedded node', () => {
  let folder: ReturnType<typeof freshFolder>
  let own: OwnCommands
  let node: Run
  let env: Readonly<Record<string, string>>

  beforeAll(async () => {
    folder = freshFolder('run-book')
    env = { RINGPOST_DATA: `${folder.path}/data`, RIAK_ADMIN: 'riak admin', RIAK_LOOK_S: '0' }
    own = ownCommands(folder.path)
    addEmbeddedAdmin(own)
    const base = await freeBasePort()
    node = run(['riak', 'start', '--base-port', String(base)], env)
    await until('the node is up', 60_000, () => node.stdout().includes(`127.0.0.1:${base + 17}`))
  })
  afterAll(async () => {
    await node.kill('SIGINT')
    folder.remove()
  })

  const sh = (command: string): ReturnType<OwnCommands['shell']> => own.shell(command, env)

  test('each riak admin command runs, but for those that need several nodes', () => {
    const failed = adminCommands.filter((command) => sh(`riak admin ${command}`).code !== 0)
    expect(failed.sort()).toEqual(onlyOfSeveral)
  })

  test.each(typed(/^((?:npx ringpost .* \| )?cluster\/[a-z-]+\.sh(?: --check)?)$/gm))(
    '%s ends with 0',
    (command) => {
      const { code: ended, stderr } = sh(command)
      expect([ended, stderr]).toEqual([0, ''])
    },
  )
})

describe('configuration', () => {
  test('riak.conf sets each key once', () => {
    const lines = read('cluster/riak.conf').split('\n')
    const set = lines.filter((line) => line !== '' && !line.startsWith('##'))
    const keys = set.map((line) => /^([a-z_.]+) = \S+$/.exec(line)?.[1])
    expect(keys).not.toContain(undefined)
    expect(new Set(keys).size).toBe(keys.length)
    expect(set).toContain('storage_backend = leveled')
  })

  test.skipIf(whyNoErlang !== undefined)('advanced.config is one Erlang term', () => {
    const consult = `io:format("~0p", [file:consult("${clusterFolder}advanced.config")]), halt().`
    const { stdout } = spawnSync('erl', ['-noshell', '-eval', consult], { encoding: 'utf8' })
    expect(stdout).toBe('{ok,[[{riak_kv,[{add_paths,["/var/lib/riak/ringpost"]}]}]]}')
  })

  test('docker-compose.yml: nodes with indexes and a ring of 64, and a blog that names them all', () => {
    interface Service {
      readonly environment: Readonly<Record<string, string>>
    }
    const text = read('docker-compose.yml')
    const { services } = parse(text, { merge: true }) as {
      readonly services: Readonly<Record<string, Service>>
    }
    const nodes = Object.keys(services).filter((name) => name.startsWith('riak'))
    expect(nodes).toEqual(['riak1', 'riak2', 'riak3'])
    for (const name of nodes) {
      expect(services[name]?.environment).toMatchObject({
        RIAK_STORAGE_BACKEND: 'leveled',
        RIAK_RING_SIZE: '64',
        CODE_LOADING_MODE: 'interactive',
        USE_NODETOOL: '1',
      })
    }
    expect(services['blog']?.environment['RIAK_NODES']).toBe(
      nodes.map((name) => `${name}:8087`).join(','),
    )
    const named = [...text.matchAll(/cluster\/([a-z-]+\.sh)/g)].map((found) => found[1])
    expect(scripts).toEqual(expect.arrayContaining(named))
    expect(nodes.some((name) => text.includes(`exec -T ${name} riak admin`))).toBe(true)
  })
})
