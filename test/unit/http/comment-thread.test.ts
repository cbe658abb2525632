import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { arrangeThread } from '../../../src/http/comment-thread.ts'
import type { ThreadNode } from '../../../src/http/comment-thread.ts'
import { limits } from '../../../src/kernel/limits.ts'
import type { CommentView } from '../../../src/store/blog.ts'

const comment = (id: string, parent: string | null): CommentView => ({
  id,
  parent,
  postId: 'p',
  author: `Author of ${id}`,
  email: '',
  url: '',
  body: id,
  status: 'approved',
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
})

/** `a(b c) ?x(d)`: answers in brackets, `?` where what is answered is not shown. */
function drawn(nodes: readonly ThreadNode[]): string {
  return nodes
    .map(({ id, comment: shown, answers, inReplyTo, elsewhere }) => {
      const name = `${shown === undefined ? '?' : ''}${id}`
      const to =
        inReplyTo ?? (elsewhere === undefined ? undefined : { id: `elsewhere ${elsewhere}` })
      return `${name}${to === undefined ? '' : `→${to.id}`}${answers.length === 0 ? '' : `(${drawn(answers)})`}`
    })
    .join(' ')
}

const arranged = (pairs: string, isWhole = true): string =>
  drawn(
    arrangeThread(
      pairs.split(' ').map((pair) => comment(pair.split('<')[0] ?? '', pair.split('<')[1] ?? null)),
      { isWhole },
    ),
  )

describe('a thread', () => {
  test('answers stand within what they answer, in the order of their times', () => {
    expect(arranged('a b c<a d<b e<a f<c')).toBe('a(c(f) e) b(d)')
  })

  test('an answer that is listed before what it answers stands within it all the same', () => {
    expect(arranged('c<a a b')).toBe('a(c) b')
  })

  test('what would stand too deep stands beside what it answers, and says so', () => {
    expect(arranged('a b<a c<b d<c e<d f<e g<c')).toBe('a(b(c(d e→d f→e g)))')
  })

  test('answers to a comment that is not shown stay, together, in its place', () => {
    expect(arranged('a b<x c d<x e<b')).toBe('a ?x(b(e) d) c')
  })

  test('on one of several pages an answer to a comment of another stands at the top', () => {
    expect(arranged('a b<x c<b', false)).toBe('a b→elsewhere x(c)')
  })

  test.each([
    ['a<a', 'a'],
    ['a<b b<a', 'a(b)'],
    ['c<a a<b b<a', 'a(c b)'],
  ])('comments that answer in a circle stand once: %s', (pairs, drawing) => {
    expect(arranged(pairs)).toBe(drawing)
  })

  test('whoever answers whom: every comment stands exactly once, and never deeper than the bound', () => {
    const id = fc.integer({ min: 0, max: 14 }).map(String)
    const list = fc.uniqueArray(
      fc.record({ id, parent: fc.option(id) }).map((each) => comment(each.id, each.parent)),
      { selector: (each) => each.id },
    )
    fc.assert(
      fc.property(list, fc.boolean(), (comments, isWhole) => {
        const seen: string[] = []
        const walk = (nodes: readonly ThreadNode[], depth: number): void => {
          if (nodes.length > 0) expect(depth).toBeLessThanOrEqual(limits.commentDepthMax)
          for (const node of nodes) {
            if (node.comment !== undefined) seen.push(node.id)
            walk(node.answers, depth + 1)
          }
        }
        walk(arrangeThread(comments, { isWhole }), 1)
        expect(seen.sort()).toEqual(comments.map((each) => each.id).sort())
      }),
    )
  })

  test('of five hundred, each answering the last, is arranged at once', () => {
    const chain = Array.from({ length: 500 }, (_each, n) =>
      comment(`${n}`, n === 0 ? null : `${n - 1}`),
    )
    expect(arrangeThread(chain.reverse(), { isWhole: true })).toHaveLength(1)
  })
})
