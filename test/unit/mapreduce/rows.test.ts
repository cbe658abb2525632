import { describe, expect, test } from 'vitest'
import { newComment, textHash } from '../../../buckets/comments/merge.ts'
import { sortKey } from '../../../buckets/listing.ts'
import { defaultFields } from '../../../buckets/post-fields.ts'
import type { PostFields } from '../../../buckets/post-fields.ts'
import { commentRows, heldOf, threadOf } from '../../../mapreduce/comment-rows.ts'
import { placesOf, postRows } from '../../../mapreduce/post-rows.ts'

const published: PostFields = {
  ...defaultFields,
  title: 'x',
  status: 'published',
  publishedAt: '2015-03-31T23:59:59.999Z',
  tags: ['a', 'b'],
}
const atMs = Date.parse('2015-03-31T23:59:59.999Z')

describe('rows of a post', () => {
  test('a published post stands in all, its month and its tags', () => {
    expect(placesOf(published)).toEqual([
      { index: 'all', atMs },
      { index: 'month/2015-03', atMs },
      { index: 'tag/a', atMs },
      { index: 'tag/b', atMs },
    ])
  })

  test.each([
    ['a draft', { status: 'draft' }],
    ['a deleted post', { status: 'deleted' }],
    ['a page', { kind: 'page' }],
    ['a post without a date', { publishedAt: null }],
  ] as const)('%s stands nowhere', (_what, change) => {
    expect(placesOf({ ...published, ...change })).toEqual([])
  })

  test('where it stood before it is absent, with the clock and heads of what says so', () => {
    const rows = postRows({
      id: 'P',
      heads: [{ id: 'b' }, { id: 'a' }],
      clock: 7,
      places: [
        { index: 'tag/old', atMs: 1 },
        { index: 'all', atMs },
      ],
      fields: { ...published, tags: ['a'] },
    })
    expect(rows).toContainEqual(['tag/old', sortKey(1, 'P'), 'P', 7, 'a.b', 0])
    expect(rows).toContainEqual(['tag/a', sortKey(atMs, 'P'), 'P', 7, 'a.b', 1])
    expect(rows.filter(([index]) => index === 'all')).toHaveLength(1)
  })
})

describe('rows of a comment', () => {
  const text = { author: 'a', email: '', url: '', body: 'b', clock: 2 }
  const of = { id: 'C', postId: 'P', parent: null, createdAtMs: 1 }

  test.each([
    ['approved', 1, 0],
    ['pending', 0, 1],
    ['spam', 0, 1],
    ['deleted', 0, 0],
  ] as const)('%s by a later decision: in the thread %i, among the held %i', (status, ...there) => {
    const made = newComment(of, text, { status: 'pending', by: 'x' })
    const value = { ...made, moderation: { ...made.moderation, status, clock: 6 } }
    expect(commentRows(value).map((row) => [row[0], row[5]])).toEqual([
      [threadOf('P'), there[0]],
      [heldOf('P'), there[1]],
    ])
  })

  test('judged when it was made and not since: it stands in one place, and nothing is absent', () => {
    const rows = commentRows(newComment(of, text, { status: 'approved', by: 'x' }))
    expect(rows.map((row) => [row[0], row[5]])).toEqual([[threadOf('P'), 1]])
  })

  test('a decision about another text than the current one holds it', () => {
    const value = newComment(of, text, { status: 'approved', by: 'x' })
    const edited = { ...value, text: { ...text, body: 'other', clock: 6 } }
    expect(textHash(edited.text)).not.toBe(value.moderation.judged)
    expect(commentRows(edited).map((row) => row[5])).toEqual([0, 1])
  })
})
