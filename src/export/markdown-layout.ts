/**
 * The Markdown layout: a folder a post, which Hugo and Jekyll take as it is.
 *
 *     posts/2014-03-07-notes/index.md        the post, for people (`index-page.ts`)
 *     posts/2014-03-07-notes/records.ndjson  its revisions, itself, drafts and comments, for the import
 *     pages/… drafts/…                       the same
 *     deleted/<id>/records.ndjson            what readers must not see is no file for people
 *     media/<hash>/<name>                    in the place where links of index.md lead
 *     blog.ndjson                            settings and what else belongs to no post
 *
 * Invariant: no two posts have one folder, on no file system: names that differ only in case are one.
 */

import type { PostView } from '../store/blog.ts'
import { peekable, type Peekable } from '../store/read-ahead.ts'
import { isSafeName, recordLine, recordsName } from './format.ts'
import { showIndex } from './index-page.ts'
import type { LaidOut, LayoutRun } from './layout.ts'
import { blocksOf } from './lines.ts'

export async function writeMarkdown(run: LayoutRun): Promise<void> {
  const steps = peekable(run.steps())
  const folders = new Folders()
  try {
    for (let step = await steps.peek(); step !== undefined; step = await steps.peek()) {
      if (step.kind === 'copy') break
      steps.take()
      if (step.kind === 'rest') break
      const folder = folders.of(step.id, step.view)
      if (step.view !== undefined && step.view.status !== 'deleted') {
        await run.add(`${folder}/index.md`, blocksOf([showIndex(step.view)]))
      }
      await run.add(`${folder}/records.ndjson`, blocksOf(recordsOf(steps)))
    }
    await run.add(recordsName, blocksOf(recordsOf(steps)))
  } finally {
    await steps.end()
  }
}

/** Lines up to whatever is no record. */
async function* recordsOf(steps: Peekable<LaidOut>): AsyncGenerator<string> {
  for (let step = await steps.peek(); step?.kind === 'copy'; step = await steps.peek()) {
    yield recordLine(step.copy)
    steps.take()
  }
}

class Folders {
  readonly #taken = new Set<string>()

  of(id: string, view: PostView | undefined): string {
    if (view === undefined) return `unseen/${id}`
    if (view.status === 'deleted') return `deleted/${id}`
    const name = nameOf(view)
    const wanted = isSafeName(`x/${name}`) && name !== '' ? name : id
    const room = view.status === 'draft' ? 'drafts' : view.kind === 'page' ? 'pages' : 'posts'
    const folder = `${room}/${wanted}`
    const key = folder.normalize('NFC').toLowerCase()
    if (this.#taken.has(key)) return `${folder}-${id}`
    this.#taken.add(key)
    return folder
  }
}

function nameOf({ kind, status, slug, publishedAt }: PostView): string {
  const isDated = kind === 'post' && status === 'published' && publishedAt !== null
  return isDated ? `${publishedAt.slice(0, 10)}-${slug}` : slug
}
