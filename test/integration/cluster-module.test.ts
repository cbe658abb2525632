/** `cluster/install-module.sh`: its Erlang run by a real virtual machine, its judgement on what nodes say. */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addFakeAdmin, clusterFolder, ownCommands } from '../support/cluster-scripts.ts'
import type { OwnCommands, ScriptRun } from '../support/cluster-scripts.ts'
import { whyNoErlang } from '../support/erlang-jobs.ts'
import { freshFolder } from '../support/program.ts'

if (whyNoErlang !== undefined) console.log(`skipped: ${whyNoErlang}`)

const otp25 = { status: 'sys_system_version : <<"Erlang/OTP 25 [erts-13.1.5] [source]">>\nok\n' }
const listed = { 'bucket-type list': 'default (active)\nok\n' }

let folder: ReturnType<typeof freshFolder>
let own: OwnCommands
beforeEach(() => {
  folder = freshFolder('cluster-module')
  own = ownCommands(folder.path)
})
afterEach(() => {
  folder.remove()
})

describe.skipIf(whyNoErlang !== undefined)('on an Erlang node', () => {
  const data = (): string => join(folder.path, 'node/data')
  const config = (): string => join(folder.path, 'node/etc/advanced.config')

  beforeEach(() => {
    const code = join(folder.path, 'code')
    for (const path of [code, data(), join(folder.path, 'node/etc')]) {
      mkdirSync(path, { recursive: true })
    }
    const fake = fileURLToPath(new URL('../support/erlang/fake_riak.erl', import.meta.url))
    execFileSync('erlc', ['-o', code, fake])
    // Riak's names of what the expressions call: thin, so that the fake stays one file.
    for (const [name, calls] of [
      ['riak_core_ring_manager', ['get_my_ring/0']],
      ['riak_core_ring', ['all_member_status/1']],
      ['riak_kv_mrc_pipe', ['mapred/3']],
    ] as const) {
      const text = calls.map((call) => {
        const [fun = '', arity = ''] = call.split('/')
        const args = ['A', 'B', 'C'].slice(0, Number(arity)).join(', ')
        return `${fun}(${args}) -> fake_riak:${fun}(${args}).\n`
      })
      const source = join(code, `${name}.erl`)
      writeFileSync(source, `-module(${name}).\n-export([${calls.join(', ')}]).\n${text.join('')}`)
      execFileSync('erlc', ['-o', code, source])
    }
    const evaluate =
      `EXPRESSION="$2" NODE_FOLDER='${join(folder.path, 'node')}' ` +
      `exec erl -noshell -noinput -pa '${code}' -run fake_riak main`
    addFakeAdmin(own, { ...listed, ...otp25 }, evaluate)
  })

  const install = (env: Readonly<Record<string, string>> = {}, ...args: readonly string[]) =>
    own.run('install-module', { RIAK_ADMIN: 'ssh riak1 riak admin', ...env }, { args })

  test('it is compiled, loaded and run; the lines that keep it are told, and then it is kept', () => {
    expect(install({}, '--check')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nonode@nohost: has no module ringpost_mapreduce') as string,
    })
    expect(existsSync(join(data(), 'ringpost'))).toBe(false)

    const first = install()
    expect(first.code, first.stderr).toBe(0)
    expect(first.stdout).toMatch(
      /^nonode@nohost: installed \(module [0-9a-f]{12} in .*, OTP \d+\)$/m,
    )
    expect(first.stdout).toContain('A job with it ran on the whole cluster.')
    expect(existsSync(join(data(), 'ringpost/ringpost_mapreduce.beam'))).toBe(true)
    expect(first.stderr).toContain(`a restart would lose it. In ${config()}`)

    const told = /\{riak_kv, .*\}/.exec(first.stderr)?.[0] ?? ''
    writeFileSync(config(), `[${told}].\n`)
    const checked = install({}, '--check')
    expect(checked.stderr).toBe('')
    expect(checked.stdout).toContain('nonode@nohost: has it')
    expect(checked.code).toBe(0)
  })

  test('another version is told by --check, and replaced', () => {
    const folderOfIt = join(folder.path, 'modules')
    writeFileSync(config(), `[{riak_kv, [{add_paths, ["${folderOfIt}"]}]}].\n`)
    const other = join(folder.path, 'other.erl')
    const source = join(clusterFolder, '../mapreduce/ringpost_mapreduce.erl')
    writeFileSync(other, `${readFileSync(source, 'utf8')}\n%% older\n`)
    expect(install({ RINGPOST_MODULE: other }).stdout).toContain(`in ${folderOfIt}, OTP`)
    const checked = install({}, '--check')
    expect([checked.code, checked.stdout]).toEqual([1, ''])
    expect(checked.stderr).toContain('has another version')
    expect(install().stdout).toContain('another version was replaced')
    expect(install({}, '--check').code).toBe(0)
  })

  test('a source that does not compile is not installed, and the compiler is heard', () => {
    const broken = join(folder.path, 'broken.erl')
    writeFileSync(broken, '-module(ringpost_mapreduce).\n-export([x/0]).\n')
    const { code, stderr } = install({ RINGPOST_MODULE: broken })
    expect([code, stderr]).toEqual([1, expect.stringMatching(/compile.*undefined_function/)])
  })

  test('a folder that cannot be made is named', () => {
    writeFileSync(join(folder.path, 'file'), '')
    const path = join(folder.path, 'file/ringpost')
    const { code, stderr } = install({ RINGPOST_MODULE_DIR: path })
    expect(code).toBe(1)
    expect(stderr).toContain(`{make_folder,"${path}"}`)
  })

  test('a member that is down: the others get it, and the script ends with 1', () => {
    const { code, stdout, stderr } = install({ MEMBERS: 'dev2@127.0.0.1' })
    expect(code).toBe(1)
    expect(stdout).toContain('nonode@nohost: installed')
    expect(stderr).toContain('dev2@127.0.0.1 (valid): does not answer; run this again')
  })
})

