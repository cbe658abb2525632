import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { newestAncestors } from '../../../../buckets/heads.ts'
import { addRevision, fitHeads, mergePosts, newPost } from '../../../../buckets/posts/merge.ts'
import { isGenuine } from '../../../../buckets/posts/revision.ts'
import type { PostFields, PostValue, Revision } from '../../../../buckets/posts/schema.ts'
import { mergeRevision, neededBases, provenHeads, view } from '../../../../buckets/posts/view.ts'
import type { View } from '../../../../buckets/posts/view.ts'
import {
  descends,
  histories,
  readBases,
  revisionOf,
  rootFields,
} from '../../../support/histories.ts'

const savedOf = (...revisions: readonly Revision[]): ReadonlyMap<string, Revision> =>
  new Map(revisions.map((revision) => [revision.id, revision]))

function post(...revisions: readonly Revision[]): PostValue {
  return revisions.slice(1).reduce(addRevision, newPost('p', revisions[0]!))
}

function see(value: PostValue, saved: ReadonlyMap<string, Revision>): View {
  return view(value, readBases(value, saved))!
}

/** A save of `parents` at a time, changing some fields of the first. */
function save(parents: readonly Revision[], change: Partial<PostFields>, nowMs: number): Revision {
  return revisionOf({ ...parents[0]!.fields, ...change }, parents, { nowMs })
}

const root = revisionOf(rootFields)

describe('two authors save at once', () => {
  test('different fields and lines: both are in the text, no conflict', () => {
    const ana = save([root], { title: 'Better', body: 'ONE\ntwo\nthree\nfour\nfive\n' }, 2_000)
    const ben = save(
      [root],
      { tags: ['a', 'b', 'c'], body: 'one\ntwo\nthree\nfour\nFIVE\n' },
      3_000,
    )
    const seen = see(post(root, ana, ben), savedOf(root))
    expect(seen).toMatchObject({
      fields: { title: 'Better', tags: ['a', 'b', 'c'], body: 'ONE\ntwo\nthree\nfour\nFIVE\n' },
      conflicts: [],
      heads: [ana.id, ben.id].sort(),
      updatedAtMs: 3_000,
      isPending: false,
    })
  })

  test('one title, two ways: the later is shown, the other is named', () => {
    const ana = save([root], { title: 'By Ana' }, 2_000)
    const ben = save([root], { title: 'By Ben' }, 3_000)
    const seen = see(post(root, ben, ana), savedOf(root))
    expect(seen.fields.title).toBe('By Ben')
    expect(seen.conflicts).toMatchObject([
      { field: 'title', base: root.id, hidden: ana.id, shown: ben.id },
    ])
  })

  test('one line, two ways: the later is shown without markers, with the lines of all three', () => {
    const ana = save([root], { body: 'zero\none\nTWO by Ana\nthree\nfour\nfive\n' }, 2_000)
    const ben = save([root], { body: 'one\nzwei von Ben\nthree\nfour\nfive\n' }, 3_000)
    const seen = see(post(root, ana, ben), savedOf(root))
    expect(seen.fields.body).toBe('zero\none\nzwei von Ben\nthree\nfour\nfive\n')
    expect(seen.conflicts).toMatchObject([
      {
        field: 'body',
        hidden: ana.id,
        shown: ben.id,
        range: { base: [1, 2], hidden: [2, 3], shown: [1, 2] },
      },
    ])
  })

  test('different words of one line: both are in it', () => {
    const line = (text: string): Partial<PostFields> => ({ body: `${text}\n` })
    const start = revisionOf(line('The cat sat on the old mat.'))
    const ana = save([start], line('The grey cat sat on the old mat.'), 2_000)
    const ben = save([start], line('The cat sat on the new mat.'), 3_000)
    expect(see(post(start, ana, ben), savedOf(start)).fields.body).toBe(
      'The grey cat sat on the new mat.\n',
    )
  })

  test('the same change twice is one change', () => {
    const ana = save([root], { title: 'Same' }, 2_000)
    const ben = revisionOf({ ...root.fields, title: 'Same' }, [root], { author: 'ben' })
    expect(see(post(root, ana, ben), savedOf(root))).toMatchObject({
      fields: { title: 'Same' },
      conflicts: [],
    })
  })

  test('a tag removed by one and kept by the other is gone; tags added by either are there', () => {
    const ana = save([root], { tags: ['b', 'x'] }, 2_000)
    const ben = save([root], { tags: ['a', 'b', 'y'] }, 3_000)
    expect(see(post(root, ana, ben), savedOf(root)).fields.tags).toEqual(['b', 'x', 'y'])
  })
})

