/**
 * The addresses of a post: its slug, and old paths that shall lead to it.
 *
 * Slugs: front matter `slug`, else the last part of `permalink`, `url` or `path`, else the file's name
 * without a date (`index.md` and `README.md` take their folder's name). Old paths: `aliases`, `alias`,
 * `redirect_from`, `redirects`, and a stated address of more than one part.
 */

import { pathOf, toSlug } from '../slugs.ts'
import type { HeadTable, HeadValue } from './front-matter.ts'

export interface Addresses {
  /** Empty where nothing gives one (the title does then). */
  readonly slug: string
  /** The front matter names it: another file's collision may still number it. */
  readonly isStated: boolean
  /** Without leading and trailing slash, sorted, unique. */
  readonly aliases: readonly string[]
}

export function addressesOf(head: HeadTable, path: string): Addresses {
  const aliases = new Set<string>()
  for (const name of ['aliases', 'alias', 'redirect_from', 'redirectfrom', 'redirects']) {
    for (const text of textsOf(head.get(name))) addAlias(aliases, text)
  }
  let stated = ''
  for (const name of ['slug', 'permalink', 'url', 'path']) {
    const value = head.get(name)
    // Placeholders (`/:year/:title/`) describe addresses, they are none.
    if (typeof value !== 'string' || /:[a-z_]+|[{}]/i.test(pathOf(value))) continue
    const parts = pathOf(value).split('/')
    if (parts.length > 1) addAlias(aliases, value)
    if (stated === '') stated = toSlug((parts.at(-1) ?? '').replace(/\.(?:html?|mdx?|php)$/i, ''))
  }
  const slug = stated === '' ? slugOfFile(path) : stated
  return { slug, isStated: stated !== '', aliases: [...aliases].sort() }
}

/** `2013/03/11-Hello World.md` → `hello-world`. */
export function slugOfFile(path: string): string {
  const parts = path.split('/')
  const name = (parts.pop() ?? '').replace(/\.(?:mdx?|markdown)$/i, '')
  const isFolderPage = /^_?index$|^readme$/i.test(name) && parts.length > 0
  const own = isFolderPage ? (parts.at(-1) ?? name) : name
  const undated = own
    .replace(/^\d{4}[-_.]?\d{2}[-_.]?\d{2}[-_. ]+(?=.)/, '')
    .replace(/^\d{4}[-_]\d{2}[-_ ]+(?=\D)/, '')
  return toSlug(/^\d{4}$/.test(parts.at(-2) ?? '') ? undated.replace(/^\d{2}[-_ ]+/, '') : undated)
}

function addAlias(aliases: Set<string>, text: string): void {
  const path = pathOf(text)
  const isPath = path !== '' && !path.split('/').includes('..') && path.length <= 1_000
  if (isPath) aliases.add(path)
}

function textsOf(value: HeadValue | undefined): readonly string[] {
  if (typeof value === 'string') return value.split(/[,\s]+/).filter((text) => text !== '')
  if (!Array.isArray(value)) return []
  return (value as readonly HeadValue[]).flatMap((item) => {
    if (typeof item === 'string') return [item]
    const from = item instanceof Map ? (item as HeadTable).get('from') : undefined
    return typeof from === 'string' ? [from] : []
  })
}
