/**
 * A Ghost site as the importer meets it. Its export is one JSON document: read whole, and held while the run
 * lasts; files beside it one at a time.
 */

import { limits } from '../../kernel/limits.ts'
import { derivedId } from '../../store/new-ids.ts'
import type { Brought, BroughtFile, ImportSource, Note, SourceListener } from '../brought.ts'
import type { FetchedMedia } from '../fetched-media.ts'
import { contentTypeOf } from '../file-types.ts'
import { illustrate } from '../illustrate.ts'
import { relinked } from '../relinked.ts'
import { toSlug, uniqueSlugs } from '../slugs.ts'
import { oldPathsOf, permalinksOf, redirectsOf } from './ghost-addresses.ts'
import { readGhostExport, type GhostPost } from './ghost-export.ts'
import { openGhostFiles, type GhostFiles } from './ghost-files.ts'
import { ghostDate, isPage, originOf, readGhostPost, type Placed } from './ghost-post.ts'
import { textOf } from './values.ts'

export interface GhostOptions {
  readonly html: 'keep' | 'markdown'
  /** The old site's `content` folder; undefined: looked for beside the export. */
  readonly media: string | undefined
  /** Undefined: nothing is fetched. */
  readonly fetched?: FetchedMedia | undefined
}

interface PlannedPost {
  readonly post: GhostPost
  readonly placed: Placed
}

export async function openGhost(path: string, options: GhostOptions): Promise<ImportSource> {
  const files = await openGhostFiles(path, options.media)
  return {
    readsIn: 'files',
    close: () => files.close(),
    plan: async (listener) => {
      const { posts: all, settings } = readGhostExport(await files.json(), path)
      listener.read(1, 1)
      const redirects = redirectsOf(
        await files.beside('redirects.json'),
        await files.beside('redirects.yaml'),
        (note) => {
          listener.noted('redirects', note)
        },
      )
      const permalinks = permalinksOf(await files.beside('routes.yaml'), settings.get('permalinks'))
      const planned = place(all, permalinks, redirects, listener)
      const paths = pathsOf(planned)
      return {
        total: planned.length,
        posts: () => posts(planned, paths, files, options),
      }
    },
  }
}

/** Ids and slugs fall alike in every run: by the order of the export. */
function place(
  posts: readonly GhostPost[],
  permalinks: readonly string[],
  redirects: ReadonlyMap<string, string>,
  listener: SourceListener,
): readonly PlannedPost[] {
  const ownSlug = uniqueSlugs()
  const ids = new Set<string>()
  const leadTo = new Map<string, string[]>()
  for (const [from, to] of redirects) leadTo.set(to, [...(leadTo.get(to) ?? []), from])
  const placed = posts.flatMap((post, number) => {
    const { fields } = post
    const named = textOf(fields['uuid']) || textOf(fields['id']) || textOf(fields['slug'])
    if (named === '') {
      listener.failed(originOf(post), 'it has neither an id nor a slug: it is no post')
      return []
    }
    let id = derivedId('import', 'ghost', named)
    if (ids.has(id)) id = derivedId('import', 'ghost', named, String(number))
    ids.add(id)
    const wanted =
      toSlug(textOf(fields['slug'])) || toSlug(textOf(fields['title'])) || id.toLowerCase()
    const publishedAt = ghostDate(fields['published_at']) ?? null
    const stood = { slug: textOf(fields['slug']), isPage: isPage(post), publishedAt }
    const old = oldPathsOf(post, stood, permalinks)
    const led = old.flatMap((path) => leadTo.get(path) ?? [])
    const aliases = [...new Set([...old, ...led])].filter(
      (alias) => alias !== '' && !/\p{Cc}/u.test(alias),
    )
    return [
      {
        post,
        placed: { id, slug: ownSlug(wanted), aliases: aliases.sort().slice(0, limits.aliasesMax) },
      },
    ]
  })
  return placed.sort((a, b) => compare(dateOf(a.post), dateOf(b.post)))
}

const dateOf = ({ fields }: GhostPost): string =>
  ghostDate(fields['published_at']) ?? ghostDate(fields['created_at']) ?? ''
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Old paths → where a post is now. */
function pathsOf(planned: readonly PlannedPost[]): ReadonlyMap<string, string> {
  const paths = new Map<string, string>()
  for (const { post, placed } of planned) {
    const path = `/${isPage(post) ? 'pages' : 'posts'}/${encodeURIComponent(placed.slug)}`
    for (const alias of placed.aliases) if (!paths.has(alias)) paths.set(alias, path)
  }
  return paths
}

// eslint-disable-next-line @typescript-eslint/require-await -- texts are at hand; the run takes its time
async function* posts(
  planned: readonly PlannedPost[],
  paths: ReadonlyMap<string, string>,
  files: GhostFiles,
  options: GhostOptions,
): AsyncGenerator<Brought, void, undefined> {
  for (const { post, placed } of planned) {
    const read = readGhostPost(post, placed, options.html)
    const notes = [...read.notes]
    const body = relinked(read.body, { hosts: new Set(), paths }, notes)
    yield {
      post: { ...read, body, notes },
      illustrate: () =>
        illustrate(body, (target, found) => fileOf(files, options.fetched, target, found)),
    }
  }
}

const ownFile = /\/content\/(?:images|media|files)\//

async function fileOf(
  files: GhostFiles,
  fetched: FetchedMedia | undefined,
  target: string,
  notes: Note[],
): Promise<BroughtFile | undefined> {
  if (!ownFile.test(target)) return undefined
  const file = await files.find(target)
  if (file === 'too large') {
    notes.push({ kind: 'files that are too large', text: target.slice(0, 200) })
    return undefined
  }
  if (file !== undefined) return file
  const isFile = URL.canParse(target) && contentTypeOf(new URL(target).pathname) !== undefined
  if (fetched !== undefined && isFile) return fetched.fetch(target, notes)
  notes.push({ kind: 'links to files of the old site, which stay', text: target.slice(0, 200) })
  return undefined
}
