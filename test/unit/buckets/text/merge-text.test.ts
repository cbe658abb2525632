import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { diffTokens, mapRange, stepsMax } from '../../../../buckets/text/hunks.ts'
import type { Hunk } from '../../../../buckets/text/hunks.ts'
import { linesOf, mapLines, mergeText } from '../../../../buckets/text/merge-text.ts'
import { threeWay } from '../../../../buckets/text/three-way.ts'
import { splitLines, splitWords } from '../../../../buckets/text/tokens.ts'
import { seededDice } from '../../../../src/kernel/prng.ts'

/** Few different lines, so that texts share many and edits meet often. */
const line = fc.constantFrom('', 'a', 'b', 'c d', 'the cat sat', 'the dog sat', 'x')
const text = fc
  .tuple(fc.array(line, { maxLength: 8 }), fc.boolean())
  .map(([lines, isEnded]) => lines.join('\n') + (isEnded && lines.length > 0 ? '\n' : ''))
const tokens = fc.array(fc.constantFrom('a', 'b', 'c', '\n'), { maxLength: 12 })

function replay(
  base: readonly string[],
  side: readonly string[],
  hunks: readonly Hunk[],
): string[] {
  const replayed: string[] = []
  let at = 0
  for (const hunk of hunks) {
    replayed.push(...base.slice(at, hunk.base[0]), ...side.slice(...hunk.side))
    at = hunk.base[1]
  }
  return [...replayed, ...base.slice(at)]
}

describe('splitting', () => {
  test('lines and words joined are the text again, whatever characters it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text, (wild, tame) => {
        for (const some of [wild, tame, wild + '\n' + tame]) {
          expect(splitLines(some).join('')).toBe(some)
          expect(splitWords(some).join('')).toBe(some)
        }
      }),
    )
  })

  test('words keep accents and emoji whole; scripts without blanks are cut by character', () => {
    expect(splitWords("l'été 👩‍💻 東京!")).toEqual(['l', "'", 'été', ' ', '👩‍💻', ' ', '東', '京', '!'])
  })
})

describe('comparing two lists', () => {
  test('the hunks replayed over the base give the side, ascend and never touch', () => {
    fc.assert(
      fc.property(tokens, tokens, (base, side) => {
        const hunks = diffTokens(base, side, { steps: stepsMax })!
        expect(replay(base, side, hunks)).toEqual(side)
        for (const [index, hunk] of hunks.entries()) {
          const before = hunks[index - 1]
          if (before !== undefined) expect(before.base[1]).toBeLessThan(hunk.base[0])
        }
      }),
      { numRuns: 500 },
    )
  })

  test('gives up where the budget is spent, and says so', () => {
    const base = Array.from({ length: 40 }, (_, n) => `a${n % 3}`)
    const side = Array.from({ length: 40 }, (_, n) => `b${n % 3}`)
    const budget = { steps: 100 }
    expect(diffTokens(base, side, budget)).toBeUndefined()
    expect(budget.steps).toBe(0)
  })

  test('a range of the base is found in the side, as a whole where it was changed', () => {
    const hunks: readonly Hunk[] = [
      { base: [1, 1], side: [1, 3] },
      { base: [4, 6], side: [6, 7] },
    ]
    expect(mapRange(hunks, [2, 3])).toEqual([4, 5])
    expect(mapRange(hunks, [5, 6])).toEqual([6, 7])
    expect(mapRange(hunks, [7, 9])).toEqual([8, 10])
    expect(mapRange(hunks, [0, 1])).toEqual([0, 3])
  })
})

