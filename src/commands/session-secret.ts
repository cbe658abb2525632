/** The secret that signs forms and sessions: given, or made once and kept in the data folder. */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Dice } from '../kernel/ports.ts'
import { CommandError } from './command-error.ts'
import type { Environment } from './environment.ts'

/** @throws CommandError (2) with RIAK_NODES and no SESSION_SECRET: several servers must share one. */
export async function sessionSecret(
  environment: Pick<Environment, 'sessionSecret' | 'riakNodes' | 'dataFolder'>,
  dice: Dice,
): Promise<string> {
  if (environment.sessionSecret !== undefined) return environment.sessionSecret
  if (environment.riakNodes !== undefined) {
    throw new CommandError(
      'SESSION_SECRET is not set: with RIAK_NODES it is required, and the same on every server ' +
        '(32 characters or more, for example from: openssl rand -hex 32)',
      2,
    )
  }
  const file = join(environment.dataFolder, 'session-secret')
  await mkdir(environment.dataFolder, { recursive: true, mode: 0o700 })
  const made = Buffer.from(dice.bytes(32)).toString('hex')
  try {
    // `wx`: of two that start at once, one makes it and both read it.
    await writeFile(file, `${made}\n`, { mode: 0o600, flag: 'wx' })
    return made
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
  const kept = (await readFile(file, 'utf8')).trim()
  if (kept.length >= 32) return kept
  // Cut short by a crash between making and writing: nothing was signed with it.
  await writeFile(file, `${made}\n`, { mode: 0o600 })
  return made
}
