/** `ringpost export PATH`: what the export does, shown; its counts are the last line on stdout. */

import { exportTo } from '../export/export-to.ts'
import type { Layout, Manifest } from '../export/format.ts'
import { PlaceTakenError } from '../export/workspace.ts'
import { StoreError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { count } from './checks/finding.ts'
import { CommandError } from './command-error.ts'
import { publicUrl } from './environment.ts'
import { openStore, type OpenStore, type StoreRequest } from './open-store.ts'
import { showProgress } from './progress.ts'
import type { Terminal } from './terminal.ts'

export interface ExportOptions {
  /** A folder, or a file that ends in `.zip`. */
  readonly place: string
  readonly layout: Layout
  readonly addresses: boolean
  readonly replace: boolean
  /** Version of this program. */
  readonly program: string
}

/** @throws CommandError (2) where PLACE cannot take an export, (1) where the store refused or something is missing. */
export async function runExport(
  options: ExportOptions,
  request: StoreRequest,
  terminal: Terminal,
): Promise<void> {
  const store = await openStore(request)
  let manifest: Manifest
  try {
    manifest = await writeExport(options, store, request, terminal)
    if (manifest.complete) await store.blog.copies.noteExport(Date.parse(manifest.begunAt))
  } finally {
    await store.close()
  }
  report(options, manifest, terminal)
}

async function writeExport(
  { place, ...options }: ExportOptions,
  { blog, isShared }: OpenStore,
  { environment, machine }: StoreRequest,
  terminal: Terminal,
): Promise<Manifest> {
  const progress = showProgress(terminal, machine.clock, 'posts')
  let told = 0
  const missing = (what: string): void => {
    told += 1
    if (told <= limits.exportGapsNamed) progress.say(`missing: ${what}`)
  }
  try {
    return await exportTo(place, {
      ...options,
      blog,
      clock: machine.clock,
      isPaced: isShared,
      url: publicUrl(environment, environment.port),
      listener: { found: progress.begin, done: progress.reached, missing },
    })
  } catch (error) {
    throw inWords(place, error)
  } finally {
    progress.end()
  }
}

function inWords(place: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error
  if (error instanceof PlaceTakenError) {
    return new CommandError(`cannot export to ${place}: ${error.message}`, 2, { cause: error })
  }
  if (error instanceof StoreError) {
    return new CommandError(`the store refused (${error.message}): nothing was exported`, 1, {
      cause: error,
    })
  }
  if (!('code' in error) || typeof error.code !== 'string') return error
  return new CommandError(`cannot write ${place}: ${error.message}`, 1, { cause: error })
}

function report({ place }: ExportOptions, manifest: Manifest, terminal: Terminal): void {
  const { posts, revisions, comments, media } = manifest.counts
  terminal.print(
    `exported ${count(posts, 'post')}, ${count(revisions, 'older revision')}, ` +
      `${count(comments, 'comment')}, ${count(media, 'file')} of media`,
  )
  if (manifest.complete) return
  throw new CommandError(
    `the export in ${place} is not complete: what is missing is named above and in its manifest. ` +
      'Look at `ringpost doctor`, and export again',
  )
}
