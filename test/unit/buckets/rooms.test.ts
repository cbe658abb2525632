import { readdirSync, readFileSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

import { authors } from '../../../buckets/authors/room.ts'
import { canonicalJson, hashId } from '../../../buckets/canonical-json.ts'
import { comments } from '../../../buckets/comments/room.ts'
import { drafts } from '../../../buckets/drafts/room.ts'
import { nextClock, timeMsMax } from '../../../buckets/hybrid-clock.ts'
import { catalogs, postListings } from '../../../buckets/indexes/room.ts'
import { withUnknown } from '../../../buckets/lattice.ts'
import { media } from '../../../buckets/media/room.ts'
import { isGenuine, makeRevision } from '../../../buckets/posts/revision.ts'
import { posts } from '../../../buckets/posts/room.ts'
import { isReference } from '../../../buckets/posts/schema.ts'
import type { Revision } from '../../../buckets/posts/schema.ts'
import { quarantine } from '../../../buckets/quarantine/room.ts'
import { revisions } from '../../../buckets/revisions/room.ts'
import type { Room } from '../../../buckets/room.ts'
import { roomTypes, roomTypesForRiakAdmin } from '../../../buckets/rooms.ts'
import { resolveSiblings } from '../../../buckets/siblings.ts'
import { sites } from '../../../buckets/sites/room.ts'
import { slugs } from '../../../buckets/slugs/room.ts'
import { threads } from '../../../buckets/threads/room.ts'
import { tokens } from '../../../buckets/tokens/room.ts'
import { revisionOf } from '../../support/histories.ts'

const utf8 = new TextEncoder()
const golden = 'test/golden/schema.v1'

const rooms: Readonly<Record<string, Room<never>>> = {
  posts,
  revisions,
  comments,
  'comments-checked': comments,
  drafts,
  slugs,
  tokens,
  'tokens-session': tokens,
  authors,
  'authors-account': authors,
  sites,
  media,
  threads,
  'indexes-directory': postListings,
  'indexes-segment': postListings,
  'indexes-catalog': catalogs,
} as never

describe('values of schema version 1', () => {
  test('every room has a stored example', () => {
    expect(
      readdirSync(golden)
        .map((name) => name.replace('.json', ''))
        .sort(),
    ).toEqual(Object.keys(rooms).sort())
  })

  test.each(Object.entries(rooms))('%s is read, and written again byte for byte', (name, room) => {
    const stored = readFileSync(`${golden}/${name}.json`, 'utf8').trimEnd()
    const parsed = room.parse(utf8.encode(stored))
    expect(parsed.kind).toBe('value')
    if (parsed.kind !== 'value') return
    expect(new TextDecoder().decode(room.encode(parsed.value))).toBe(stored)
    expect(room.merge(parsed.value, parsed.value)).toEqual(parsed.value)
  })

  test.each(Object.entries(rooms))('%s keeps a field it does not know', (name, room) => {
    const stored = JSON.parse(readFileSync(`${golden}/${name}.json`, 'utf8')) as object
    const parsed = room.parse(utf8.encode(JSON.stringify({ ...stored, later: { x: 1 } })))
    if (parsed.kind !== 'value') throw new Error(parsed.reason)
    const merged = room.merge(parsed.value, parsed.value)
    expect(JSON.parse(new TextDecoder().decode(room.encode(merged)))).toMatchObject({
      later: { x: 1 },
    })
  })

  test('revision ids are what they were at the release (ids are never recomputed)', () => {
    const stored = JSON.parse(readFileSync(`${golden}/posts.json`, 'utf8')) as never
    const parsed = posts.parse(utf8.encode(canonicalJson(stored)))
    if (parsed.kind !== 'value') throw new Error(parsed.reason)
    const whole = parsed.value.heads.filter((head): head is Revision => !isReference(head))
    expect(whole.length).toBeGreaterThan(0)
    for (const head of whole) expect(isGenuine(head)).toBe(true)
  })
})

describe('what cannot be read is named, never dropped', () => {
  const unreadable: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['no bytes at all', new Uint8Array(0), /post: /],
    ['no UTF-8', Uint8Array.of(0xff, 0xfe, 0x7b), /post: /],
    ['no JSON', utf8.encode('{"schema":1,'), /post: /],
    ['no object', utf8.encode('[1]'), /post: /],
    ['a newer schema', utf8.encode('{"schema":2}'), /schema 2 was written by a newer program/],
    ['a missing field', utf8.encode('{"schema":1,"id":"p"}'), /heads/],
    [
      'no head',
      utf8.encode('{"schema":1,"id":"p","heads":[],"ancestors":[],"slugs":[],"places":[]}'),
      /heads/,
    ],
    ['half a surrogate pair', utf8.encode('{"schema":1,"x":"\\ud800"}'), /post: /],
    ['a number beyond doubles', utf8.encode('{"schema":1,"x":1e999}'), /post: /],
    [
      'nesting beyond the stack',
      utf8.encode(`{"schema":1,"x":${'['.repeat(200_000)}${']'.repeat(200_000)}}`),
      /post: /,
    ],
  ]
  test.each(unreadable)('%s', (_which, bytes, reason) => {
    const parsed = posts.parse(bytes)
    expect(parsed.kind).toBe('unreadable')
    expect(parsed.kind === 'unreadable' && parsed.reason).toMatch(reason)
  })

  test('beside readable siblings: these are merged, the rest is named by its place', () => {
    const value = slugs.encode({ schema: 1, claims: [{ postId: 'a', sinceMs: 1 }] })
    const other = slugs.encode({ schema: 1, claims: [{ postId: 'b', sinceMs: 2 }] })
    const resolved = resolveSiblings(slugs, [
      { value, isTombstone: false },
      { value: utf8.encode('?'), isTombstone: false },
      { value: new Uint8Array(0), isTombstone: true },
      { value: other, isTombstone: false },
    ])
    expect(resolved.value?.claims.map(({ postId }) => postId)).toEqual(['a', 'b'])
    expect(resolved.unreadable.map(({ index }) => index)).toEqual([1])
    expect(resolved).toMatchObject({ tombstones: 1, isUniform: false })
  })

  test('equal siblings are uniform: there is nothing to write back', () => {
    const value = slugs.encode({ schema: 1, claims: [{ postId: 'a', sinceMs: 1 }] })
    const sibling = { value, isTombstone: false }
    expect(resolveSiblings(slugs, [sibling, sibling]).isUniform).toBe(true)
    expect(resolveSiblings(slugs, [{ ...sibling, isTombstone: true }])).toMatchObject({
      value: undefined,
      tombstones: 1,
    })
  })
})

