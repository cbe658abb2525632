/**
 * `npm run test:defences`: takes each defence away, and each promise of the page cache, in copies of the tree,
 * and sees that its test falls. Prints the table of what holds. Exit 1 where one is missed by nobody.
 *
 * `npm run test:defences -- csrf` takes those away whose words contain it.
 */

import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { archiveDefences } from './archive-defences.ts'
import { cachePromises } from './cache-promises.ts'
import { defences } from './defences.ts'
import type { Removal } from './removal.ts'

/** Copies that are worked in at once: as many as the machine has cores, and no more than it can bear. */
const copiesAtOnce = 2

/** @returns a copy of all that the tests of the project `unit` need. */
function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'ringpost-defences-'))
  for (const name of ['src', 'buckets', 'mapreduce', 'test', 'bin']) {
    cpSync(name, join(copy, name), { recursive: true })
  }
  for (const name of ['package.json', 'tsconfig.json', 'vitest.config.ts']) {
    cpSync(name, join(copy, name))
  }
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'))
  return copy
}

/** @returns whether all of them pass: the first that does not ends it, and is named where `isTold`. */
function passes(copy: string, tests: readonly string[], isTold: boolean): Promise<boolean> {
  const vitest = join(copy, 'node_modules', 'vitest', 'vitest.mjs')
  const how = isTold ? ['--reporter=dot', '--maxWorkers=2'] : ['--maxWorkers=1']
  const args = [vitest, 'run', '--project', 'unit', '--bail=1', ...how, ...tests]
  return new Promise((done, fail) => {
    spawn(process.execPath, args, { cwd: copy, stdio: isTold ? 'inherit' : 'ignore' })
      .once('error', fail)
      .once('exit', (code) => {
        done(code === 0)
      })
  })
}

const testsOf = ({ test }: Removal): readonly string[] => test.split(' ')

async function isMissed(copy: string, removal: Removal): Promise<boolean> {
  const { file, code, without } = removal
  const path = join(copy, file)
  const whole = readFileSync(path, 'utf8')
  if (whole.split(code).length !== 2) throw new Error(`not once in ${file}: ${code}`)
  const less = whole.replace(code, () => without)
  try {
    writeFileSync(path, less)
    return await passes(copy, testsOf(removal), false)
  } finally {
    writeFileSync(path, whole)
  }
}

const words = process.argv.slice(2).join(' ').toLowerCase()
const wanted = [...defences, ...archiveDefences, ...cachePromises].filter(({ against, by }) =>
  `${against} ${by}`.toLowerCase().includes(words),
)
if (wanted.length === 0) throw new Error(`nothing that is defended is called "${words}"`)
const copies = Array.from({ length: copiesAtOnce }, copyTree)
const missed: Removal[] = []

/** The next one that nobody has taken yet, until there is none. */
async function work(copy: string, queue: Iterator<Removal>): Promise<void> {
  for (let next = queue.next(); next.done !== true; next = queue.next()) {
    const removal = next.value
    const isMissing = await isMissed(copy, removal)
    if (isMissing) missed.push(removal)
    const files = removal.test.replaceAll('test/unit/', '').replaceAll(' ', ', ')
    const { against, by } = removal
    console.log(`| ${against} | ${by} | ${files} | ${isMissing ? '**no**' : 'yes'} |`)
  }
}

const beganMs = performance.now()
try {
  const tests = [...new Set(wanted.flatMap(testsOf))]
  if (!(await passes(copies[0] ?? '', tests, true))) {
    throw new Error(`these fail with every defence in place: ${tests.join(' ')}`)
  }
  console.log('| against | by | test | falls without it |\n|---|---|---|---|')
  const queue = wanted.values()
  await Promise.all(copies.map((copy) => work(copy, queue)))
} finally {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true })
}
const seconds = Math.round((performance.now() - beganMs) / 1_000)
console.log(`${wanted.length} taken away in ${seconds} s, ${missed.length} missed by their tests`)
if (missed.length > 0) process.exitCode = 1
