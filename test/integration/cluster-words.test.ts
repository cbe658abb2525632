/** `cluster/*.sh` on what a real riak-admin said, also where it failed, hung, or said nothing. */

import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addFakeAdmin, ownCommands } from '../support/cluster-scripts.ts'
import type { Answers, OwnCommands } from '../support/cluster-scripts.ts'
import { capturesFolder, hasCaptures } from '../support/pb-captures.ts'
import { freshFolder } from '../support/program.ts'

if (!hasCaptures) console.log('skipped: no captures of a real riak-admin beside this project')

const captured = (name: string): string =>
  readFileSync(new URL(`${name}.out`, capturesFolder), 'utf8')
const listed = 'default (active)\nok\n'
const sib = 'sib {"props":{"n_val":3,"allow_mult":true}}\n'

let folder: ReturnType<typeof freshFolder>
let own: OwnCommands
beforeEach(() => {
  folder = freshFolder('cluster-words')
  own = ownCommands(folder.path)
})
afterEach(() => {
  folder.remove()
})

const env = { RIAK_ADMIN: 'riak-admin', RIAK_WAIT_S: '1' }

describe('how riak-admin is asked', () => {
  test.each([
    ['riak admin', '1'],
    ['riak-admin', '1'],
    ['docker exec riak1 riak admin', '1'],
    ['docker exec -i riak riak-admin', '1'],
    ['ssh riak1 riak admin', '1'],
    ['env USE_NODETOOL=yes riak admin', 'yes'],
  ])('USE_NODETOOL reaches the node\u2019s own script (RIAK_ADMIN="%s")', (form, set) => {
    const admin = addFakeAdmin(own, { 'bucket-type list': listed })
    own.run('wait-settled', { ...env, RIAK_ADMIN: form, RIAK_WAIT_S: '0' })
    expect(admin.asked()[0]).toBe(`${set} cluster status`)
  })

  test('no answer at all is an error, though the exit code is 0', () => {
    addFakeAdmin(own, {})
    const { code, stderr } = own.run('bucket-types', env, { input: sib })
    expect([code, stderr]).toEqual([1, expect.stringContaining('no answer, exit code 0')])
  })

  test('an answer that does not come is an error after RIAK_TIMEOUT_S', () => {
    own.add('riak-admin', 'echo "default (active)"\nexec sleep 60\n')
    const { code, stderr } = own.run('health', { ...env, RIAK_TIMEOUT_S: '1' })
    expect([code, stderr]).toEqual([1, expect.stringContaining('no answer within 1 s')])
  })

  test('a node whose scripts drop all text (erl_call) is told how to print it', () => {
    addFakeAdmin(own, { 'bucket-type list': 'ok\n' })
    const { code, stderr } = own.run('bucket-types', env, { input: sib })
    expect([code, stderr]).toEqual([1, expect.stringContaining('USE_NODETOOL=1')])
  })

  test('a command that is not there is named with what the shell says of it', () => {
    const { code, stderr } = own.run('health', { ...env, RIAK_ADMIN: 'no-such-riak-admin' })
    expect([code, stderr]).toEqual([1, expect.stringContaining("RIAK_ADMIN='no-such-riak-admin'")])
  })

  test.skipIf(!hasCaptures)('a node that is down is named as such', () => {
    addFakeAdmin(own, { 'bucket-type list': captured('admin-down/06-down-node-ping') })
    const { code, stderr } = own.run('health', env)
    expect([code, stderr]).toEqual([1, expect.stringContaining('is not running: start it')])
  })
})