describe('merging three ways', () => {
  test('every token of each list is in exactly one region, in order', () => {
    fc.assert(
      fc.property(tokens, tokens, tokens, (base, earlier, later) => {
        const steps = (): { steps: number } => ({ steps: stepsMax })
        const regions = threeWay(base, earlier, later, { earlier: steps(), later: steps() })!
        for (const [name, list] of Object.entries({ base, earlier, later })) {
          const ranges = regions.map((region) => region[name as 'base'])
          expect(ranges.flatMap((range) => list.slice(...range))).toEqual(list)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('merging texts', () => {
  test('a side that changed nothing has no say; the same change twice is one change', () => {
    fc.assert(
      fc.property(text, text, (base, a) => {
        for (const merged of [
          mergeText(base, a, base),
          mergeText(base, base, a),
          mergeText(base, a, a),
        ]) {
          expect(merged).toEqual({ text: a, conflicts: [] })
        }
      }),
      { numRuns: 500 },
    )
  })

  test('without conflict the sides may be exchanged; a conflict on one way is one on the other', () => {
    fc.assert(
      fc.property(text, text, text, (base, a, b) => {
        const [one, other] = [mergeText(base, a, b), mergeText(base, b, a)]
        expect(other.conflicts.map(({ base }) => base)).toEqual(
          one.conflicts.map(({ base }) => base),
        )
        if (one.conflicts.length === 0) expect(other.text).toBe(one.text)
      }),
      { numRuns: 1_000 },
    )
  })

  test('merging the result once more with either side changes nothing', () => {
    fc.assert(
      fc.property(text, text, text, (base, a, b) => {
        const { text: merged } = mergeText(base, a, b)
        expect(mergeText(b, merged, b).text).toBe(merged)
        expect(mergeText(merged, merged, merged).text).toBe(merged)
      }),
    )
  })

  test('the ranges of a conflict name the lines of each side', () => {
    fc.assert(
      fc.property(text, text, text, (base, a, b) => {
        for (const conflict of mergeText(base, a, b).conflicts) {
          const [ours, theirs] = [linesOf(a, conflict.earlier), linesOf(b, conflict.later)]
          expect(ours).not.toBe(theirs)
          expect(mergeText(base, a, b).text).toContain(theirs)
        }
      }),
    )
  })

  test.each([
    ['far apart', '1\n2\n3\n', 'A\n2\n3\n', '1\n2\nB\n', 'A\n2\nB\n', 0],
    // Nothing stands between the two edits but the line end, and that is enough.
    ['on neighbouring lines', '1\n2\n', 'A\n2\n', '1\nB\n', 'A\nB\n', 0],
    [
      'an insertion below a changed line',
      '1\n2\n3\n',
      '1\n2\nA\n3\n',
      '1\nB\n3\n',
      '1\nB\nA\n3\n',
      0,
    ],
    // As diff3 has it: no unchanged word stands between an insertion and the word behind it.
    ['an insertion right before a changed word', '1\n2\n', '1\nA\n2\n', '1\nB\n', '1\nB\n', 1],
    ['two insertions at one place', '1\n2\n', '1\nA\n2\n', '1\nB\n2\n', '1\nB\n2\n', 1],
    ['two endings', 'a\n', 'a\nb\n', 'a\nc\n', 'a\nc\n', 1],
    [
      'a removal beside an edit of the same line',
      '1\n2\n3\n',
      '1\n3\n',
      '1\nB\n3\n',
      '1\nB\n3\n',
      1,
    ],
    ['a removal right before a changed word', '1\n2\n3\n', '1\n3\n', '1\n2\nC\n', '1\n2\nC\n', 1],
    [
      'a removal above an edited line',
      '1\n2\nthe 3\n',
      '1\nthe 3\n',
      '1\n2\nthe C\n',
      '1\nthe C\n',
      0,
    ],
    ['both removed the same', '1\n2\n3\n', '1\n3\n', '1\n3\n', '1\n3\n', 0],
    ['words of one line', 'a b c d\n', 'A b c d\n', 'a b c D\n', 'A b c D\n', 0],
    ['one word', 'a b c d\n', 'a x c d\n', 'a y c d\n', 'a y c d\n', 1],
    ['a last line without end', 'a\nb', 'A\nb', 'a\nb\nc', 'A\nb\nc', 0],
    ['from nothing', '', 'a\n', 'b\n', 'b\n', 1],
  ])('edits %s', (_which, base, earlier, later, expected, conflicts) => {
    const merged = mergeText(base, earlier, later)
    expect(merged.text).toBe(expected)
    expect(merged.conflicts).toHaveLength(conflicts)
  })

  test('two rewritten sentences are not woven together from the words they share', () => {
    const base = 'The quick fox ran over the hill and then it slept in the sun.\n'
    const earlier = 'A slow dog ran under the bridge and then we walked home.\n'
    const later = 'The quick fox went over a mountain or maybe they hid from rain.\n'
    expect(mergeText(base, earlier, later)).toMatchObject({ text: later, conflicts: [{}] })
  })

  test('a paragraph moved by one and mended by the other is not lost', () => {
    const base = 'p one is here\n\np two is here\n\np three is here\n'
    const moved = 'p two is here\n\np one is here\n\np three is here\n'
    const mended = 'p one is here\n\np two is here\n\np three stays here\n'
    expect(mergeText(base, moved, mended)).toEqual({
      text: 'p two is here\n\np one is here\n\np three stays here\n',
      conflicts: [],
    })
  })
})

/** Long posts: half of the lines blank, some repeated, the rest their own. */
function longText(seed: number, lines: number): string[] {
  const dice = seededDice(seed)
  return Array.from({ length: lines }, (_, n) => {
    const throws = dice.uint32() % 10
    return throws < 5 ? '' : throws < 7 ? `- item ${dice.uint32() % 20}` : `sentence ${n} of it`
  })
}

/** Change, remove and add lines, `perMille` of them. */
function edit(lines: readonly string[], seed: number, perMille: number): string[] {
  const dice = seededDice(seed)
  return lines.flatMap((line, n) => {
    if (dice.uint32() % 1_000 >= perMille) return [line]
    const kind = dice.uint32() % 3
    return kind === 0 ? [] : kind === 1 ? [`${seed} changed ${n}`] : [line, `${seed} new ${n}`]
  })
}

describe('6,000 half-blank lines, both sides changed', () => {
  const base = longText(1, 6_000)

  test.each([10, 100, 300])(
    'are compared within a tenth of the budget (%i of 1,000 lines changed on each side)',
    (perMille) => {
      const [earlier, later] = [edit(base, 2, perMille), edit(base, 3, perMille)]
      for (const side of [earlier, later]) {
        const budget = { steps: stepsMax }
        expect(diffTokens(base, side, budget)).toBeDefined()
        expect(stepsMax - budget.steps).toBeLessThan(stepsMax / 10)
      }
      const merged = mergeText(base.join('\n'), earlier.join('\n'), later.join('\n'))
      const perSide = (text: string, seed: number): number =>
        text.split('\n').filter((line) => line.startsWith(`${seed} `)).length
      // Every change of the later side is there; of the earlier one those that met none.
      expect(perSide(merged.text, 3)).toBe(perSide(later.join('\n'), 3))
      expect(perSide(merged.text, 2)).toBeGreaterThan(perSide(earlier.join('\n'), 2) / 3)
    },
  )

  test('of which nothing is left: one conflict over the whole body, the later side shown', () => {
    const blankish = (mark: string): string =>
      Array.from({ length: 6_000 }, (_, n) => (n % 2 === 0 ? '' : `${mark}${n % 7}`)).join('\n')
    const [start, earlier, later] = [blankish('s'), blankish('e'), blankish('l')]
    const merged = mergeText(start, earlier, later)
    expect(merged.text).toBe(later)
    expect(merged.conflicts).toEqual([{ base: [1, 6_000], earlier: [1, 6_000], later: [1, 6_000] }])
  })
})

test('lines of one text are found in another that was made of it', () => {
  expect(mapLines('a\nb\nc\n', 'new\na\nB\nc\n', [1, 2])).toEqual([2, 3])
  expect(mapLines('a\nb\nc\n', 'new\na\nB\nc\n', [2, 3])).toEqual([3, 4])
})
