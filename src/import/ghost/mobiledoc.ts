/**
 * Mobiledoc 0.3, the texts of Ghost 2 to 4 and of older posts of later ones: lists of markups, atoms, cards and
 * sections that name each other by number → pieces.
 *
 * Source: bustle/mobiledoc-kit MOBILEDOC.md (0.3.x).
 */

import type { Note } from '../brought.ts'
import { readCard } from './cards.ts'
import { htmlText, htmlValue, type Piece } from './pieces.ts'
import { listOf, looseOf, numberOf, parsedJson, textOf, type Loose } from './values.ts'

const markupSection = 1
const imageSection = 2
const listSection = 3
const cardSection = 10
const sectionTags = /^(?:p|h[1-6]|blockquote|aside)$/
const markupTags = /^(?:a|b|code|em|i|s|strong|sub|sup|u|mark|del)$/

/** @returns undefined where it is no Mobiledoc. */
export function readMobiledoc(json: string, notes: Note[]): readonly Piece[] | undefined {
  const document = looseOf(parsedJson(json))
  if (!Array.isArray(document['sections'])) return undefined
  return listOf(document['sections']).flatMap((section) => read(listOf(section), document, notes))
}

function read(section: readonly unknown[], document: Loose, notes: Note[]): readonly Piece[] {
  const [type, first, second] = section
  const html = (text: string): readonly Piece[] => [{ kind: 'html', text }]
  switch (type) {
    case markupSection: {
      const words = line(listOf(second), document)
      const name = textOf(first).toLowerCase()
      const tag = sectionTags.test(name) ? name.replace('aside', 'blockquote') : 'p'
      return words === '' ? [] : html(`<${tag}>${words}</${tag}>`)
    }
    case imageSection:
      return html(`<p><img src="${htmlValue(textOf(first))}" alt=""></p>`)
    case listSection: {
      const name = first === 'ol' ? 'ol' : 'ul'
      const items = listOf(second).map((item) => `<li>${line(listOf(item), document)}</li>`)
      return html(`<${name}>${items.join('')}</${name}>`)
    }
    case cardSection: {
      const [name, payload] = listOf(listOf(document['cards'])[numberOf(first)])
      return readCard(textOf(name), payload, notes)
    }
    default:
      return []
  }
}

/** Markers: each opens some markups, says its words, and closes some of those that are open. */
function line(markers: readonly unknown[], document: Loose): string {
  const open: string[] = []
  let html = ''
  for (const marker of markers) {
    const [type, opened, closed, value] = listOf(marker)
    for (const index of listOf(opened)) {
      const { tag, start } = markup(listOf(listOf(document['markups'])[numberOf(index)]))
      open.push(tag)
      html += start
    }
    html +=
      type === 1
        ? atom(listOf(listOf(document['atoms'])[numberOf(value)]))
        : htmlText(textOf(value))
    for (let left = Math.min(numberOf(closed) || 0, open.length); left > 0; left--) {
      html += end(open.pop() ?? '')
    }
  }
  return html + open.reverse().map(end).join('')
}

const end = (tag: string): string => (tag === '' ? '' : `</${tag}>`)

function markup(given: readonly unknown[]): { readonly tag: string; readonly start: string } {
  const tag = textOf(given[0]).toLowerCase()
  if (!markupTags.test(tag)) return { tag: '', start: '' }
  if (tag !== 'a') return { tag, start: `<${tag}>` }
  const attributes = listOf(given[1])
  const at = attributes.indexOf('href')
  const address = at === -1 ? '' : textOf(attributes[at + 1])
  return address === ''
    ? { tag: '', start: '' }
    : { tag, start: `<a href="${htmlValue(address)}">` }
}

/** A soft return is a line break; of another atom its words. */
function atom([name, value]: readonly unknown[]): string {
  return name === 'soft-return' ? '<br>' : htmlText(textOf(value))
}
