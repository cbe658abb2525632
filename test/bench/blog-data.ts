/**
 * A blog to measure with: the same for every run, in the likeness of a real one.
 *
 * Of a thousand posts of nodejs.org's blog a tenth is below 2 KB, half below 8 KB, a tenth above 40 KB; most
 * hold headings, lists, links and code. These are made of the same things, from 1 to 24 KB, half below 5 KB.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { seededDice } from '../../src/kernel/prng.ts'

/** A whole number from 0 to below `n`. */
export type Below = (n: number) => number

export function seeded(seed: number): Below {
  const dice = seededDice(seed)
  return (n) => dice.uint32() % n
}

const syllables = 'ba de fi go lu ma ne pi ro su ta ve wi xo ya ze tri sto kla mern'.split(' ')
const tagNames = 'riak erlang node tests release security http notes ideas travel'.split(' ')

/** Enough different words that a text compresses as one does. */
function makeWords(below: Below): readonly string[] {
  return Array.from({ length: 1_500 }, () => {
    const length = 1 + below(4)
    return Array.from({ length }, () => syllables[below(syllables.length)] ?? '').join('')
  })
}

function pick<T>(from: readonly T[], below: Below): T {
  const picked = from[below(from.length)]
  if (picked === undefined) throw new RangeError('nothing to pick from')
  return picked
}

function sentence(words: readonly string[], below: Below): string {
  const some = Array.from({ length: 6 + below(12) }, () => {
    const word = pick(words, below)
    switch (below(24)) {
      case 0:
        return `*${word}*`
      case 1:
        return `\`${word}()\``
      case 2:
        return `[${word}](https://example.org/${word})`
      default:
        return word
    }
  })
  return `${some.join(' ')}.`
}

function paragraph(words: readonly string[], below: Below): string {
  return Array.from({ length: 2 + below(4) }, () => sentence(words, below)).join(' ')
}

function block(words: readonly string[], below: Below): string {
  switch (below(8)) {
    case 0:
      return `## ${pick(words, below)} ${pick(words, below)}`
    case 1:
      return Array.from({ length: 3 + below(6) }, () => `- ${sentence(words, below)}`).join('\n')
    case 2: {
      const lines = Array.from({ length: 3 + below(8) }, (_, n) => {
        return `  const ${pick(words, below)}${n} = ${pick(words, below)}(${below(100)}) // ${pick(words, below)}`
      })
      return ['```js', `export function ${pick(words, below)}() {`, ...lines, '}', '```'].join('\n')
    }
    case 3:
      return `> ${sentence(words, below)}`
    default:
      return paragraph(words, below)
  }
}

/** Markdown of at least so many characters, a block more at most. */
export function makeText(charsMin: number, below: Below): string {
  const words = makeWords(below)
  const blocks: string[] = [paragraph(words, below)]
  for (let chars = 0; chars < charsMin;) {
    const next = block(words, below)
    blocks.push(next)
    chars += next.length + 2
  }
  return blocks.join('\n\n')
}

export interface BlogPost {
  readonly slug: string
  readonly markdown: string
}

const weekMs = 7 * 86_400_000

/** `count` posts a week apart, the last in 2024. */
export function makePosts(count: number): readonly BlogPost[] {
  const below = seeded(2_017)
  return Array.from({ length: count }, (_, n) => {
    // Between 1 and 24 KB, short ones more often.
    const chars = 1_000 + Math.floor(23_000 * (below(1_000) / 1_000) ** 2.5)
    const slug = `post-${String(n).padStart(4, '0')}`
    const date = new Date(Date.UTC(2024, 11, 1, 9) - (count - n) * weekMs).toISOString()
    const tags = [...new Set(Array.from({ length: 1 + below(4) }, () => pick(tagNames, below)))]
    const head = ['---', `title: The ${slug} of this blog`, `slug: ${slug}`, `date: ${date}`]
    const text = makeText(chars, below)
    return {
      slug,
      markdown: [...head, `tags: [${tags.join(', ')}]`, '---', '', text, ''].join('\n'),
    }
  })
}

/** Writes them as the importer takes them. */
export function writePosts(folder: string, posts: readonly BlogPost[]): void {
  mkdirSync(folder, { recursive: true })
  for (const { slug, markdown } of posts) writeFileSync(join(folder, `${slug}.md`), markdown)
}
