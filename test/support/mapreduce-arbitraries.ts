/** Stored objects for the laws of the jobs: as the codecs write them, and damaged in every way. */

import fc from 'fast-check'
import { editText, moderate, newComment, textHash } from '../../buckets/comments/merge.ts'
import { comments } from '../../buckets/comments/room.ts'
import type { CommentStatus, CommentText } from '../../buckets/comments/schema.ts'
import type { PostFields } from '../../buckets/post-fields.ts'
import { addPlaces, addRevision, holdSlug, newPost } from '../../buckets/posts/merge.ts'
import { makeRevision } from '../../buckets/posts/revision.ts'
import { posts } from '../../buckets/posts/room.ts'
import type { PostValue, Revision } from '../../buckets/posts/schema.ts'
import { slugs } from '../../buckets/slugs/room.ts'
import { placesOf } from '../../mapreduce/post-rows.ts'
import type { MappedObject } from '../../mapreduce/ringpost-mapreduce.ts'

/** Words of many scripts; no half surrogates: the codecs write none. */
const text = (maxLength: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ maxLength }),
    fc.string({ unit: 'grapheme', maxLength }),
    fc.string({ unit: 'binary', maxLength }),
    fc.constantFrom(
      '',
      '"\\\b\f\n\r\t/',
      '\u0000\u0001\u001f\u007f\u2028',
      '😀\uff61é',
      '__proto__',
    ),
  )
const timeMs = fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 })
const clock = fc.integer({ min: 0, max: 8_640_000_000_000_000 })

const fields: fc.Arbitrary<PostFields> = fc.record({
  title: text(10),
  body: text(300),
  summary: text(5),
  tags: fc.array(text(8), { maxLength: 6 }),
  slug: text(8),
  status: fc.constantFrom('published', 'published', 'published', 'draft', 'deleted'),
  kind: fc.constantFrom('post', 'post', 'post', 'page'),
  author: text(5),
  publishedAt: fc.option(
    timeMs.map((ms) => new Date(ms).toISOString()),
    { freq: 8 },
  ),
  aliases: fc.array(text(12), { maxLength: 2 }),
})

/** One head, whatever was saved before it; slugs and places recorded as the store does. */
export const storedPost: fc.Arbitrary<PostValue> = fc
  .record({
    id: text(10).filter((id) => id !== ''),
    saves: fc.array(fc.record({ fields, rest: fc.integer({ min: 1, max: 10 ** 9 }) }), {
      minLength: 1,
      maxLength: 4,
    }),
    startMs: fc.integer({ min: 0, max: 2 ** 45 }),
    newer: fc.option(fc.jsonValue({ maxDepth: 3 }), { freq: 2, nil: undefined }),
  })
  .map(({ id, saves, startMs, newer }) => {
    let value: PostValue | undefined
    let parents: readonly Revision[] = []
    let savedAtMs = startMs
    for (const save of saves) {
      savedAtMs += save.rest
      const revision = makeRevision({
        parents: parents.map((parent) => parent.id),
        fields: save.fields,
        author: 'ana',
        conflicts: [],
        clock: savedAtMs + 1,
        savedAtMs,
      })
      const saved = value === undefined ? newPost(id, revision) : addRevision(value, revision)
      const slug = revision.fields.status === 'deleted' ? '' : revision.fields.slug
      const placed = addPlaces(saved, placesOf(revision.fields))
      value = { ...placed, slugs: holdSlug(placed.slugs, slug, revision.clock) }
      parents = [revision]
    }
    return { ...value!, ...(newer === undefined ? {} : { newer }) }
  })

const commentText: fc.Arbitrary<CommentText> = fc.record({
  author: text(8),
  email: text(8),
  url: text(8),
  body: text(150),
  clock,
})
const status = fc.constantFrom<CommentStatus>('approved', 'pending', 'spam', 'deleted')

export const storedComment = fc
  .record({
    of: fc.record({
      id: text(10).filter((id) => id !== ''),
      postId: text(10).filter((id) => id !== ''),
      parent: fc.option(text(5)),
      createdAtMs: timeMs,
    }),
    first: commentText,
    isFresh: fc.boolean(),
    verdict: status,
    edit: fc.option(commentText),
    decision: fc.option(fc.record({ status, clock, isOfFirst: fc.boolean() })),
  })
  .map(({ of, first, isFresh, verdict, edit, decision }) => {
    const words = isFresh && of.createdAtMs >= 0 ? { ...first, clock: of.createdAtMs + 1 } : first
    const made = newComment(of, words, { status: verdict, by: 'server' })
    const edited = edit === null ? made : editText(made, edit)
    if (decision === null) return edited
    const judged = textHash(decision.isOfFirst ? words : edited.text)
    return moderate(edited, { status: decision.status, judged, by: 'ben', clock: decision.clock })
  })

