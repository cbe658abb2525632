/**
 * The tables of a Ghost export, joined: what a post says of itself, and who and what belongs to it.
 *
 *     {db: [{meta: {version}, data: {posts, tags, users, posts_tags, posts_authors, posts_meta, settings}}]}
 *
 * Ghost 1 to 6 write it; before Ghost 1, and by its API, `{meta, data}` stands alone.
 *
 * Source: TryGhost/Ghost ghost/core/core/server/data/exporter, data/schema/schema.js.
 */

import { SourceError } from '../brought.ts'
import { isLoose, listOf, looseOf, numberOf, parsedJson, textOf, type Loose } from './values.ts'

export interface GhostPost {
  readonly fields: Loose
  /** Of the table beside it: descriptions of its picture. */
  readonly meta: Loose
  /** In the order that an author gave them. */
  readonly tags: readonly Loose[]
  readonly authors: readonly Loose[]
}

export interface GhostExport {
  readonly version: string
  readonly posts: readonly GhostPost[]
  readonly settings: ReadonlyMap<string, string>
}

/** @throws SourceError where it is none. */
export function readGhostExport(json: string, path: string): GhostExport {
  const parsed = parsedJson(json.replace(/^\uFEFF/, ''))
  if (parsed === undefined) {
    throw new SourceError(`${path} is no JSON: was the export copied to its end?`)
  }
  const top = looseOf(parsed)
  const first = listOf(top['db'])[0]
  const db = isLoose(first) ? first : isLoose(top['db']) ? top['db'] : top
  const data = looseOf(db['data'])
  if (!Array.isArray(data['posts'])) {
    throw new SourceError(`${path} is no export of Ghost: it has no list of posts`)
  }
  const tags = byId(data['tags'])
  const users = byId(data['users'])
  const tagsOf = joined(data['posts_tags'], 'tag_id', tags)
  const authorsOf = joined(data['posts_authors'], 'author_id', users)
  const metaOf = new Map(
    listOf(data['posts_meta']).map((row) => [textOf(looseOf(row)['post_id']), looseOf(row)]),
  )
  return {
    version: textOf(looseOf(db['meta'])['version']),
    posts: listOf(data['posts']).map((row) => {
      const fields = looseOf(row)
      const id = textOf(fields['id'])
      const own = authorsOf.get(id) ?? []
      const sole = users.get(textOf(fields['author_id']))
      return {
        fields,
        meta: metaOf.get(id) ?? {},
        tags: tagsOf.get(id) ?? [],
        authors: own.length > 0 || sole === undefined ? own : [sole],
      }
    }),
    settings: new Map(
      listOf(data['settings']).map((row) => [
        textOf(looseOf(row)['key']),
        textOf(looseOf(row)['value']),
      ]),
    ),
  }
}

function byId(rows: unknown): ReadonlyMap<string, Loose> {
  return new Map(listOf(rows).map((row) => [textOf(looseOf(row)['id']), looseOf(row)]))
}

/** Of each post the rows of another table, in their order. */
function joined(
  rows: unknown,
  column: string,
  others: ReadonlyMap<string, Loose>,
): ReadonlyMap<string, readonly Loose[]> {
  const found = new Map<string, { readonly at: number; readonly other: Loose }[]>()
  for (const row of listOf(rows).map(looseOf)) {
    const other = others.get(textOf(row[column]))
    if (other === undefined) continue
    const id = textOf(row['post_id'])
    const of = found.get(id) ?? []
    of.push({ at: numberOf(row['sort_order']) || 0, other })
    found.set(id, of)
  }
  return new Map(
    [...found].map(([id, of]) => [id, of.sort((a, b) => a.at - b.at).map(({ other }) => other)]),
  )
}