describe('what nodes may say', () => {
  /** @param state - of node `n@h`, and what follows it. */
  const installed = (state: string, more = '', job = 'job 256 rows'): ScriptRun => {
    const evaluate = [
      `case $2 in`,
      `*'"member '*) echo 'member n@h valid up' ;;`,
      `*'"job '*) echo '${job}' ;;`,
      `*) printf '%s\\n' 'state n@h ${state}' 'at ${'a'.repeat(64)} /lib/x' 'erlang 25' ${more} ;;`,
      `esac`,
    ].join('\n')
    addFakeAdmin(own, { ...listed, ...otp25 }, evaluate)
    return own.run('install-module', { RIAK_ADMIN: 'riak admin' })
  }
  const kept = `'mode interactive' 'kept true /etc/riak/advanced.config'`

  test('kept, and found by a job: nothing is left to do', () => {
    expect(installed('has', kept)).toEqual({
      code: 0,
      stdout:
        'n@h: has it (module aaaaaaaaaaaa in /lib/x, OTP 25)\nA job with it ran on the whole cluster.\n',
      stderr: '',
    })
  })

  test('embedded mode, in which add_paths loads nothing after a restart, is warned of', () => {
    const { code, stderr } = installed('installed', `'mode embedded' 'kept true /etc/x'`)
    expect([code, stderr]).toEqual([0, expect.stringContaining('CODE_LOADING_MODE=interactive')])
  })

  test.each([
    ['{{write,"/lib/x"},{error,eacces}}', 'Riak may not write to /lib/x'],
    ['old_jobs_still_run', 'run this again when they are done'],
    ['timeout', 'n@h: timeout'],
  ])('%s: exit 1, in words', (state, said) => {
    const { code, stderr } = installed(state, kept)
    expect([code, stderr]).toEqual([1, expect.stringContaining(said)])
  })

  test('a job that some node cannot run: exit 1 with what it said', () => {
    const { code, stderr } = installed('has', kept, 'job failed: {error,x}')
    expect([code, stderr]).toEqual([1, expect.stringContaining('failed: {error,x}')])
  })

  test('Riak 2.x needs no module: said so, exit 0', () => {
    const status = 'sys_system_version : <<"Erlang R16B02_basho10 (erts-5.10.3) [source]">>\nok\n'
    addFakeAdmin(own, { ...listed, status })
    expect(own.run('install-module', { RIAK_ADMIN: 'riak-admin' })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('JavaScript') as string,
    })
  })

  test('a riak-admin with no riak beside it is told from one that fails', () => {
    addFakeAdmin(own, { ...listed, ...otp25 })
    const { code, stderr } = own.run('install-module', {
      RIAK_ADMIN: own.add('wrapped', 'exec riak-admin "$@"'),
    })
    expect(code).toBe(1)
    expect(stderr).toContain("does not end in 'riak admin' or 'riak-admin'")
  })
})
