/**
 * `npx tsx test/security/remove-defences.ts`: takes each defence away, in a copy of the tree, and sees that
 * its test falls. Prints the table of what is defended. Exit 1 where a defence is missed by nobody.
 */

import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { defences } from './defences.ts'
import type { Defence } from './defences.ts'

const copy = mkdtempSync(join(tmpdir(), 'ringpost-defences-'))

/** @returns whether all of them pass. */
function passes(tests: string): boolean {
  const args = ['vitest', 'run', '--project', 'unit', ...tests.split(' ')]
  return spawnSync('npx', args, { cwd: copy, stdio: 'ignore' }).status === 0
}

function isMissed({ file, code, without, test }: Defence): boolean {
  const path = join(copy, file)
  const whole = readFileSync(path, 'utf8')
  try {
    writeFileSync(
      path,
      whole.replace(code, () => without),
    )
    return !passes(test)
  } finally {
    writeFileSync(path, whole)
  }
}

try {
  for (const name of ['src', 'buckets', 'mapreduce', 'test', 'bin']) {
    cpSync(name, join(copy, name), { recursive: true })
  }
  for (const name of ['package.json', 'tsconfig.json', 'vitest.config.ts']) {
    cpSync(name, join(copy, name))
  }
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'))
  const tests = [...new Set(defences.flatMap(({ test }) => test.split(' ')))].join(' ')
  if (!passes(tests)) throw new Error(`these fail with every defence in place: ${tests}`)
  console.log('| defended against | by | test | falls without it |\n|---|---|---|---|')
  for (const defence of defences) {
    const isFalling = isMissed(defence)
    if (!isFalling) process.exitCode = 1
    const files = defence.test.replaceAll('test/unit/', '').replaceAll(' ', ', ')
    const { against, by } = defence
    console.log(`| ${against} | ${by} | ${files} | ${isFalling ? 'yes' : '**no**'} |`)
  }
} finally {
  rmSync(copy, { recursive: true, force: true })
}
