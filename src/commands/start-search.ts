/** The search of a server: its thread's program, and where its index is kept. */

import { join } from 'node:path'

import { wholeFile } from '../runtime/whole-file.ts'
import { openSearch, type Search } from '../search/search.ts'
import type { Blog } from '../store/blog.ts'
import type { Environment } from './environment.ts'
import type { Machine } from './machine.ts'

/** Compiled, it stands beside this file as JavaScript; from sources, as TypeScript. */
const program = new URL(
  import.meta.url.endsWith('.ts') ? './search-worker.ts' : './search-worker.js',
  import.meta.url,
)

/** Begins in the background; no page waits for it. */
export function startSearch(
  blog: Blog,
  { site, dataFolder }: Pick<Environment, 'site' | 'dataFolder'>,
  { clock, log, threads }: Pick<Machine, 'clock' | 'log' | 'threads'>,
): Search {
  // Made again where it is lost: a backup needs it not.
  const file = wholeFile(join(dataFolder, 'search', `${site}.index`))
  const search = openSearch({ blog, clock, log, threads, file, program })
  search.start()
  return search
}
