/**
 * The addresses of a post: its slug, and old paths that shall lead to it.
 *
 * Slugs: front matter `slug`, else the last part of `permalink`, `url` or `path`, else the file's name
 * without a date (`index.md` and `README.md` take their folder's name). Old paths: `aliases`, `alias`,
 * `redirect_from`, `redirects`, and a stated address of more than one part.
 */

import { limits } from '../kernel/limits.ts'
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

/** Letters and digits of every script, `-`, `_` and single dots; at most `limits.slugCharsMax`. */
export function toSlug(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replace(/['’‘"“”]/g, '')
    .replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/-{2,}/g, '-')
    .slice(0, limits.slugCharsMax)
    .replace(/\p{Surrogate}$/u, '')
    .replace(/^[-.]+|[-.]+$/g, '')
}

/** Gives each post of a run a slug of its own, in the order of the calls: `a`, `a-2`, `a-3`. */
export function uniqueSlugs(): (wanted: string) => string {
  const taken = new Set<string>()
  const lastOf = new Map<string, number>()
  return (wanted) => {
    let slug = wanted
    let n = lastOf.get(wanted) ?? 1
    while (taken.has(slug)) {
      n += 1
      const tail = `-${n}`
      slug = wanted.slice(0, limits.slugCharsMax - tail.length) + tail
    }
    lastOf.set(wanted, n)
    taken.add(slug)
    return slug
  }
}

function addAlias(aliases: Set<string>, text: string): void {
  const path = pathOf(text)
  const isPath = path !== '' && !path.split('/').includes('..') && path.length <= 1_000
  if (isPath) aliases.add(path)
}

/** The path of an address, decoded: no origin, query, fragment, leading or trailing slash. */
function pathOf(address: string): string {
  const path = address
    .trim()
    .replace(/^[a-z][a-z\d+.-]*:\/\/[^/]*/i, '')
    .replace(/[?#].*$/s, '')
  let decoded = path
  try {
    decoded = decodeURIComponent(path)
  } catch {
    // A stray percent sign stands for itself.
  }
  return decoded
    .normalize('NFC')
    .replace(/\/{2,}/g, '/')
    .replace(/^\/+|\/+$/g, '')
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
