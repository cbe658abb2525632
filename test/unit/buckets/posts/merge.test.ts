import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { storedBytes } from '../../../../buckets/canonical-json.ts'
import { newestAncestors } from '../../../../buckets/heads.ts'
import {
  addPlaces,
  addRevision,
  claimsOf,
  droppedHeads,
  dropProven,
  fitHeads,
  holdSlug,
  knows,
  mergePosts,
  newPost,
} from '../../../../buckets/posts/merge.ts'
import { posts } from '../../../../buckets/posts/room.ts'
import { isReference } from '../../../../buckets/posts/schema.ts'
import type { PostValue } from '../../../../buckets/posts/schema.ts'
import { limits } from '../../../../src/kernel/limits.ts'
import { descends, histories, revisionOf } from '../../../support/histories.ts'
import { mergeLaws } from '../../../support/laws.ts'

const idsOf = (value: PostValue): readonly string[] => value.heads.map((head) => head.id)

/** Values that forgot all but their newest two ancestors, as long histories do. */
const forgetful = histories().chain((history) =>
  fc.constantFrom(...history.moments).map((value) => ({
    ...value,
    ancestors: newestAncestors(value.ancestors, 2),
  })),
)

describe('merging posts of one history', () => {
  // Values of one law must share their history: they are drawn together.
  const triples = histories().chain(({ moments }) =>
    fc.tuple(...[0, 1, 2].map(() => fc.constantFrom(...moments))),
  )

  test('keeps the three laws for any three moments of any three servers', () => {
    fc.assert(
      fc.property(triples, (values) => {
        const [a, b, c] = values as [PostValue, PostValue, PostValue]
        expect(mergePosts(a, a)).toEqual(a)
        expect(mergePosts(a, b)).toEqual(mergePosts(b, a))
        expect(mergePosts(mergePosts(a, b), c)).toEqual(mergePosts(a, mergePosts(b, c)))
      }),
      { numRuns: 500 },
    )
  })

  test('keeps them also where ancestors were forgotten (2 kept)', () => {
    const cut = triples.map((values) =>
      values.map((value) => ({ ...value, ancestors: newestAncestors(value.ancestors, 2) })),
    )
    fc.assert(
      fc.property(cut, (values) => {
        const [a, b, c] = values as [PostValue, PostValue, PostValue]
        expect(mergePosts(mergePosts(a, b), c)).toEqual(mergePosts(a, mergePosts(b, c)))
        expect(mergePosts(a, b)).toEqual(mergePosts(b, a))
      }),
      { numRuns: 500 },
    )
  })

  test('gives one result whatever the order in which all moments are merged', () => {
    const shuffled = histories().chain(({ moments }) =>
      fc.tuple(
        fc.constant(moments),
        fc.shuffledSubarray([...moments], { minLength: moments.length }),
      ),
    )
    fc.assert(
      fc.property(shuffled, ([inOrder, mixed]) => {
        expect(mixed.reduce(mergePosts)).toEqual(inOrder.reduce(mergePosts))
      }),
    )
  })

  test('loses no acknowledged revision: each is a head or an ancestor of the merge', () => {
    fc.assert(
      fc.property(histories(), ({ servers, saved }) => {
        const merged = servers.reduce(mergePosts)
        for (const id of saved.keys()) expect(knows(merged, id)).toBeDefined()
      }),
    )
  })

  test('has as heads exactly the revisions that no other one descends from', () => {
    fc.assert(
      fc.property(histories(), ({ servers, saved }) => {
        const heads = [...saved.keys()].filter((id) =>
          [...saved.keys()].every((other) => other === id || !descends(saved, other, id)),
        )
        expect([...idsOf(servers.reduce(mergePosts))].sort()).toEqual(heads.sort())
      }),
    )
  })

  test('drops no head that is not proven an ancestor, and proofs settle the rest (2 ancestors kept)', () => {
    fc.assert(
      fc.property(histories(), ({ servers, saved }) => {
        const whole = servers.reduce(mergePosts)
        const cut = servers
          .map((value) => ({ ...value, ancestors: newestAncestors(value.ancestors, 2) }))
          .reduce(mergePosts)
        expect(idsOf(cut)).toEqual(expect.arrayContaining([...idsOf(whole)]))
        const proofs = idsOf(cut).filter((id) =>
          idsOf(cut).some((other) => other !== id && descends(saved, other, id)),
        )
        expect(idsOf(dropProven(cut, new Set(proofs)))).toEqual(idsOf(whole))
      }),
    )
  })
})

describe('merging unrelated values', () => {
  // A value of another history under the same key, as a tampered store could hold.
  mergeLaws(mergePosts, forgetful)
})

describe('a revision met twice', () => {
  const root = revisionOf({ title: 'A' })

  test('with two clocks keeps the smaller clock and time', () => {
    const later = { ...root, clock: root.clock + 9, savedAtMs: root.savedAtMs + 9 }
    const merged = mergePosts(newPost('p', later), newPost('p', root))
    expect(merged.heads).toEqual([root])
  })

  test('whole and by reference is kept whole', () => {
    const byReference = fitHeads(newPost('p', root), 10).value
    expect(byReference.heads.map(isReference)).toEqual([true])
    expect(mergePosts(byReference, newPost('p', root)).heads).toEqual([root])
  })

  test('changes nothing when it is an ancestor already (a replayed PUT)', () => {
    const next = revisionOf({ title: 'B' }, [root])
    const value = addRevision(newPost('p', root), next)
    expect(addRevision(value, root)).toEqual(value)
    expect(addRevision(value, next)).toEqual(value)
  })
})

