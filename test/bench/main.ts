/**
 * `npm run bench`: what the program does in a second, beside its floor in the same run.
 *
 *     npm run bench                                  all names, as a table
 *     npm run --silent bench -- --json               exactly one line of JSON on standard output
 *     npm run bench -- --only riak.get --seconds 3   names that begin so, rounds of 3 s
 *     npm run bench -- --only load --minutes 10      the whole blog under load, for so long
 *
 * Exit code 0: all was measured; 1: a part failed (the others are shown); 2: called wrongly.
 */

import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { jobsPart } from './jobs-part.ts'
import { loadPart } from './load-part.ts'
import { describeMachine } from './machine.ts'
import { mergePart } from './merge-part.ts'
import { pagesPart } from './pages-part.ts'
import type { Context, Part } from './part.ts'
import { buildIfOld, root } from './program.ts'
import { type Shown, showJson, showTable } from './report.ts'
import { riakPart } from './riak-part.ts'
import { searchPart } from './search-part.ts'

const parts: readonly Part[] = [riakPart, mergePart, pagesPart, jobsPart, searchPart, loadPart]
const names = parts.flatMap((part) => part.names)

interface Settings {
  readonly isJson: boolean
  readonly only: readonly string[]
  readonly seconds: number
  readonly rounds: number
  readonly loadSeconds: number
  readonly profileFolder: string | undefined
}

/** @throws Error in words, for a call that cannot be carried out. */
function readArguments(args: string[]): Settings {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      seconds: { type: 'string', default: '1.5' },
      rounds: { type: 'string', default: '3' },
      minutes: { type: 'string', default: '0.5' },
      'cpu-prof': { type: 'string' },
    },
  })
  const only = values.only.flatMap((text) => text.split(','))
  const unknown = only.find((prefix) => !names.some((name) => name.startsWith(prefix)))
  if (unknown !== undefined) {
    throw new Error(`--only ${unknown} is the beginning of no name; there are ${names.join(', ')}`)
  }
  const folder = values['cpu-prof']
  return {
    isJson: values.json,
    only,
    seconds: positive('--seconds', values.seconds),
    rounds: Math.ceil(positive('--rounds', values.rounds)),
    loadSeconds: 60 * positive('--minutes', values.minutes),
    profileFolder: folder === undefined ? undefined : resolve(folder),
  }
}

function positive(option: string, text: string): number {
  const number = Number(text)
  if (number > 0 && number <= 600) return number
  throw new Error(`${option} ${text}: expected a number above 0, at most 600`)
}

/** Runs one part and clears away behind it. @returns whether it ended well. */
async function runPart(part: Part, context: Omit<Context, 'cleanUp'>): Promise<boolean> {
  const steps: (() => Promise<void> | void)[] = []
  let isWell = true
  const attempt = async (work: () => Promise<void> | void): Promise<void> => {
    try {
      await work()
    } catch (error) {
      isWell = false
      context.tell(`FAILED: ${error instanceof Error ? (error.stack ?? error.message) : error}`)
    }
  }
  const clear = async (): Promise<void> => {
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) await attempt(step)
  }
  const stopEarly = (): void => {
    void clear().then(() => process.exit(1))
  }
  process.once('SIGINT', stopEarly).once('SIGTERM', stopEarly)
  await attempt(() => part.run({ ...context, cleanUp: (step) => steps.push(step) }))
  await clear()
  process.off('SIGINT', stopEarly).off('SIGTERM', stopEarly)
  return isWell
}

async function main(): Promise<number> {
  const tell = (text: string): void => {
    process.stderr.write(`${text}\n`)
  }
  let settings: Settings
  try {
    settings = readArguments(process.argv.slice(2))
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error))
    return 2
  }
  const { isJson, only, profileFolder } = settings
  buildIfOld(tell)
  if (profileFolder !== undefined) mkdirSync(profileFolder, { recursive: true })
  const results: Shown[] = []
  const wants = (name: string): boolean =>
    only.length === 0 || only.some((prefix) => name.startsWith(prefix))
  const done = (result: Shown): void => {
    results.push(result)
  }
  let isWell = true
  for (const part of parts.filter((each) => each.names.some(wants))) {
    isWell = (await runPart(part, { ...settings, wants, tell, done })) && isWell
  }
  const inOrder = names.flatMap((name) => results.filter((result) => result.name === name))
  process.stdout.write(
    isJson ? `${showJson(inOrder)}\n` : `${describeMachine(root)}\n\n${showTable(inOrder)}\n`,
  )
  return isWell ? 0 : 1
}

process.exitCode = await main()
