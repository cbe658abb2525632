/** A folder of Markdown files as the importer meets it: each file a post, its pictures beside it. */

import type { PostKind } from '../../../buckets/post-fields.ts'
import type { Brought, BroughtPost, ImportPlan, ImportSource, SourceListener } from '../brought.ts'
import { illustrate } from '../illustrate.ts'
import { uniqueSlugs } from '../slugs.ts'
import { linkedToPosts, postAddresses } from './file-links.ts'
import { readMarkdownPost } from './markdown-post.ts'
import { besideText } from './pictures.ts'
import type { SourceFolder } from './source-folder.ts'

/** A blog of a thousand short posts is read once; of a larger one, the rest is read twice. */
const heldCharsMax = 12_582_912

/** A file that can be a post, in the second pass over the folder. */
interface PlannedPost {
  readonly path: string
  readonly date: string
  readonly slug: string
  readonly kind: PostKind
  /** Undefined: not held in memory since the first pass. */
  readonly post: BroughtPost | undefined
}

export function markdownSource(folder: SourceFolder): ImportSource {
  return {
    readsIn: 'files',
    plan: async (listener) => {
      const planned = await plan(folder, listener)
      return {
        total: folder.files.length,
        posts: () => inOrder(folder, planned, listener),
      } satisfies ImportPlan
    },
  }
}

/**
 * By path, so that slugs fall alike in every run. What comes of it is sorted by date, because listings are
 * kept in segments of time: what comes in order touches the newest segment only (0.6 of the work otherwise).
 */
async function plan(
  folder: SourceFolder,
  listener: SourceListener,
): Promise<readonly PlannedPost[]> {
  const ownSlug = uniqueSlugs()
  const planned: PlannedPost[] = []
  let heldChars = 0
  for (const [index, file] of folder.files.entries()) {
    listener.read(index, folder.files.length)
    if (file.oddReason !== undefined) {
      listener.failed(file.path, file.oddReason)
      continue
    }
    const post = await read(folder, file.path, listener)
    if (post === undefined) continue
    const slug = ownSlug(post.slug)
    const isHeld = heldChars + post.body.length <= heldCharsMax
    if (isHeld) heldChars += post.body.length
    const date = post.publishedAt ?? '9999'
    planned.push({
      path: file.path,
      date,
      slug,
      kind: post.kind,
      post: isHeld ? post : undefined,
    })
  }
  const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
  return planned.sort((a, b) => order(a.date, b.date) || order(a.path, b.path))
}

async function* inOrder(
  folder: SourceFolder,
  planned: readonly PlannedPost[],
  listener: SourceListener,
): AsyncGenerator<Brought, void, undefined> {
  const addresses = postAddresses(
    planned.map(({ path, slug, kind }) => [path, `/${kind}s/${encodeURIComponent(slug)}`] as const),
  )
  for (const { path, slug, post: held } of planned) {
    const post = held ?? (await read(folder, path, listener))
    if (post === undefined) continue
    const notes = [...post.notes]
    const body = linkedToPosts(post.body, path, addresses, notes)
    yield {
      post: { ...post, slug, body, notes },
      illustrate: () =>
        illustrate(body, (target, found) => besideText(folder, path, target, found)),
    }
  }
}

/** @returns undefined where it was said that the file is no post. */
async function read(
  folder: SourceFolder,
  path: string,
  listener: SourceListener,
): Promise<BroughtPost | undefined> {
  const source = await folder.readText(path)
  const made = source.kind === 'odd' ? source : readMarkdownPost({ path, ...source })
  if (made.kind === 'post') return made.post
  listener.failed(path, made.reason)
  return undefined
}
