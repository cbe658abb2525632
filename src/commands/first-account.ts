/**
 * The first account of a blog on this machine: a one-time link, printed on the terminal and nowhere else.
 *
 *     <RINGPOST_DATA>/no-account-yet     made with a new embedded store, gone with its first account
 *
 * The file, not an empty answer of the store, says that nobody has signed up: a link that makes an
 * administrator is not offered because something could not be found. With RIAK_NODES there is no link.
 */

import { access, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { openSetup, type SetupOffer } from '../http/admin/setup-offer.ts'
import { StoreError } from '../kernel/errors.ts'
import type { Blog } from '../store/blog.ts'
import type { Environment } from './environment.ts'
import type { Machine } from './machine.ts'

const fileOf = (dataFolder: string): string => join(dataFolder, 'no-account-yet')

/** @param store - the folder of a store that is about to be opened: where it is not there, it is new. */
export async function markNewStore(dataFolder: string, store: string): Promise<void> {
  if (await isThere(store)) return
  await mkdir(dataFolder, { recursive: true, mode: 0o700 })
  await writeFile(fileOf(dataFolder), '', { mode: 0o600 })
}

export interface SetupLink {
  readonly offer: SetupOffer
  /** Path and query; a secret. */
  readonly path: string
}

/** @returns undefined where there is an account, or might be one. */
export async function setupLink(
  blog: Blog,
  { dataFolder, riakNodes }: Pick<Environment, 'dataFolder' | 'riakNodes'>,
  { clock, dice }: Pick<Machine, 'clock' | 'dice'>,
): Promise<SetupLink | undefined> {
  if (riakNodes !== undefined || !(await isThere(fileOf(dataFolder)))) return undefined
  const onDone = (): Promise<void> => rm(fileOf(dataFolder), { force: true })
  try {
    if ((await blog.authors.list()).length > 0) {
      await onDone()
      return undefined
    }
  } catch (error) {
    if (error instanceof StoreError) return undefined
    throw error
  }
  const { offer, token } = openSetup({ clock, dice, onDone })
  return { offer, path: `/admin/setup?token=${token}` }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
