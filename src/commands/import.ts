/** `ringpost import PATH`: what the importer does, shown; its counts are the last line on stdout. */

import { SourceError, type ImportSource } from '../import/brought.ts'
import {
  importAll,
  ImportStoppedError,
  type ImportListener,
  type ImportReport,
} from '../import/import-run.ts'
import { fetchesNothing, openFetchedMedia, type FetchedMedia } from '../import/fetched-media.ts'
import type { Clock } from '../kernel/ports.ts'
import { CommandError } from './command-error.ts'
import type { Environment } from './environment.ts'
import { openImport, type FormatOptions } from './import-formats.ts'
import type { Machine } from './machine.ts'
import { openStore } from './open-store.ts'
import { showProgress, type Progress } from './progress.ts'
import type { Terminal } from './terminal.ts'

export interface ImportOptions extends FormatOptions {
  readonly path: string
  readonly environment: Environment
  readonly machine: Machine
  readonly terminal: Terminal
  readonly sync: boolean
  readonly isDryRun: boolean
  /** Files of the old site are taken from it. */
  readonly fetchMedia: boolean
}

/** A first pass that is over sooner needs no bar of its own. */
const quietReadingMs = 1_000

/** @throws CommandError (2) where PATH is nothing to import, (1) where the store refused. */
export async function runImport(options: ImportOptions): Promise<void> {
  if (!options.fetchMedia) return importWith(options)
  const fetched = options.isDryRun
    ? fetchesNothing
    : await openFetchedMedia(options.machine.downloads)
  try {
    await importWith(options, fetched)
  } finally {
    await fetched.close()
  }
}

async function importWith(options: ImportOptions, fetched?: FetchedMedia): Promise<void> {
  const source = await openImport(options.path, options, fetched)
  try {
    await importFrom(source, options)
  } finally {
    await source.close?.()
  }
}

async function importFrom(source: ImportSource, options: ImportOptions): Promise<void> {
  const { environment, machine, terminal, isDryRun } = options
  const store = await openStore({
    environment,
    machine,
    program: 'ringpost import',
    sync: options.sync,
    tell: terminal.tell,
  })
  const shown = showRun(source, terminal, machine.clock)
  let report: ImportReport
  let stopped: ImportStoppedError | undefined
  try {
    report = await importAll(source, {
      blog: store.blog,
      clock: machine.clock,
      listener: shown.listener,
      isDryRun,
    })
  } catch (error) {
    if (error instanceof SourceError) throw new CommandError(error.message, 2, { cause: error })
    if (!(error instanceof ImportStoppedError)) throw error
    stopped = error
    report = error.report
  } finally {
    shown.end()
    await store.close()
  }
  explain(report, terminal)
  if (isDryRun) terminal.tell('nothing was written: this was a dry run')
  const { created, updated, unchanged, failed } = report
  terminal.print(`created ${created}, updated ${updated}, unchanged ${unchanged}, failed ${failed}`)
  if (stopped !== undefined) {
    throw new CommandError(
      `the store refused (${stopped.message}): ${stopped.left} posts are left; ` +
        'run the import again when it answers',
      1,
      { cause: stopped },
    )
  }
}

/** Two bars after each other: how far the source is read, and how many posts are stored. */
function showRun(
  source: ImportSource,
  terminal: Terminal,
  clock: Clock,
): { readonly listener: ImportListener; readonly end: () => void } {
  const beganMs = clock.monotonicMs()
  const isBytes = source.readsIn === 'bytes'
  const amount = (count: number): number => (isBytes ? Math.ceil(count / 1_048_576) : count)
  let bar: Progress | undefined
  const begin = (what: string, total: number): Progress => {
    bar?.end()
    bar = showProgress(terminal, clock, what)
    bar.begin(total)
    return bar
  }
  let reading: Progress | undefined
  const listener: ImportListener = {
    read: (done, total) => {
      if (reading === undefined && clock.monotonicMs() - beganMs < quietReadingMs) return
      reading ??= begin(isBytes ? 'MiB read' : 'files read', amount(total))
      reading.reached(amount(done))
    },
    found: (posts) => {
      begin('posts', posts)
    },
    failed: (origin, reason) => {
      const line = `failed: ${origin}: ${reason}`
      if (bar === undefined) terminal.tell(line)
      else bar.say(line)
    },
    // Shown together at the end: a blog of 100,000 posts may have as many.
    noted: () => undefined,
    done: ({ created, updated, unchanged, failed }) => {
      bar?.reached(created + updated + unchanged + failed)
    },
  }
  return {
    listener,
    end: () => {
      bar?.end()
    },
  }
}

function explain(report: ImportReport, terminal: Terminal): void {
  const { datesFromPath, datesFromFile, files } = report
  const { commentsCreated, commentsUnchanged, commentsRefused } = report
  for (const { kind, count, examples } of report.noted) {
    terminal.tell(`${kind}: ${count}`)
    for (const { origin, text } of examples) terminal.tell(`    ${origin}: ${text}`)
    if (count > examples.length) terminal.tell(`    … and ${count - examples.length} more`)
  }
  if (datesFromPath + datesFromFile > 0) {
    terminal.tell(
      `dates guessed: ${datesFromPath} from the path, ${datesFromFile} from the file's own time`,
    )
  }
  if (files > 0) terminal.tell(`pictures and other files: ${files}`)
  if (commentsCreated + commentsUnchanged + commentsRefused > 0) {
    terminal.tell(
      `comments: created ${commentsCreated}, unchanged ${commentsUnchanged}, failed ${commentsRefused}`,
    )
  }
}
