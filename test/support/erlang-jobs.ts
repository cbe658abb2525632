/** The Erlang module, compiled and called for a test; Riak's own `riak_object` has a stand-in. */

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Json, MapName, MappedObject } from '../../mapreduce/ringpost-mapreduce.ts'
import { toldOf } from './mapreduce-cases.ts'

const sources = [
  '../../mapreduce/ringpost_mapreduce.erl',
  './erlang/riak_object.erl',
  './erlang/run_jobs.erl',
].map((path) => fileURLToPath(new URL(path, import.meta.url)))

/** Undefined: all is there. */
export const whyNoErlang: string | undefined = missingPart()

function missingPart(): string | undefined {
  const needed =
    'io:format("~p", [[M || M <- [mochijson2, crypto], code:which(M) =:= non_existing]]), halt().'
  const asked = spawnSync('erl', ['-noshell', '-noinput', '-eval', needed], { encoding: 'utf8' })
  if (asked.error !== undefined) return 'no Erlang on this machine (erlang-base)'
  if (spawnSync('erlc', ['-h']).error !== undefined) return 'no erlc on this machine (erlang-base)'
  if (asked.stdout === '[]') return undefined
  return `Erlang lacks ${asked.stdout} (erlang-mochiweb, erlang-crypto)`
}

export type ErlangQuestion =
  | {
      readonly function: MapName
      readonly object: MappedObject
      readonly told?: { keyData?: Json; arg?: Json }
    }
  | { readonly function: 'reduce_rows'; readonly values: readonly Json[] }

export interface ErlangJobs {
  /** One run of the virtual machine for all. @returns what each call gave: rows, or `{failed}`. */
  readonly ask: (questions: readonly ErlangQuestion[]) => readonly Json[]
  readonly close: () => void
}

/** @throws where it does not compile without a warning. */
export function compileErlang(): ErlangJobs {
  const folder = mkdtempSync(join(tmpdir(), 'ringpost-erlang-'))
  execFileSync('erlc', ['-Wall', '-Werror', '-o', folder, ...sources])
  return {
    ask: (questions) => {
      const [asked, answered] = [join(folder, 'asked'), join(folder, 'answered')]
      writeFileSync(asked, questions.map((question) => `${questionJson(question)}\n`).join(''))
      execFileSync('erl', [
        ...['-noshell', '-noinput', '-pa', folder],
        ...['-run', 'run_jobs', 'main', asked, answered],
      ])
      const lines = readFileSync(answered, 'utf8').trimEnd().split('\n')
      return lines.map((line) => JSON.parse(line) as Json)
    },
    close: () => {
      rmSync(folder, { recursive: true })
    },
  }
}

function questionJson(question: ErlangQuestion): string {
  if (question.function === 'reduce_rows') return JSON.stringify(question)
  const { type, bucket, key, values } = question.object
  const stored = values?.map(({ value, isTombstone }) => ({
    base64: Buffer.from(value).toString('base64'),
    isTombstone,
  }))
  const object = { type, bucket, key, values: stored ?? null }
  return JSON.stringify({
    function: question.function,
    object,
    ...(question.told ?? toldOf(question.object)),
  })
}
