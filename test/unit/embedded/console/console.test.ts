import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { runConsole } from '../../../../src/embedded/console/console.ts'
import type { ConsoleNode } from '../../../../src/embedded/console/console.ts'
import {
  validateProps,
  newTypeProps,
  defaultTypeProps,
  sortedProps,
} from '../../../../src/embedded/ring/bucket-props.ts'
import type { BucketPropsMap } from '../../../../src/embedded/ring/bucket-props.ts'
import type { BucketTypes, BucketTypeStatus } from '../../../../src/embedded/ring/bucket-types.ts'
import { RiakError } from '../../../../src/embedded/requests.ts'
import { fakeRiakNode } from '../../../support/fake-riak-node.ts'

const captures = new URL('../../../../../shared/captures/admin-single/', import.meta.url)
const isCaptured = existsSync(captures)
if (!isCaptured) console.log('skipped: no captures of a real riak-admin beside this project')

const captured = (name: string): string => readFileSync(new URL(`${name}.out`, captures), 'utf8')

/** Bucket types in memory, with the life cycle and the validation of the real ones. */
function memoryTypes(): BucketTypes {
  const types = new Map<string, BucketPropsMap>()
  const status = (type: string): BucketTypeStatus => {
    if (type === 'default') return { kind: 'active', props: defaultTypeProps }
    const props = types.get(type)
    if (props === undefined) return { kind: 'undefined' }
    return { kind: props.get('active') === true ? 'active' : 'ready', props }
  }
  return {
    status,
    list: () => [
      { type: 'default', active: true },
      ...[...types].map(([type, props]) => ({ type, active: props.get('active') === true })),
    ],
    anyActivated: () => [...types.values()].some((props) => props.get('active') === true),
    create: async (type, props) => {
      if (type === 'default') return { kind: 'refused', reason: 'default_type' }
      if (status(type).kind === 'active') return { kind: 'refused', reason: 'already_active' }
      const checked = validateProps('create', newTypeProps, props)
      if (checked.kind === 'invalid') return checked
      const own = [
        ['active', false],
        ['claimant', 'single@127.0.0.1'],
      ] as const
      types.set(type, new Map([...newTypeProps, ...checked.props, ...own]))
      return { kind: 'done' }
    },
    activate: async (type) => {
      const props = types.get(type)
      if (props === undefined) return { kind: 'refused', reason: 'undefined' }
      types.set(type, new Map([...props, ['active', true]]))
      return { kind: 'done' }
    },
    update: async (type, props) => {
      const before = types.get(type)
      if (type === 'default') return { kind: 'refused', reason: 'default_type' }
      if (before === undefined) return { kind: 'refused', reason: 'undefined' }
      const checked = validateProps('update', before, props)
      if (checked.kind === 'invalid') return checked
      types.set(type, sortedProps([...before, ...checked.props]))
      return { kind: 'done' }
    },
  }
}

function singleNode(overrides: Partial<ConsoleNode> = {}): ConsoleNode {
  return {
    ...fakeRiakNode(),
    name: 'single@127.0.0.1',
    bucketTypes: memoryTypes(),
    ring: () => ({
      size: 64,
      owners: Array.from({ length: 64 }, () => 'single@127.0.0.1'),
      members: ['single@127.0.0.1'],
      claimant: 'single@127.0.0.1',
    }),
    ...overrides,
  }
}