test('three ways: a text that three changed holds all three, and names who lost a line', () => {
  const ana = save([root], { body: 'ONE\ntwo\nthree\nfour\nfive\n' }, 2_000)
  const ben = save([root], { body: 'one\ntwo\nthree\nfour\nFIVE\n' }, 3_000)
  const cleo = save([root], { body: 'eins\ntwo\nthree\nfour\nfive\n', title: 'Third' }, 4_000)
  const seen = see(post(root, ana, ben, cleo), savedOf(root))
  expect(seen.fields).toMatchObject({ title: 'Third', body: 'eins\ntwo\nthree\nfour\nFIVE\n' })
  // Ben changed none of that line, although his text was folded in after Ana's.
  expect(seen.conflicts).toMatchObject([
    { field: 'body', hidden: ana.id, shown: cleo.id, range: { hidden: [0, 1], shown: [0, 1] } },
  ])
})

describe('deleted beside an edit', () => {
  test.each([
    ['the deletion is later', 2_000, 3_000],
    ['the edit is later', 3_000, 2_000],
  ])('the edit survives and the conflict says so (%s)', (_when, editMs, deletionMs) => {
    const live = revisionOf({ ...rootFields, status: 'published' })
    const edit = save([live], { title: 'Still here' }, editMs)
    const deletion = save([live], { status: 'deleted' }, deletionMs)
    const seen = see(post(live, edit, deletion), savedOf(live))
    expect(seen.fields).toMatchObject({ title: 'Still here', status: 'published' })
    expect(seen.conflicts).toMatchObject([
      { field: 'status', hidden: deletion.id, shown: edit.id, base: live.id },
    ])
  })

  test('nothing else was changed: the deletion stands', () => {
    const deletion = save([root], { status: 'deleted' }, 2_000)
    const idle = save([root], {}, 3_000)
    expect(see(post(root, deletion, idle), savedOf(root))).toMatchObject({
      fields: { status: 'deleted' },
      conflicts: [],
    })
  })

  test('both deleted: deleted, no conflict', () => {
    const ana = save([root], { status: 'deleted' }, 2_000)
    const ben = save([root], { status: 'deleted', title: 'Bye' }, 3_000)
    expect(see(post(root, ana, ben), savedOf(root))).toMatchObject({
      fields: { status: 'deleted', title: 'Bye' },
      conflicts: [],
    })
  })
})

test('a stale save is merged with what was saved since, against the revision it was based on', () => {
  const second = save([root], { body: 'ONE\ntwo\nthree\nfour\nfive\n' }, 2_000)
  const third = save([second], { body: 'ONE\nTWO\nthree\nfour\nfive\n' }, 3_000)
  const stale = save([root], { body: 'one\ntwo\nthree\nfour\nfive\nsix\n' }, 4_000)
  const seen = see(post(root, second, third, stale), savedOf(root, second))
  expect(seen).toMatchObject({
    fields: { body: 'ONE\nTWO\nthree\nfour\nfive\nsix\n' },
    conflicts: [],
    heads: [third.id, stale.id].sort(),
  })
})

test('a restore of an old text beside an edit keeps both where they do not meet', () => {
  const second = save([root], { body: 'ONE\ntwo\nthree\nfour\nfive\n' }, 2_000)
  const restore = save([second], { body: rootFields.body }, 3_000)
  const edit = save([second], { body: 'ONE\ntwo\nthree\nfour\nFIVE\n' }, 4_000)
  expect(see(post(root, second, restore, edit), savedOf(second)).fields.body).toBe(
    'one\ntwo\nthree\nfour\nFIVE\n',
  )
})