test('fields that this program does not know survive a merge on either side', () => {
  const root = revisionOf({ title: 'A' })
  const a = { ...newPost('p', root), mood: 'glad' } as PostValue
  const b = newPost('p', { ...root, shade: 7 } as typeof root)
  const parsed = [a, b].map((value) => posts.parse(posts.encode(value)))
  const [left, right] = parsed.map((result) => (result.kind === 'value' ? result.value : undefined))
  expect(mergePosts(left!, right!)).toMatchObject({ mood: 'glad', heads: [{ shade: 7 }] })
})

describe('what a put needs', () => {
  test('names each head that it lets go of, whole', () => {
    const root = revisionOf({ title: 'A' })
    const before = newPost('p', root)
    const after = addRevision(before, revisionOf({ title: 'B' }, [root]))
    expect(droppedHeads([before], after)).toEqual([root])
    expect(droppedHeads([before], before)).toEqual([])
  })

  test('makes the largest heads references until the object fits, smallest heads staying whole', () => {
    const root = revisionOf({ title: 'A' })
    const small = revisionOf({ body: 'x'.repeat(1_000) }, [root])
    const large = revisionOf({ body: 'y'.repeat(400_000) }, [root])
    const huge = revisionOf({ body: 'z'.repeat(800_000) }, [root])
    const value = [small, large, huge].reduce(addRevision, newPost('p', root))
    expect(storedBytes(value)).toBeGreaterThan(limits.objectBytesMax)
    const { value: fitted, referenced } = fitHeads(value)
    expect(storedBytes(fitted)).toBeLessThanOrEqual(limits.objectBytesMax)
    expect(referenced.map(({ id }) => id)).toEqual([huge.id])
    expect(fitted.heads.filter(isReference).map(({ id }) => id)).toEqual([huge.id])
    expect(mergePosts(fitted, value)).toEqual(value)
  })

  test('writes the newest 500 ancestors and still knows the one before them by its child', () => {
    let value = newPost('p', revisionOf({ title: '0' }))
    const all = [value.heads[0]!]
    for (let n = 1; n <= 520; n++) {
      const next = revisionOf({ title: String(n) }, [all.at(-1) as never])
      all.push(next)
      value = addRevision(value, next)
    }
    const parsed = posts.parse(posts.encode(value))
    const read = parsed.kind === 'value' ? parsed.value : undefined
    expect(read?.ancestors).toHaveLength(limits.ancestorsMax)
    expect(read?.ancestors[0]?.id).toBe(all.at(-2)!.id)
    expect(knows(read!, all.at(-502)!.id)).toBe('ancestor')
    expect(knows(read!, all.at(-503)!.id)).toBeUndefined()
    expect(storedBytes(read)).toBeLessThan(limits.objectBytesMax / 4)
  })
})

describe('slugs of a post', () => {
  test('are held one at a time; a former one stays as a redirect with its end', () => {
    const held = holdSlug(holdSlug([], 'old', 10), 'new', 20)
    expect(held).toEqual([
      { slug: 'new', sinceMs: 20 },
      { slug: 'old', sinceMs: 10, untilMs: 20 },
    ])
    expect(holdSlug(held, 'new', 30)).toEqual(held)
  })

  test('taken back begin a new period, which no old copy can end', () => {
    const first = holdSlug(holdSlug([], 'a', 10), 'b', 20)
    const again = holdSlug(first, 'a', 20)
    expect(claimsOf(again)).toEqual([
      { slug: 'a', sinceMs: 20 },
      { slug: 'b', sinceMs: 20, untilMs: 20 },
    ])
    const root = revisionOf({ title: 'A' })
    const stale = { ...newPost('p', root), slugs: first }
    const merged = mergePosts({ ...newPost('p', root), slugs: again }, stale)
    expect(claimsOf(merged.slugs).find(({ slug }) => slug === 'a')).toEqual({
      slug: 'a',
      sinceMs: 20,
    })
  })

  test('closed on one server and open on another are closed', () => {
    const root = revisionOf({ title: 'A' })
    const open = { ...newPost('p', root), slugs: [{ slug: 'a', sinceMs: 1 }] }
    const closed = { ...newPost('p', root), slugs: [{ slug: 'a', sinceMs: 1, untilMs: 5 }] }
    expect(mergePosts(open, closed).slugs).toEqual(closed.slugs)
  })
})

test('places are never forgotten, whoever merges', () => {
  const value = newPost('p', revisionOf({ title: 'A' }))
  const here = addPlaces(value, [{ index: 'all', atMs: 5 }])
  const there = addPlaces(value, [{ index: 'tag/a', atMs: 5 }])
  expect(mergePosts(here, there).places).toEqual([
    { index: 'all', atMs: 5 },
    { index: 'tag/a', atMs: 5 },
  ])
})