describe.skipIf(!hasCaptures)('bucket-types.sh', () => {
  const single = (name: string): string => captured(`admin-single/${name}`)
  const types = (answers: Answers, input = sib, ...args: readonly string[]) => {
    const admin = addFakeAdmin(own, { 'bucket-type list': listed, ...answers })
    return { ...own.run('bucket-types', env, { input, args }), asked: admin.asked() }
  }
  const create = 'bucket-type create sib {"props":{"n_val":3,"allow_mult":true}}'

  test('a type that is missing is created, and activated when every member knows it', () => {
    const { code, stdout, stderr } = types({
      'bucket-type status sib': 'sib is not an existing bucket type\n{error,undefined}\n',
      [create]: single('bt-create-sib'),
      'bucket-type activate sib': [
        'sib has been created but cannot be activated yet\n{error,not_ready}\n',
        single('bt-activate-sib'),
      ],
    })
    expect([code, stdout, stderr]).toEqual([0, 'sib was created and activated\n', ''])
  })

  test('a type that was created earlier, and never activated, is activated with our properties', () => {
    const { code, stdout, asked } = types({
      'bucket-type status sib': single('bt-status-sib-created'),
      [create]: single('bt-create-sib-again'),
      'bucket-type activate sib': single('bt-activate-sib'),
    })
    expect([code, stdout]).toEqual([0, 'sib was there, and is activated now\n'])
    expect(asked).toContain(`1 ${create}`)
  })

  test('a type that not all members hear of in time: exit 1, and where to look', () => {
    const { code, stderr } = types({
      'bucket-type status sib': 'sib is not an existing bucket type\n{error,undefined}\n',
      [create]: single('bt-create-sib'),
      'bucket-type activate sib':
        'sib has been created but cannot be activated yet\n{error,not_ready}\n',
    })
    expect([code, stderr]).toEqual([1, expect.stringContaining('cluster/health.sh')])
  })

  test('an error that ends with exit code 0 ends the script with 1, in Riak\u2019s words', () => {
    const { code, stderr } = types({
      'bucket-type status sib': 'sib is not an existing bucket type\n{error,undefined}\n',
      [create]: single('bt-create-badprop'),
    })
    expect([code, stderr]).toEqual([1, expect.stringContaining('n_val must be an integer')])
  })

  test('quotes lost on the way are told from properties that Riak refuses', () => {
    const { code, stderr } = types({
      'bucket-type status sib': 'sib is not an existing bucket type\n{error,undefined}\n',
      [create]: single('bt-create-badjson'),
    })
    expect([code, stderr]).toEqual([1, expect.stringContaining('RIAK_ADMIN_SECOND_SHELL')])
  })

  test('differences are named and nothing is changed: neither what may be nor n_val', () => {
    const input = 'sib {"props":{"n_val":3,"allow_mult":true,"dvv_enabled":false,"r":2}}\n'
    const { code, stdout, stderr, asked } = types(
      { 'bucket-type status sib': single('bt-status-sib-nval2') },
      input,
    )
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('sib: n_val is 2, must be 3\n  not to be changed')
    expect(stderr).toContain('sib: dvv_enabled is true, must be false\n')
    expect(stderr).toContain('sib: r is quorum, must be 2\n')
    expect(stderr).toContain(
      `riak-admin bucket-type update sib '{"props":{"dvv_enabled":false,"r":2}}'\n`,
    )
    expect(asked).toEqual(['1 bucket-type list', '1 bucket-type status sib'])
  })

  test('--apply changes what may be changed, and still ends with 1 for the rest', () => {
    const input = 'sib {"props":{"n_val":3,"dvv_enabled":false}}\n'
    const status = single('bt-status-sib-nval2')
    const { code, stdout, stderr, asked } = types(
      {
        'bucket-type status sib': [
          status,
          status.replace('dvv_enabled: true', 'dvv_enabled: false'),
        ],
        'bucket-type update sib {"props":{"dvv_enabled":false}}': single('bt-update-sib'),
      },
      input,
      '--apply',
    )
    expect([code, stdout]).toEqual([1, 'sib was changed: {"props":{"dvv_enabled":false}}\n'])
    expect(stderr).toContain('sib: n_val is 2, must be 3\n')
    expect(asked.filter((line) => line.includes('update'))).toHaveLength(1)
  })

  test('a data type of another kind cannot be changed, and is not asked for', () => {
    const input = 'maps {"props":{"datatype":"counter"}}\n'
    const status = { 'bucket-type status maps': single('bt-status-maps') }
    const { code, stderr, asked } = types(status, input, '--apply')
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('maps: datatype is map, must be counter'),
    ])
    expect(asked).toHaveLength(2)
  })
})