const storedSlug = fc.record({
  schema: fc.constant(1 as const),
  claims: fc.array(
    fc.record(
      { postId: text(8).filter((id) => id !== ''), sinceMs: timeMs, untilMs: timeMs },
      { requiredKeys: ['postId', 'sinceMs'] },
    ),
    { maxLength: 3 },
  ),
})

function objectOf(type: string, bytes: Uint8Array): MappedObject {
  const values = [{ value: bytes, isTombstone: false }]
  return { type, bucket: 'blog', key: 'key/😀', values }
}

/** As stored by the rooms' own codecs. */
export const wholeObject: fc.Arbitrary<MappedObject> = fc.oneof(
  storedPost.map((value) => objectOf('posts', posts.encode(value))),
  storedComment.map((value) => objectOf('comments', comments.encode(value))),
  storedSlug.map((value) => objectOf('slugs', slugs.encode(value))),
)

type Damage = (text: string) => Uint8Array

const junk: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'null',
    '-1',
    '1.5',
    '1e3',
    '1.0',
    '0.1e1',
    '-0',
    '1e400',
    '""',
    '[]',
    '{}',
    '[null]',
  ),
  fc.constantFrom(
    '"\\ud83d"',
    '"\ufffd"',
    '01',
    '1.',
    '+1',
    '.5',
    'NaN',
    "'x'",
    '"\\x"',
    '"\\u+041"',
    '"\t"',
  ),
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
)

/** One value in the text becomes another. */
const otherValue: fc.Arbitrary<Damage> = fc.tuple(fc.nat(), junk).map(([pick, value]) => (json) => {
  const values = [...json.matchAll(/:("(?:[^"\\]|\\.)*"|-?\d+|null|\[\]|\{\})/g)]
  const found = values[pick % values.length]
  if (found === undefined) return Buffer.from(json)
  const at = found.index + 1
  return Buffer.from(json.slice(0, at) + value + json.slice(at + found[0].length - 1))
})

/** One name becomes another: a member is missing, and a strange one is there, perhaps twice. */
const otherName: fc.Arbitrary<Damage> = fc
  .tuple(fc.nat(), fc.constantFrom('x', 'id', 'clock', 'isReference', '__proto__'))
  .map(([pick, name]) => (json) => {
    const names = [...json.matchAll(/"(\w+)":/g)]
    const found = names[pick % names.length]
    if (found === undefined) return Buffer.from(json)
    const end = found.index + found[0].length
    return Buffer.from(`${json.slice(0, found.index)}"${name}":${json.slice(end)}`)
  })

const bytesChanged: fc.Arbitrary<Damage> = fc
  .record({ at: fc.nat(), bytes: fc.uint8Array({ maxLength: 3 }), taken: fc.nat(3) })
  .map(({ at, bytes, taken }) => (json) => {
    const stored = Buffer.from(json)
    const from = at % (stored.length + 1)
    return Buffer.concat([stored.subarray(0, from), bytes, stored.subarray(from + taken)])
  })

const punctuation: fc.Arbitrary<Damage> = fc
  .tuple(
    fc.nat(),
    fc.constantFrom(',', ' ', '\n', '{', '}', '[', ']', '"', ':', '1', '\u00a0', '/**/'),
  )
  .map(([pick, mark]) => (json) => {
    const places = [...json.matchAll(/[{}[\]:,]/g)]
    const at = (places[pick % places.length]?.index ?? 0) + (pick % 2)
    return Buffer.from(json.slice(0, at) + mark + json.slice(at))
  })

/** Whatever a disk, another program or a newer one may have left. */
export const damagedObject: fc.Arbitrary<MappedObject> = fc
  .tuple(wholeObject, fc.oneof(otherValue, otherValue, otherName, bytesChanged, punctuation))
  .map(([object, damage]) => {
    const stored = Buffer.from(object.values![0]!.value).toString('utf8')
    return objectOf(object.type, damage(stored))
  })
