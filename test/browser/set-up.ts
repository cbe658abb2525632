/**
 * Once before the judges: the Node.js blog, imported into a data folder of its own and served by the
 * real program. REAL_BLOG names one that is served already, for those who work on a page.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

import { freshFolder, runToEnd, serve } from '../support/program.ts'
import type {} from './blogs.ts'

const source = '../shared/data/nodejs-blog'

export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env['REAL_BLOG'] ?? ''
  if (given !== '' || !existsSync(source)) {
    if (given === '') console.log(`skipped: the Node.js blog, there is no ${source}`)
    project.provide('realBlog', given)
    return undefined
  }
  const folder = freshFolder('judges')
  const env = { RINGPOST_DATA: join(folder.path, 'data') }
  const imported = await runToEnd(['import', source], env)
  if (imported.code !== 0) throw new Error(`the import ended with ${imported.code}`)
  const server = await serve(env)
  project.provide('realBlog', server.url)
  return async () => {
    await server.kill('SIGTERM')
    folder.remove()
  }
}
