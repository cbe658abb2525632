/** Authors and tags of a front matter, in all the shapes they are written in. */

import { oneLine } from '../plain-text.ts'
import { addressable } from '../tag-names.ts'
import type { HeadTable, HeadValue } from './front-matter.ts'

/** One byline: `author` or `authors` as text, a list, or tables with a name; joined by commas. */
export function authorOf(head: HeadTable): string {
  for (const key of ['author', 'authors', 'byline', 'creator']) {
    const names = unique(namesOf(head.get(key)).map(oneLine))
    if (names.length > 0) return names.join(', ')
  }
  return ''
}

/**
 * Tag keys: categories and tags alike. A text is one tag, or several where commas part them (or
 * where each word has a `#`); Zola's and Hugo's `[taxonomies]` table is read as well.
 *
 * @returns keys as they are stored (NFC, lower case, `-` for spaces), sorted, unique.
 */
export function tagsOf(head: HeadTable): readonly string[] {
  const taxonomies = head.get('taxonomies')
  const tables = taxonomies instanceof Map ? [head, taxonomies as HeadTable] : [head]
  const keys = ['tags', 'tag', 'categories', 'category', 'topics', 'topic']
  const texts = tables.flatMap((table) => keys.flatMap((key) => namesOf(table.get(key))))
  const split = texts.flatMap((text) =>
    /^#\S+(?:\s+#\S+)+$/.test(text.trim()) ? text.trim().split(/\s+/) : text.split(','),
  )
  return unique(split.map((text) => addressable(text.trim().replace(/^#+/, ''))))
    .filter((tag) => tag !== '')
    .sort()
}

/** Texts, or the names in tables: `{name: …}`, `{title: …}`. */
function namesOf(value: HeadValue | undefined): readonly string[] {
  if (value === undefined) return []
  if (typeof value === 'string') return [value]
  if (value instanceof Map) {
    const table = value as HeadTable
    const name = ['name', 'title', 'display_name', 'login', 'id', 'slug']
      .map((key) => table.get(key))
      .find((text) => typeof text === 'string')
    return typeof name === 'string' ? [name] : []
  }
  return (value as readonly HeadValue[]).flatMap(namesOf)
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter((text) => text !== '')
}