describe('criss-cross: two servers merged two heads, and both merges were edited', () => {
  const ana = save([root], { body: 'ONE\ntwo\nthree\nfour\nfive\n' }, 2_000)
  const ben = save([root], { body: 'one\ntwo\nthree\nfour\nFIVE\n' }, 3_000)
  const left = save([ana, ben], { body: 'ONE\ntwo\nTHREE\nfour\nFIVE\n' }, 4_000)
  const right = save([ben, ana], { body: 'ONE\ntwo\nthree\nFOUR by Cleo\nFIVE\n' }, 5_000)
  const saved = savedOf(root, ana, ben, left, right)

  test('the base is the merge of the two nearest ancestors: all edits are there, no conflict', () => {
    const seen = see(post(root, ana, ben, left, right), saved)
    expect(seen.fields.body).toBe('ONE\ntwo\nTHREE\nFOUR by Cleo\nFIVE\n')
    expect(seen.conflicts).toEqual([])
  })

  test("a line that one of them took back stays taken back (it stands in neither one's base)", () => {
    const back = save([ana, ben], { body: 'one\ntwo\nthree\nfour\nfive\n' }, 4_000)
    const seen = see(post(root, ana, ben, back, right), savedOf(root, ana, ben, back, right))
    // Against Ana's or Ben's text alone one of the two lines would seem to be changed by `right`.
    expect(seen.fields.body).toBe('one\ntwo\nthree\nFOUR by Cleo\nfive\n')
  })

  test('asks for both nearest ancestors and for what these two share', () => {
    const value = post(root, ana, ben, left, right)
    expect([...readBases(value, saved).keys()].sort()).toEqual([root.id, ana.id, ben.id].sort())
  })
})

describe('open conflicts', () => {
  const ana = save([root], { title: 'By Ana' }, 2_000)
  const ben = save([root], { title: 'By Ben' }, 3_000)
  const clash = see(post(root, ana, ben), savedOf(root))
  const merge = mergeRevision(clash)

  test('stay open in the merge that a server saves, and in an edit of it', () => {
    const edit = revisionOf({ ...merge.fields, body: 'more\n' }, [merge], {
      conflicts: merge.conflicts,
    })
    const seen = see(post(root, ana, ben, merge, edit), savedOf(root))
    expect(seen.conflicts).toEqual(clash.conflicts)
    expect(seen.heads).toEqual([edit.id])
  })

  test('settled on one side and kept open on the other are settled', () => {
    const settled = revisionOf({ ...merge.fields, title: 'Ours' }, [merge], { conflicts: [] })
    const edit = revisionOf({ ...merge.fields, summary: 'S' }, [merge], {
      conflicts: merge.conflicts,
    })
    expect(see(post(root, ana, ben, merge, settled, edit), savedOf(merge))).toMatchObject({
      fields: { title: 'Ours', summary: 'S' },
      conflicts: [],
    })
  })
})

describe('a base that cannot be read', () => {
  const ana = save([root], { title: 'By Ana' }, 2_000)
  const ben = save([root], { body: 'Ben\n' }, 3_000)
  const value = post(root, ana, ben)

  test('the later head is shown whole, pending, and the base stays asked for', () => {
    expect(neededBases(value, new Map())).toEqual([root.id])
    expect(view(value, new Map())).toMatchObject({
      fields: ben.fields,
      heads: [ana.id, ben.id].sort(),
      isPending: true,
    })
  })

  test('a pending view is no merge: saving it as one is refused', () => {
    expect(() => mergeRevision(view(value, new Map())!)).toThrow('pending')
  })

  test('a head by reference that cannot be read: the latest head at hand is shown, pending', () => {
    const large = save([root], { body: 'x'.repeat(20_000) }, 9_000)
    const fitted = fitHeads(post(root, ana, large), 15_000).value
    expect(view(fitted, savedOf(root))).toMatchObject({ fields: ana.fields, isPending: true })
    expect(view(fitted, savedOf(root, large))).toMatchObject({ isPending: false })
  })

  test('not one head at hand: there is nothing to show', () => {
    expect(view(fitHeads(newPost('p', ana), 10).value, new Map())).toBeUndefined()
  })
})

test('two posts under one key have no common ancestor: the later is shown, all differences named', () => {
  const one = revisionOf({ title: 'One', body: 'one\n', tags: ['x'] }, [], { nowMs: 1_000 })
  const two = revisionOf({ title: 'Two', body: 'two\n', tags: ['y'] }, [], { nowMs: 2_000 })
  const seen = see(mergePosts(newPost('p', one), newPost('p', two)), new Map())
  expect(seen.fields).toMatchObject({ title: 'Two', body: 'two\n', tags: ['x', 'y'] })
  expect(seen.conflicts.map(({ field, base }) => [field, base]).sort()).toEqual([
    ['body', null],
    ['slug', null],
    ['title', null],
  ])
})