describe.runIf(isCaptured)('text for text what a real riak-admin printed', () => {
  test.each([
    ['usage', [], 1],
    ['nosuchcmd', ['frobnicate'], 1],
    ['bt-usage', ['bucket-type'], 1],
    ['cluster-usage', ['cluster'], 1],
    ['wait-bad', ['wait-for-service'], 1],
    ['wait-for-service-kv', ['wait-for-service', 'riak_kv'], 0],
    ['ringready', ['ringready'], 0],
    ['member-status', ['member-status'], 0],
    ['ring-status', ['ring-status'], 0],
    ['transfers', ['transfers'], 0],
    ['cluster-status', ['cluster', 'status'], 0],
    ['cluster-plan-empty', ['cluster', 'plan'], 0],
    ['cluster-partition-count', ['cluster', 'partition-count'], 0],
    ['test', ['test'], 0],
    ['bt-list', ['bucket-type', 'list'], 0],
    ['bt-status-default', ['bucket-type', 'status', 'default'], 0],
    ['bt-status-nosuch', ['bucket-type', 'status', 'nosuch'], 1],
    ['bt-activate-nosuch', ['bucket-type', 'activate', 'nosuch'], 1],
  ] as const)('%s', async (name, argv, exitCode) => {
    const answer = await runConsole(singleNode(), argv)
    expect(answer).toEqual({ stdout: captured(name), exitCode })
  })

  test('the life of bucket types, in the order of the captures', async () => {
    const node = singleNode()
    const steps = [
      'bt-create-sib',
      'bt-status-sib-created',
      'bt-create-sib-again',
      'bt-activate-sib',
      'bt-status-sib',
      'bt-activate-again',
      'bt-create-badjson',
      'bt-create-badprop',
      'bt-create-badprop2',
      'bt-create-lww',
      'bt-create-lww2',
      'bt-activate-lww2',
      'bt-create-noprops',
      'bt-create-maps',
      'bt-activate-maps',
      'bt-status-maps',
      'bt-update-sib',
      'bt-status-sib-nval2',
      'bt-update-dt',
      'bt-update-back',
    ]
    for (const step of steps) {
      const command = readFileSync(new URL(`${step}.cmd`, captures), 'utf8')
      const argv = command
        .replace(/^riak admin /, '')
        .replace(/ {2}# rc=.*\s*$/, '')
        .split(' ')
      const answer = await runConsole(node, argv)
      expect([step, answer.stdout]).toEqual([step, captured(step)])
      const isError = /^(error|\{error,.*\})$/.test(
        answer.stdout.trimEnd().split('\n').at(-1) ?? '',
      )
      expect([step, answer.exitCode]).toEqual([step, isError ? 1 : 0])
    }
  })
})

describe('riak-admin', () => {
  test('a failure exits 1 and keeps the line error', async () => {
    const answer = await runConsole(singleNode(), ['bucket-type', 'update', 'x', '{"props":{}}'])
    expect(answer).toEqual({
      stdout: 'Error updating bucket type x:\nundefined\nerror\n',
      exitCode: 1,
    })
  })

  test.each([
    ['create', 'Error creating bucket type default:\nalready_active\nerror\n'],
    ['update', 'Error updating bucket type default:\nno_default_update\nerror\n'],
  ])('the default type cannot be the object of %s', async (verb, stdout) => {
    const answer = await runConsole(singleNode(), ['bucket-type', verb, 'default', '{"props":{}}'])
    expect(answer).toEqual({ stdout, exitCode: 1 })
  })

  test('JSON without props says so', async () => {
    const answer = await runConsole(singleNode(), ['bucket-type', 'create', 't', '{"n_val":3}'])
    expect(answer.stdout).toBe('Cannot create bucket type t: no props field found in json\nerror\n')
  })

  test('hooks and functions are printed as Erlang terms', async () => {
    const node = singleNode()
    const props = {
      precommit: [{ mod: 'm', fun: 'f' }, { name: 'js' }],
      linkfun: { mod: 'a', fun: 'B' },
    }
    await runConsole(node, ['bucket-type', 'create', 't', JSON.stringify({ props })])
    const { stdout } = await runConsole(node, ['bucket-type', 'status', 't'])
    expect(stdout).toContain(
      'precommit: [{struct,[{<<"mod">>,<<"m">>},{<<"fun">>,<<"f">>}]},{struct,[{<<"name">>,<<"js">>}]}]\n',
    )
    expect(stdout).toContain("linkfun: {modfun,a,'B'}\n")
  })

  test('status prints each number once, versions last, texts as Riak quotes them', async () => {
    const node = singleNode({
      stats: () => ({
        node_gets: 12,
        nodename: 'single@127.0.0.1',
        riak_kv_version: '3.2.3',
        connected_nodes: [],
        ring_members: ['single@127.0.0.1'],
        ring_ownership: "[{'single@127.0.0.1',64}]",
        storage_backend: 'riak_kv_eleveldb_backend',
      }),
    })
    expect(await runConsole(node, ['status'])).toEqual({
      exitCode: 0,
      stdout: [
        "1-minute stats for 'single@127.0.0.1'",
        '-------------------------------------------',
        'connected_nodes : []',
        'node_gets : 12',
        "nodename : 'single@127.0.0.1'",
        "ring_members : ['single@127.0.0.1']",
        'ring_ownership : <<"[{\'single@127.0.0.1\',64}]">>',
        'storage_backend : riak_kv_eleveldb_backend',
        'riak_kv_version : <<"3.2.3">>',
        '',
        'ok',
        '',
      ].join('\n'),
    })
  })

  test('a ring of three: members by name, shares, the claimant marked', async () => {
    const members = ['dev1@127.0.0.1', 'dev2@127.0.0.1', 'dev3@127.0.0.1']
    const owners = Array.from({ length: 64 }, (_, id) => members[id % 3]!)
    const node = singleNode({ ring: () => ({ size: 64, owners, members, claimant: members[0]! }) })
    expect((await runConsole(node, ['member-status'])).stdout).toContain(
      'valid      34.4%      --      dev1@127.0.0.1\n',
    )
    const { stdout } = await runConsole(node, ['cluster', 'status'])
    expect(stdout).toContain('|        node        |status| avail |ring |pending|\n')
    expect(stdout).toContain('| (C) dev1@127.0.0.1 |valid |  up   | 34.4|  --   |\n')
    expect(stdout).toContain('|     dev3@127.0.0.1 |valid |  up   | 32.8|  --   |\n')
  })

  test('a service that is not up is to be asked for again in 3 s', async () => {
    expect(await runConsole(singleNode(), ['wait-for-service', 'yokozuna'])).toEqual({
      stdout: 'yokozuna is not up: [riak_kv,riak_pipe]\n',
      exitCode: 0,
      retryAfterMs: 3_000,
    })
  })

  test('test fails in words where the node cannot write', async () => {
    const node = singleNode({ put: () => Promise.reject(new RiakError('timeout')) })
    expect(await runConsole(node, ['test'])).toEqual({
      stdout: 'Failed to write test value: timeout\nerror\n',
      exitCode: 1,
    })
  })
})
