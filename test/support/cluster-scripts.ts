/** The shell scripts of `cluster/`, run as an operator runs them, and the commands they meet. */

import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ringpost, riakAdmin } from './program.ts'

export type ClusterScript = 'bucket-types' | 'health' | 'install-module' | 'wait-settled'

export interface ScriptRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export const clusterFolder: string = fileURLToPath(new URL('../../cluster/', import.meta.url))

/** Commands of a test's own, found before those of the machine. */
export interface OwnCommands {
  readonly folder: string
  /** Runs `cluster/NAME.sh` with these commands and this environment; nothing else is set. */
  readonly run: (
    script: ClusterScript,
    env: Readonly<Record<string, string>>,
    options?: { readonly args?: readonly string[]; readonly input?: string },
  ) => ScriptRun
  /** Runs what is typed, in the project's folder. */
  readonly shell: (typed: string, env: Readonly<Record<string, string>>) => ScriptRun
  /** Puts a shell script under this name. */
  readonly add: (name: string, text: string) => string
}

export function ownCommands(folder: string): OwnCommands {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  const call = (args: readonly string[], env: Readonly<Record<string, string>>, input: string) => {
    const { status, stdout, stderr } = spawnSync('sh', args, {
      cwd: join(clusterFolder, '..'),
      encoding: 'utf8',
      input,
      // Longer than anything here takes: a command that waits for ever is a failure, not a hang.
      timeout: 100_000,
      env: { PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`, ...env },
    })
    return { code: status, stdout, stderr }
  }
  const own: OwnCommands = {
    folder,
    run: (script, env, { args = [], input = '' } = {}) =>
      call([join(clusterFolder, `${script}.sh`), ...args], env, input),
    shell: (typed, env) => call(['-c', typed], env, ''),
    add: (name, text) => {
      const path = join(bin, name)
      writeFileSync(path, `#!/bin/sh\n${text}`)
      chmodSync(path, 0o755)
      return path
    },
  }
  addDocker(own)
  addSsh(own)
  return own
}

/** As `docker exec [-it] CONTAINER WORDS…`: the words as they are, in an environment of its own. */
function addDocker(own: OwnCommands): void {
  own.add('docker', 'shift\ncase $1 in -*) shift ;; esac\nshift\nunset USE_NODETOOL\nexec "$@"\n')
}

/** As `ssh HOST WORDS…`: the words joined by spaces, read once more by a shell over there. */
function addSsh(own: OwnCommands): void {
  own.add('ssh', 'shift\nunset USE_NODETOOL\nexec sh -c "$*"\n')
}

/** `riak-admin` and `riak admin` of the embedded node, and `npx ringpost`. */
export function addEmbeddedAdmin(own: OwnCommands): void {
  const call = `exec '${process.execPath}' '${riakAdmin}' "$@"\n`
  own.add('riak-admin', call)
  own.add('riak', `[ "$1" = admin ] || { echo "riak: no command $1" && exit 1; }\nshift\n${call}`)
  // As npx does, without its second of start-up.
  own.add('npx', `shift\nexec '${process.execPath}' '${ringpost}' "$@"\n`)
}

/** Which words are answered by what; of several texts each is said once, the last one ever after. */
export type Answers = Readonly<Record<string, string | readonly string[]>>

export interface FakeAdmin {
  /** What it was asked, a line each: USE_NODETOOL or `-`, then the words. */
  readonly asked: () => readonly string[]
}

/** `riak-admin` and `riak admin` that know only these answers, print nothing else, and always exit 0. */
export function addFakeAdmin(own: OwnCommands, answers: Answers, evaluate = ''): FakeAdmin {
  const folder = join(own.folder, 'answers')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  for (const [words, texts] of Object.entries(answers)) {
    const name = join(folder, words.replaceAll(/[ /]/g, '_'))
    for (const [at, text] of [texts].flat().entries()) writeFileSync(`${name}.${at}`, text)
  }
  const log = join(own.folder, 'asked')
  writeFileSync(log, '')
  own.add(
    'riak-admin',
    [
      `echo "\${USE_NODETOOL:--} $*" >>'${log}'`,
      `name='${folder}/'$(printf '%s' "$*" | tr ' /' '__')`,
      'told=$(cat "$name.told" 2>/dev/null || echo 0)',
      '[ ! -e "$name.$told" ] || cat "$name.$told"',
      '[ ! -e "$name.$((told + 1))" ] || echo $((told + 1)) >"$name.told"',
      'exit 0\n',
    ].join('\n'),
  )
  own.add(
    'riak',
    `case $1 in\n  admin) shift; exec riak-admin "$@" ;;\n  eval) ${evaluate}\n  ;;\nesac\n`,
  )
  return { asked: () => readFileSync(log, 'utf8').split('\n').slice(0, -1) }
}