describe.skipIf(!hasCaptures)('health.sh and wait-settled.sh', () => {
  const healthy: Answers = hasCaptures
    ? {
        'bucket-type list': listed,
        'cluster status': captured('admin-cluster/18-cluster-status'),
        ringready: captured('admin-cluster/14-ringready'),
        transfers: captured('admin-cluster/17-transfers'),
        services: captured('admin-cluster/22-services'),
        status: captured('admin-cluster/21-status'),
      }
    : {}
  const health = (
    answers: Answers,
    form = 'riak-admin',
    evaluate = '',
    more: Readonly<Record<string, string>> = {},
  ) => {
    addFakeAdmin(own, { ...healthy, ...answers }, evaluate)
    return own.run('health', { ...env, ...more, RIAK_ADMIN: form })
  }

  test('a healthy cluster of three: exit 0, and the disk that its node uses most', () => {
    const { code, stdout } = health({})
    expect(code, stdout).toBe(0)
    expect(stdout).toContain('members: 3\n')
    expect(stdout).toContain('leveled_backend, disk 31 % full')
  })

  test('a dead node, which member-status and the ring call valid, is found and named', () => {
    const { code, stdout } = health({
      'cluster status': captured('admin-down/04-cluster-status'),
      ringready: captured('admin-down/03-ringready'),
      transfers: captured('admin-down/05-transfers'),
    })
    expect(code).toBe(1)
    expect(stdout).toContain('! dev3@127.0.0.1 does not answer. Start it')
    expect(stdout).toContain("'dev2@127.0.0.1' waiting to handoff 3 partitions")
  })

  test.each([
    ['marked as down', { 'cluster status': 'admin-down/10b-cluster-status-down' }, 'is marked as'],
    [
      'to join, not committed',
      { 'cluster status': 'admin-cluster/05-cluster-status-staged' },
      'cluster plan',
    ],
    [
      'partitions are moving',
      { 'cluster status': 'admin-cluster/13-cluster-status-during' },
      'to own 34.4 %',
    ],
    [
      'a cluster with locations',
      { 'cluster status': 'admin-membership/217-cluster-status' },
      '! dev2@127.0.0.1 is to own 32.8 %',
    ],
    ['parts of a node start', { transfers: 'admin-down/11-transfers-after' }, 'does not have 21'],
    ['copies are waiting', { transfers: 'admin-down/15-transfers-later' }, 'handoff 43 partitions'],
  ])('%s: found, and wait-settled.sh waits', (_, changed, said) => {
    const answers = Object.fromEntries(
      Object.entries(changed).map(([words, name]) => [words, captured(name)]),
    )
    const { code, stdout } = health(answers)
    expect([code, stdout]).toEqual([1, expect.stringContaining(said)])
    const waited = own.run('wait-settled', { ...env, RIAK_WAIT_S: '0', RIAK_LOOK_S: '0' })
    expect(waited.code).toBe(1)
    expect(waited.stderr).toContain('not settled after')
  })

  test('wait-settled.sh wants three quiet looks in a row, and says what it waits for', () => {
    const { transfers = '' } = healthy
    const admin = addFakeAdmin(own, {
      ...healthy,
      transfers: [transfers, captured('admin-down/11-transfers-after'), transfers].flat(),
    })
    const { code, stdout } = own.run('wait-settled', {
      ...env,
      RIAK_WAIT_S: '60',
      RIAK_LOOK_S: '0',
    })
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^waiting: 'dev3@127\.0\.0\.1' does not have 21 .*\nsettled after \d+ s\n$/,
    )
    expect(admin.asked().filter((line) => line.endsWith(' transfers'))).toHaveLength(5)
  })

  test.each([
    [
      'storage_backend : riak_kv_leveled_backend',
      'storage_backend : riak_kv_bitcask_backend',
      'no secondary indexes',
    ],
    [/node_get_fsm_siblings_100 : \d+/, 'node_get_fsm_siblings_100 : 50', '50 siblings'],
    [/node_get_fsm_objsize_100 : \d+/, 'node_get_fsm_objsize_100 : 3000000', '3000000 bytes'],
    ['{"/",264212084,31}', '{"/",264212084,93}', 'is 93 % full'],
  ])('status with %s changed is found', (from, to, said) => {
    const status = String(healthy['status'])
    expect(status).toMatch(from)
    const { code, stdout } = health({ status: status.replace(from, to) })
    expect([code, stdout]).toEqual([1, expect.stringContaining(said)])
  })

  test('each member is asked on 3.x: clock, version, services and anti-entropy of one are found', () => {
    const lines = [
      'dev1@h version 3.2.3', 'dev1@h services [riak_kv]', 'dev1@h aae tictac', 'dev1@h clock 3',
      'dev2@h version 3.4.0', 'dev2@h services [riak_pipe]', 'dev2@h aae none', 'dev2@h clock -600000',
      'dev3@h failed timeout',
    ] // prettier-ignore
    const evaluate = `cat <<'EOF'\n${lines.map((line) => `node ${line}\n`).join('')}done\nEOF`
    const { code, stdout } = health({}, 'riak admin', evaluate)
    expect(code).toBe(1)
    const found = stdout.split('\n').filter((line) => line.startsWith('! '))
    expect(found).toEqual([
      expect.stringContaining('dev2@h runs no riak_kv'),
      expect.stringContaining('dev2@h: its clock is -600000 ms off'),
      expect.stringContaining('dev2@h repairs nothing'),
      expect.stringContaining('dev3@h could not be asked: timeout'),
      expect.stringContaining('different versions'),
    ])
  })

  test('an answer that is none of the known ones is a finding, never health', () => {
    const { code, stdout } = health({
      'cluster status': 'error\n',
      ringready: '',
      transfers: 'ok\n',
    })
    expect(code).toBe(1)
    expect(stdout.match(/^! /gm)).toHaveLength(3)
  })
})
