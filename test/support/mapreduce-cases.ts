/**
 * The golden table of the jobs: objects as stored, and the rows that every language must give for them.
 *
 * Rows are compared without regard to their order: Riak promises none.
 */

import { readFileSync } from 'node:fs'
import type { Json, MapName, MappedObject } from '../../mapreduce/ringpost-mapreduce.ts'

export const mapNames: readonly MapName[] = [
  'map_posts',
  'map_tags',
  'map_months',
  'map_threads',
  'map_slugs',
]

/** One value as stored: `json` is written canonically, `text` and `base64` are taken as they are. */
interface GoldenValue {
  readonly json?: unknown
  readonly text?: string
  readonly base64?: string
  readonly isTombstone?: boolean
  /** Takes the place of the body of the first head: what would be too long to be read here. */
  readonly body?: { readonly text: string; readonly times: number }
}

interface GoldenRow {
  readonly name: string
  readonly object: {
    readonly type: string
    readonly bucket: string
    readonly key: string
    /** Missing: not found. */
    readonly values?: readonly GoldenValue[]
  }
  /** By function. One that is not named gives an `unresolved` row. */
  readonly rows: Readonly<Partial<Record<MapName, readonly Json[]>>>
}

export interface MapCase {
  readonly name: string
  readonly object: MappedObject
  /** By function, sorted. */
  readonly rows: Readonly<Record<MapName, readonly Json[]>>
}

export interface ReduceCase {
  readonly name: string
  readonly values: readonly Json[]
  /** In this order. */
  readonly rows: readonly Json[]
}

const tables = ['posts', 'left-to-the-store', 'comments', 'slugs'] as const

export const mapCases: readonly MapCase[] = tables.flatMap((table) =>
  (readTable(table) as readonly GoldenRow[]).map(readCase),
)

export const reduceCases = readTable('reduce') as readonly ReduceCase[]

function readTable(name: string): unknown {
  const file = new URL(`../golden/mapreduce/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8'))
}

function readCase({ name, object, rows }: GoldenRow): MapCase {
  const { type, bucket, key } = object
  const left: Json = ['unresolved', type, bucket, key]
  const values = object.values?.map((value) => ({
    value: bytesOf(value),
    isTombstone: value.isTombstone === true,
  }))
  return {
    name,
    object: { type, bucket, key, values },
    rows: Object.fromEntries(
      mapNames.map((map) => [map, sortedRows(rows[map] ?? [left])]),
    ) as MapCase['rows'],
  }
}

function bytesOf({ json, text, base64, body }: GoldenValue): Uint8Array {
  if (base64 !== undefined) return Buffer.from(base64, 'base64')
  if (text !== undefined) return Buffer.from(text)
  if (body !== undefined) {
    const post = json as { heads: [{ fields: { body: string } }] }
    post.heads[0].fields.body = body.text.repeat(body.times)
  }
  return Buffer.from(JSON.stringify(json))
}

export function sortedRows(rows: readonly Json[]): readonly Json[] {
  const text = (row: Json): string => JSON.stringify(row)
  return [...rows].sort((a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0))
}

/** What a phase is told besides the object, by `jobInputs` and `jobPhases`. */
export function toldOf({ type, bucket, key }: MappedObject): {
  readonly keyData: Json
  readonly arg: Json
} {
  return { keyData: key, arg: [type, bucket] }
}

/** What Riak answers for an object that it did not find, in place of a JavaScript map. */
export function notFoundAnswer({ type, bucket, key }: MappedObject): Json {
  const named = { bucket, key, keydata: key }
  return { not_found: type === 'default' ? named : { bucket_type: type, ...named } }
}

/** An object that was found, as a JavaScript phase of Riak 2.x is given it. */
export function javascriptValue({ type, bucket, key, values = [] }: MappedObject): Json {
  return {
    bucket_type: type,
    bucket,
    key,
    vclock: 'a85hYGBgzGDKBVIcypz/fgYGZ6xKYUpkzWNlEK3Mu8gHAA==',
    values: values.map(({ value, isTombstone }) => ({
      metadata: {
        Links: [],
        'content-type': 'application/json',
        'X-Riak-VTag': '2gTTsz9bQ5lRzhUwLn3pVU',
        ...(isTombstone ? { 'X-Riak-Deleted': 'true' } : {}),
        'X-Riak-Meta': {},
      },
      // A phase is given text: what is not UTF-8 arrives as replacement characters.
      data: Buffer.from(value).toString('utf8'),
    })),
  }
}