describe('bucket types', () => {
  test('every one but counters keeps siblings for our merge, three copies each', () => {
    for (const { type, props } of roomTypes) {
      expect(props.n_val).toBe(3)
      expect(props.allow_mult).toBe(true)
      if (type === 'counters') expect(props.datatype).toBe('counter')
      else expect(props).toMatchObject({ dvv_enabled: true, last_write_wins: false })
    }
  })

  test('every property has its reason in words, and every room of this folder its type', () => {
    for (const { props, reasons } of roomTypes) {
      for (const name of Object.keys(props)) {
        expect(reasons[name as keyof typeof reasons]?.split(' ').length).toBeGreaterThan(4)
      }
    }
    const folders = readdirSync('buckets', { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'text')
      .map((entry) => entry.name)
    expect(roomTypes.map(({ type }) => type).sort()).toEqual(folders.sort())
    const readme = readFileSync('buckets/README.md', 'utf8')
    for (const folder of folders) expect(readme).toContain(`\`${folder}\``)
  })

  test('are printed as riak-admin takes them', () => {
    const posts = roomTypesForRiakAdmin().find(({ type }) => type === 'posts')!
    expect(JSON.parse(posts.json)).toMatchObject({ props: { allow_mult: true, n_val: 3 } })
    expect(posts.json).not.toContain('\n')
  })
})

describe('secondary indexes', () => {
  test('a post is found by its newest head, a comment also by its bare id and in the queue', () => {
    const root = revisionOf({ title: 'A' }, [], { nowMs: 7 })
    const value = {
      schema: 1,
      id: 'p',
      heads: [root],
      ancestors: [],
      slugs: [],
      places: [],
    } as const
    expect(posts.indexes(value)).toEqual([{ field: 'changed_int', value: '8' }])
    const parsed = comments.parse(readFileSync(`${golden}/comments.json`))
    if (parsed.kind !== 'value') throw new Error(parsed.reason)
    expect(comments.indexes(parsed.value)).toEqual([
      { field: 'changed_int', value: '1764000000001' },
      { field: 'id_bin', value: parsed.value.id },
      { field: 'queue_bin', value: `pending/8638236000000000/${parsed.value.id}` },
    ])
  })
})

describe('revision ids', () => {
  const fields = revisionOf({ title: 'A', tags: ['b', 'a'] }).fields
  const of = (more: Partial<Parameters<typeof makeRevision>[0]>): string =>
    makeRevision({
      parents: [],
      fields,
      author: 'ana',
      conflicts: [],
      clock: 1,
      savedAtMs: 1,
      ...more,
    }).id

  test('do not depend on clocks, nor on the order of parents and tags', () => {
    const [a, b] = ['a'.repeat(64), 'b'.repeat(64)]
    expect(of({ clock: 9, savedAtMs: 9 })).toBe(of({}))
    expect(of({ parents: [b, a, b] })).toBe(of({ parents: [a, b] }))
    expect(of({ fields: { ...fields, tags: ['a', 'b', 'a'] } })).toBe(of({}))
  })

  test('do depend on parents, fields and author', () => {
    const ids = [
      of({}),
      of({ author: 'ben' }),
      of({ parents: ['a'.repeat(64)] }),
      of({ fields: { ...fields, title: 'B' } }),
    ]
    expect(new Set(ids).size).toBe(4)
  })

  test('are SHA-256 over RFC 8785 JSON', () => {
    expect(canonicalJson({ b: 1e21, a: 'é\u0007"', c: [true, null, -0] })).toBe(
      '{"a":"é\\u0007\\"","b":1e+21,"c":[true,null,0]}',
    )
    expect(hashId({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a')
  })
})

describe('hybrid clocks', () => {
  test('run ahead of everything seen, also of a server whose wall clock is ahead', () => {
    expect(nextClock(100, [5, 50])).toBe(101)
    expect(nextClock(100, [5_000])).toBe(5_001)
    expect(nextClock(100, [])).toBe(101)
    expect(nextClock(100, [timeMsMax])).toBe(timeMsMax)
  })
})

test('of two unknown fields the same one stays, whichever side is merged into which', () => {
  const [a, b] = [
    { id: 1, mood: 'a' },
    { id: 1, mood: 'b', only: 3 },
  ] as never[]
  const known = { id: 1 }
  expect(withUnknown(a!, b!, known)).toEqual({ id: 1, mood: 'b', only: 3 })
  expect(withUnknown(b!, a!, known)).toEqual({ id: 1, mood: 'b', only: 3 })
})

test('quarantined bytes of a full object still fit beside their header', () => {
  const bytes = new Uint8Array(1_000_000)
  const value = {
    schema: 1,
    type: 'posts',
    bucket: 'b',
    key: 'k',
    contentType: 'x',
    reason: 'r',
    copiedAtMs: 1,
    bytes,
  } as const
  expect(quarantine.encode(value).length).toBeLessThan(1_000_300)
})
