/** `cluster/*.sh` on the embedded node, through each form of RIAK_ADMIN. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { roomTypes, roomTypesForRiakAdmin } from '../../buckets/rooms.ts'
import { addEmbeddedAdmin, ownCommands } from '../support/cluster-scripts.ts'
import type { OwnCommands } from '../support/cluster-scripts.ts'
import { freeBasePort, freshFolder, riakAdmin, run, until } from '../support/program.ts'
import type { Run } from '../support/program.ts'

const forms = [
  'riak admin',
  'riak-admin',
  'docker exec riak1 riak admin',
  'docker exec -i riak1 riak-admin',
  'ssh riak1 riak admin',
  'ssh riak1 riak-admin',
  `${process.execPath} ${riakAdmin}`,
] as const
const types = roomTypesForRiakAdmin()
  .map(({ type, json }) => `${type} ${json}\n`)
  .join('')

let folder: ReturnType<typeof freshFolder>
let node: Run
let own: OwnCommands
let data: Readonly<Record<string, string>>

beforeAll(async () => {
  folder = freshFolder('cluster-scripts')
  data = { RINGPOST_DATA: `${folder.path}/data` }
  own = ownCommands(folder.path)
  addEmbeddedAdmin(own)
  const base = await freeBasePort()
  node = run(['riak', 'start', '--base-port', String(base)], data)
  await until('the node is up', 60_000, () => node.stdout().includes(`127.0.0.1:${base + 17}`))
})

afterAll(async () => {
  await node.kill('SIGINT')
  folder.remove()
})

const through = (form: string): Record<string, string> => ({ ...data, RIAK_ADMIN: form })

test.each(forms)(
  'a new type is created and activated, and is as it must be the second time (RIAK_ADMIN="%s")',
  (form) => {
    const name = `of_form_${forms.indexOf(form)}`
    const input = `${name} {"props":{"allow_mult":true,"n_val":3,"datatype":"counter"}}\n`
    expect(own.run('bucket-types', through(form), { input })).toEqual({
      code: 0,
      stdout: `${name} was created and activated\n`,
      stderr: '',
    })
    expect(own.run('bucket-types', through(form), { input })).toEqual({
      code: 0,
      stdout: `${name} is active, as it must be\n`,
      stderr: '',
    })
  },
)

test('all types that the node was made with are as they must be', () => {
  const { code, stdout, stderr } = own.run('bucket-types', through('riak admin'), { input: types })
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(stdout.trim().split('\n')).toEqual(
    roomTypes.map(({ type }) => `${type} is active, as it must be`),
  )
})

test.each(['docker exec riak1 riak admin', 'ssh riak1 riak-admin'])(
  'a difference is told with the command that mends it, which works when pasted (RIAK_ADMIN="%s")',
  (form) => {
    const other = 'drafts {"props":{"n_val":3,"basic_quorum":true}}\n'
    const told = own.run('bucket-types', through(form), { input: other })
    expect(told.code).toBe(1)
    expect(told.stderr).toContain('drafts: basic_quorum is false, must be true\n')
    expect(own.run('bucket-types', through(form), { input: other }).stderr).toBe(told.stderr)
    const command = /to change it: (.*)$/m.exec(told.stderr)?.[1] ?? ''
    const pasted = own.run('bucket-types', through(own.add('pasted', command)), { input: other })
    expect(pasted.stderr).toContain('drafts updated')
    expect(own.run('bucket-types', through(form), { input: other }).code).toBe(0)
    const input = types.replace(/^(?!drafts ).*\n/gm, '')
    const back = own.run('bucket-types', through(form), { args: ['--apply'], input })
    expect(back.stdout).toBe('drafts was changed: {"props":{"basic_quorum":false}}\n')
    expect(back.code).toBe(0)
  },
)

test('health.sh says healthy, wait-settled.sh settled, install-module.sh that nothing is to be done', () => {
  const health = own.run('health', through('ssh riak1 riak-admin'))
  expect(health.stdout).toMatch(/dev1@127\.0\.0\.1: Ringpost, .*eleveldb_backend.*\nhealthy\n$/)
  expect(health.code).toBe(0)
  const settled = own.run('wait-settled', { ...through('riak-admin'), RIAK_LOOK_S: '0' })
  expect(settled).toMatchObject({ code: 0, stderr: '' })
  expect(settled.stdout).toMatch(/^settled after \d+ s\n$/)
  const installed = own.run('install-module', through('docker exec riak1 riak-admin'))
  expect(installed).toMatchObject({ code: 0, stderr: '' })
  expect(installed.stdout).toContain('has the module built in')
})

describe('called wrongly', () => {
  test('no types on standard input: exit 1, and the command that makes them', () => {
    const { code, stderr } = own.run('bucket-types', { ...data, RIAK_ADMIN: 'riak-admin' })
    expect(code).toBe(1)
    expect(stderr).toContain('ringpost riak bucket-types | cluster/bucket-types.sh')
  })

  test('properties that Riak refuses: exit 1 with its reason', () => {
    const input = 'bad {"props":{"n_val":0}}\n'
    const { code, stderr } = own.run(
      'bucket-types',
      { ...data, RIAK_ADMIN: 'riak-admin' },
      { input },
    )
    expect(code).toBe(1)
    expect(stderr).toContain('n_val must be an integer')
  })

  test.each(['bucket-types', 'health', 'install-module', 'wait-settled'] as const)(
    '%s.sh: --help explains it and ends with 0, an unknown option ends with 2',
    (script) => {
      const help = own.run(script, data, { args: ['--help'] })
      expect(help.code).toBe(0)
      expect(help.stdout).toContain(`cluster/${script}.sh`)
      expect(help.stdout).not.toContain('set -eu')
      expect(own.run(script, data, { args: ['--wrong'] }).code).toBe(2)
    },
  )

  test('a seconds setting that is no number ends with 2', () => {
    const { code, stderr } = own.run('health', { ...data, RIAK_TIMEOUT_S: 'soon' })
    expect([code, stderr]).toEqual([2, expect.stringContaining('RIAK_TIMEOUT_S')])
  })
})
