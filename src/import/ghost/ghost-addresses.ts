/** Where the posts of a Ghost site stood: its permalinks, and the redirects that lie beside its export. */

import { parse } from 'yaml'
import { limits } from '../../kernel/limits.ts'
import type { Note } from '../brought.ts'
import { pathOf } from '../slugs.ts'
import type { GhostPost } from './ghost-export.ts'
import { isLoose, listOf, looseOf, parsedJson, textOf } from './values.ts'

/** As Ghost has it without a `routes.yaml`. */
const usualPermalink = '/{slug}/'

/** @param routes - the text of `routes.yaml`. @returns patterns such as `/{year}/{slug}/`. */
export function permalinksOf(
  routes: string | undefined,
  oldSetting: string | undefined,
): readonly string[] {
  const collections = Object.values(looseOf(looseOf(parsedYaml(routes ?? ''))['collections']))
  const stated = collections.map((each) => textOf(looseOf(each)['permalink']))
  const old = (oldSetting ?? '').replace(/:(\w+)/g, '{$1}')
  const all = [...stated, old, usualPermalink].filter(
    (pattern) => pattern.includes('{slug}') || pattern.includes('{id}'),
  )
  return [...new Set(all)]
}

export interface PostAddress {
  readonly slug: string
  readonly isPage: boolean
  /** ISO 8601 UTC, or null. */
  readonly publishedAt: string | null
}

/** Old paths of a post, without slashes at their ends. */
export function oldPathsOf(
  post: GhostPost,
  { slug, isPage, publishedAt }: PostAddress,
  permalinks: readonly string[],
): readonly string[] {
  if (slug === '') return []
  const [year = '', month = '', day = ''] = (publishedAt ?? '').slice(0, 10).split('-')
  const values: Readonly<Record<string, string>> = {
    slug,
    id: textOf(post.fields['id']),
    year,
    month,
    day,
    primary_tag: textOf(post.tags[0]?.['slug']) || 'all',
    author: textOf(post.authors[0]?.['slug']),
    primary_author: textOf(post.authors[0]?.['slug']) || 'all',
  }
  const patterns = isPage ? [usualPermalink] : permalinks
  const paths = patterns.map((pattern) => {
    const path = pattern.replace(/\{(\w+)\}/g, (_whole, name: string) => values[name] ?? '')
    return path.includes('//') ? '' : pathOf(path)
  })
  return [...new Set(paths)].filter((path) => path !== '' && path.length <= limits.aliasCharsMax)
}

/** @returns old path → the path it led to. Patterns are told: an alias is one address. */
export function redirectsOf(
  json: string | undefined,
  yaml: string | undefined,
  note: (note: Note) => void,
): ReadonlyMap<string, string> {
  const rows = listOf(parsedJson(json ?? '')).map((row) => {
    const { from, to } = looseOf(row)
    return [textOf(from), textOf(to)] as const
  })
  const tables = Object.values(looseOf(parsedYaml(yaml ?? ''))).filter(isLoose)
  const lines = tables.flatMap((table) =>
    Object.entries(table).map(([from, to]) => [from, textOf(to)] as const),
  )
  const found = new Map<string, string>()
  for (const [from, to] of [...rows, ...lines]) {
    const plain = from
      .replace(/^\^/, '')
      .replace(/(?:\/\?)?\$?$/, '')
      .replace(/\\\//g, '/')
    if (plain === '' || /[\\^$*+?()[\]{}|]/.test(plain)) {
      const text = `${from.slice(0, 200)} → ${to.slice(0, 200)}`
      note({ kind: 'redirects of patterns, which are left out', text })
    } else found.set(pathOf(plain), pathOf(to))
  }
  return found
}

function parsedYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 100 })
  } catch {
    return undefined
  }
}
