/** Sources as JavaScript, below the project's packages: what a thread or a process runs without a loader. */

import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import ts from 'typescript'

export interface CompiledSources {
  readonly folder: string
  /** @param source - e.g. `src/kernel/limits.ts`. */
  url(source: string): URL
  remove(): void
}

/** @param paths - files, or folders without their subfolders. */
export function compileSources(paths: readonly string[]): CompiledSources {
  mkdirSync('node_modules/.cache', { recursive: true })
  const folder = resolve(mkdtempSync('node_modules/.cache/compiled-'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const compiled = (source: string): string => join(folder, source.replace(/\.ts$/, '.js'))
  const files = paths.flatMap((path) =>
    statSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [path],
  )
  for (const source of files.filter((file) => file.endsWith('.ts'))) {
    const { outputText } = ts.transpileModule(readFileSync(source, 'utf8'), {
      compilerOptions: {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2023,
        rewriteRelativeImportExtensions: true,
      },
    })
    mkdirSync(dirname(compiled(source)), { recursive: true })
    writeFileSync(compiled(source), outputText)
  }
  return {
    folder,
    url: (source) => pathToFileURL(compiled(source)),
    remove: () => {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
