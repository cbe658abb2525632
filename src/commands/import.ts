/** `ringpost import PATH`: what the importer does, shown; its counts are the last line on stdout. */

import { stat } from 'node:fs/promises'
import {
  importFolder,
  ImportStoppedError,
  type ImportCounts,
  type ImportListener,
  type ImportReport,
} from '../import/import-run.ts'
import { openSourceFolder, type SourceFolder } from '../import/source-folder.ts'
import { CommandError } from './command-error.ts'
import type { Environment } from './environment.ts'
import type { Machine } from './machine.ts'
import { openStore } from './open-store.ts'
import { showProgress, type Progress } from './progress.ts'
import type { Terminal } from './terminal.ts'

export interface ImportOptions {
  readonly path: string
  readonly environment: Environment
  readonly machine: Machine
  readonly terminal: Terminal
  readonly sync: boolean
}

/** @throws CommandError (2) where PATH is nothing to import, (1) where the store refused. */
export async function runImport(options: ImportOptions): Promise<void> {
  const { environment, machine, terminal } = options
  const folder = await openPath(options.path)
  const store = await openStore({
    environment,
    machine,
    program: 'ringpost import',
    sync: options.sync,
    tell: terminal.tell,
  })
  const progress = showProgress(terminal, machine.clock, 'files')
  let report: ImportReport
  let stopped: ImportStoppedError | undefined
  try {
    report = await importFolder(folder, {
      blog: store.blog,
      clock: machine.clock,
      listener: listener(progress),
    })
  } catch (error) {
    if (!(error instanceof ImportStoppedError)) throw error
    stopped = error
    report = error.report
  } finally {
    progress.end()
    await store.close()
  }
  explain(report, terminal)
  const { created, updated, unchanged, failed } = report
  terminal.print(`created ${created}, updated ${updated}, unchanged ${unchanged}, failed ${failed}`)
  if (stopped !== undefined) {
    throw new CommandError(
      `the store refused (${stopped.message}): ${stopped.left} files are left; ` +
        'run the import again when it answers',
      1,
      { cause: stopped },
    )
  }
}

async function openPath(path: string): Promise<SourceFolder> {
  try {
    const facts = await stat(path)
    if (facts.isFile() && !/\.(?:mdx?|markdown)$/i.test(path)) {
      throw new CommandError(`${path} is no Markdown file (.md, .mdx) and no folder of them`, 2)
    }
    return await openSourceFolder(path)
  } catch (error) {
    if (error instanceof CommandError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    const why =
      code === 'ENOENT' ? 'there is no such file or folder' : `it cannot be read (${code})`
    throw new CommandError(`cannot import ${path}: ${why}`, 2, { cause: error })
  }
}

function listener(progress: Progress): ImportListener {
  const reached = (counts: ImportCounts): void => {
    progress.reached(counts.created + counts.updated + counts.unchanged + counts.failed)
  }
  return {
    found: (files) => {
      progress.begin(files)
    },
    failed: (path, reason) => {
      progress.say(`failed: ${path}: ${reason}`)
    },
    noted: (path, note) => {
      progress.say(`note: ${path}: ${note}`)
    },
    done: reached,
  }
}

function explain(report: ImportReport, terminal: Terminal): void {
  const { datesFromPath, datesFromFile, pictures, conflicts } = report
  if (datesFromPath + datesFromFile > 0) {
    terminal.tell(
      `dates guessed: ${datesFromPath} from the path, ${datesFromFile} from the file's own time`,
    )
  }
  if (pictures > 0) terminal.tell(`pictures: ${pictures}`)
  if (conflicts > 0) terminal.tell(`conflicts for an author to look at: ${conflicts}`)
}
