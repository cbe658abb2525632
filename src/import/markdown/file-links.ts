/**
 * Links from one file to another become links from one post to another.
 *
 *     [b](../2020/b.md#part)  ──▶  [b](/posts/b#part)
 *
 * A target is looked for beside the text, then from the imported folder's root and the folders in which
 * programs keep texts, then by its name where one file alone has it. Zola writes `@/` for its root.
 */

import type { Note } from '../brought.ts'
import { destinationsOf, withDestinations } from '../links.ts'
import { insideFolder } from './pictures.ts'

/** Paths of this site, for paths of files. */
export interface PostAddresses {
  readonly byPath: ReadonlyMap<string, string>
  /** Names without folder and ending; null where several files have it. */
  readonly byName: ReadonlyMap<string, string | null>
}

const textFile = /\.(?:mdx?|markdown)$/i
const textFolders = ['', 'content/', '_posts/', 'source/_posts/', 'src/', 'src/content/', 'docs/']

/** @param addresses - path of each post's file, with its new address; in any order. */
export function postAddresses(
  addresses: Iterable<readonly [path: string, address: string]>,
): PostAddresses {
  const byPath = new Map<string, string>()
  const byName = new Map<string, string | null>()
  for (const [path, address] of addresses) {
    byPath.set(path.normalize('NFC'), address)
    const name = nameOf(path)
    byName.set(name, byName.has(name) ? null : address)
  }
  return { byPath, byName }
}

/** @param path - of the text. @param notes - takes the links that lead to no file. */
export function linkedToPosts(
  body: string,
  path: string,
  addresses: PostAddresses,
  notes: Note[],
): string {
  const destinations = destinationsOf(body)
  const replacements = new Map<string, string>()
  for (const target of new Set(destinations.map((destination) => destination.target))) {
    const [file = '', fragment] = target.split('#', 2)
    if (!textFile.test(file) || /^[a-z][a-z\d+.-]*:|^\/\//i.test(file)) continue
    const address = find(file, path, addresses)
    if (address === undefined) {
      const text = `${target.slice(0, 200)} leads to no post of this import`
      notes.push({ kind: 'links to files that are no posts here', text })
      continue
    }
    replacements.set(target, fragment === undefined ? address : `${address}#${fragment}`)
  }
  return replacements.size === 0 ? body : withDestinations(body, destinations, replacements)
}

function find(target: string, path: string, { byPath, byName }: PostAddresses): string | undefined {
  const beside = target.startsWith('@/') ? undefined : insideFolder(path, target)
  const rooted = insideFolder('', `/${target.replace(/^@?\/+/, '')}`)
  const paths = textFolders.map((folder) => folder + (rooted ?? ''))
  for (const candidate of beside === undefined ? paths : [beside, ...paths]) {
    const address = byPath.get(candidate.normalize('NFC'))
    if (address !== undefined) return address
  }
  return byName.get(nameOf(rooted ?? target)) ?? undefined
}

function nameOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return name.replace(textFile, '').normalize('NFC').toLowerCase()
}
