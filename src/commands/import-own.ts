/** `ringpost import` of an export of our own: shown, counted, and what is damaged told. */

import { stat } from 'node:fs/promises'
import { exportFolder } from '../export/archive-reader.ts'
import { ArchiveError } from '../export/archive.ts'
import { openZip } from '../export/zip-reader.ts'
import { isOwnArchive, openOwnArchive, type OwnArchive } from '../import/own/own-archive.ts'
import {
  bringExport,
  BringingStoppedError,
  type BroughtCounts,
  type OwnReport,
} from '../import/own/own-run.ts'
import { limits } from '../kernel/limits.ts'
import { CommandError } from './command-error.ts'
import { openStore, type StoreRequest } from './open-store.ts'
import { showProgress } from './progress.ts'
import type { Terminal } from './terminal.ts'

/** Whether an export lies there, in whatever form. A zip that cannot be opened is told of as one. */
export async function isOwnExport(path: string): Promise<boolean> {
  try {
    if (/\.zip$/i.test(path)) return !(await isOtherZip(path))
    return await isOwnArchive(path)
  } catch {
    // Whoever tries to open it says why it cannot be.
    return false
  }
}

/** WordPress and Ghost pack their exports as well: XML or JSON, and no list of what is in it. */
async function isOtherZip(path: string): Promise<boolean> {
  const facts = await stat(path)
  if (!facts.isFile()) return false
  const zip = await openZip(path).catch(() => undefined)
  if (zip === undefined) return false
  await zip.close()
  const isOther = zip.files.some(({ name }) => /\.(?:xml|json)$/i.test(name))
  return isOther && exportFolder(zip) === undefined
}

/** @throws CommandError (2) where PATH is no export that can be read, (1) where the store refused. */
export async function importOwn(
  path: string,
  request: StoreRequest,
  terminal: Terminal,
): Promise<void> {
  const archive = await openPath(path)
  try {
    const { manifest } = archive
    terminal.tell(
      `an export of ${manifest.site} of ${manifest.begunAt}, by ringpost ${manifest.program}`,
    )
    if (!manifest.complete) {
      terminal.tell('note: it was not complete when it was written; missing are:')
      for (const gap of manifest.gaps) terminal.tell(`note: ${gap}`)
    }
    const { report, stopped } = await bring(archive, request, terminal)
    explain(report, terminal)
    judge(path, report, terminal)
    const { created, updated, unchanged, failed } = report.of.posts
    terminal.print(
      `created ${created}, updated ${updated}, unchanged ${unchanged}, failed ${failed}`,
    )
    if (stopped !== undefined) {
      throw new CommandError(
        `the store refused (${stopped.message}): run the import again when it answers`,
        1,
        { cause: stopped },
      )
    }
  } finally {
    await archive.close()
  }
}

async function openPath(path: string): Promise<OwnArchive> {
  try {
    const archive = await openOwnArchive(path)
    if (archive !== undefined) return archive
    throw new ArchiveError('it has no manifest.json of an export: is it whole?')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
    const message = error instanceof Error ? error.message : String(error)
    const why = code === 'ENOENT' ? 'there is no such file or folder' : message
    throw new CommandError(`cannot import ${path}: ${why}`, 2, { cause: error })
  }
}

async function bring(
  archive: OwnArchive,
  request: StoreRequest,
  terminal: Terminal,
): Promise<{ readonly report: OwnReport; readonly stopped?: BringingStoppedError }> {
  const { clock } = request.machine
  const store = await openStore(request)
  const progress = showProgress(terminal, clock, 'posts')
  let told = 0
  const failed = (what: string, reason: string): void => {
    told += 1
    if (told <= limits.bringNamedMax) progress.say(`failed: ${what}: ${reason}`)
    if (told === limits.bringNamedMax) progress.say('failed: further ones are counted only')
  }
  const listener = { found: progress.begin, done: progress.reached, failed }
  try {
    return { report: await bringExport(archive, { blog: store.blog, clock, listener }) }
  } catch (error) {
    if (!(error instanceof BringingStoppedError)) throw error
    return { report: error.report, stopped: error }
  } finally {
    progress.end()
    await store.close()
  }
}

function explain({ of, edited, broken, damage }: OwnReport, terminal: Terminal): void {
  const tell = (name: string, counts: BroughtCounts): void => {
    const { created, updated, unchanged, failed } = counts
    if (created + updated + unchanged + failed === 0) return
    terminal.tell(
      `${name}: created ${created}, updated ${updated}, unchanged ${unchanged}, failed ${failed}`,
    )
  }
  tell('older revisions', of.revisions)
  tell('comments', of.comments)
  tell('media', of.media)
  tell('unsaved drafts', of.drafts)
  tell('settings', of.sites)
  tell('unreadable objects', of.quarantine)
  tell('posts changed in their files', edited)
  if (broken > 0) terminal.tell(`lines that are no records: ${broken}`)
  for (const what of damage) terminal.tell(`damaged: ${what}`)
}

/** A run that came to its end is no failure, as with every format: what is lost was named above. */
function judge(path: string, { of, edited, broken, damage }: OwnReport, terminal: Terminal): void {
  const counted = [...Object.values(of), edited]
  const failed = counted.reduce((sum, counts) => sum + counts.failed, broken)
  if (failed === 0 && damage.length === 0) return
  terminal.tell(
    `${path} is not as it was written; what could be read of it was brought (see above), ` +
      'and an undamaged copy can be imported over it',
  )
}