describe('beyond the 500 ancestors that a post remembers', () => {
  const chain = [root]
  for (let n = 1; n <= 560; n++) {
    chain.push(save([chain.at(-1)!], { title: `Title ${n}` }, 2_000 + n))
  }
  const saved = savedOf(...chain)
  const long = chain.slice(1).reduce(addRevision, newPost('p', root))
  const remembered = { ...long, ancestors: newestAncestors(long.ancestors, 500) }

  test('a save based on a forgotten revision finds its base by walking', () => {
    const stale = save([chain[20]!], { body: 'stale\n' }, 9_000)
    const value = addRevision(remembered, stale)
    expect(neededBases(value, new Map())).not.toEqual([])
    const seen = see(value, saved)
    expect(seen).toMatchObject({
      fields: { title: 'Title 560', body: 'stale\n' },
      conflicts: [],
      isPending: false,
    })
    // Down from the oldest remembered one to the base, and no further.
    expect(readBases(value, saved).size).toBeLessThanOrEqual(560 - 500 - 20 + 3)
  })

  test('a head that an old sibling brings back is proven an ancestor by walking', () => {
    const value = mergePosts(remembered, newPost('p', chain[20]!))
    expect(value.heads).toHaveLength(2)
    const bases = readBases(value, saved)
    expect([...provenHeads(value, bases)]).toEqual([chain[20]!.id])
    expect(view(value, bases)).toMatchObject({
      heads: [chain[560]!.id],
      fields: { title: 'Title 560' },
      isPending: false,
    })
  })
})

describe('the view of any history', () => {
  test('is the same whatever the order of merging, and equal on two servers', () => {
    const shuffled = histories().chain((history) =>
      fc.tuple(
        fc.constant(history),
        fc.shuffledSubarray([...history.moments], { minLength: history.moments.length }),
      ),
    )
    fc.assert(
      fc.property(shuffled, ([{ moments, saved }, mixed]) => {
        const one = moments.reduce(mergePosts)
        const other = mixed.reduce(mergePosts)
        expect(see(other, saved)).toEqual(see(one, saved))
      }),
    )
  })

  test('does not depend on how much of the history the value remembers (0 to 3 ancestors)', () => {
    fc.assert(
      fc.property(histories(), fc.nat(3), ({ servers, saved }, kept) => {
        const whole = servers.reduce(mergePosts)
        const cut = { ...whole, ancestors: newestAncestors(whole.ancestors, kept) }
        expect(see(cut, saved)).toEqual(see(whole, saved))
      }),
      { numRuns: 300 },
    )
  })

  test('does not depend on which snapshots are at hand beyond those it asked for', () => {
    fc.assert(
      fc.property(histories(), ({ servers, saved }) => {
        const value = servers.reduce(mergePosts)
        expect(view(value, readBases(value, saved))).toEqual(view(value, saved))
      }),
    )
  })

  test('never throws and is pending exactly while something asked for is missing', () => {
    fc.assert(
      fc.property(histories(), fc.func(fc.boolean()), ({ servers, saved }, can) => {
        const value = servers.reduce(mergePosts)
        const bases = readBases(value, saved, can)
        const seen = view(value, bases)!
        expect(seen.isPending).toBe(neededBases(value, bases).length > 0)
      }),
    )
  })

  test('shows only heads, and as a merge revision supersedes all of them at once', () => {
    fc.assert(
      fc.property(histories(), ({ servers, saved }) => {
        const value = servers.reduce(mergePosts)
        const seen = see(value, saved)
        for (const id of seen.heads) {
          expect(seen.heads.some((other) => other !== id && descends(saved, other, id))).toBe(false)
        }
        const merge = mergeRevision(seen)
        const merged = addRevision(value, merge)
        expect(merged.heads).toEqual([merge])
        expect(isGenuine(merge)).toBe(true)
        expect(see(merged, saved)).toMatchObject({
          fields: seen.fields,
          conflicts: seen.conflicts,
          isPending: false,
        })
      }),
    )
  })
})
