/**
 * Lexical, the texts of Ghost 5 and 6: a tree of nodes → pieces.
 *
 * Invariant: every letter of every text node comes out, whatever node it stands in; unknown nodes give what is
 * in them.
 *
 * Source: facebook/lexical (serialized nodes, format bits); TryGhost/Koenig packages/kg-default-nodes.
 */

import type { Note } from '../brought.ts'
import { isCard, readCard } from './cards.ts'
import { htmlText, htmlValue, type Piece } from './pieces.ts'
import { isLoose, listOf, looseOf, numberOf, parsedJson, textOf, type Loose } from './values.ts'

/** Bits of a text's format, the outermost first. */
const formats: readonly (readonly [bit: number, name: string])[] = [
  [1, 'strong'],
  [2, 'em'],
  [4, 's'],
  [8, 'u'],
  [128, 'mark'],
  [32, 'sub'],
  [64, 'sup'],
  [16, 'code'],
]
/** Deeper than any text; a tree beyond it is an attack on the stack. */
const depthMax = 200

interface Reading {
  readonly notes: Note[]
  isTooDeep: boolean
}

/** @returns undefined where it is no Lexical text, or deeper than any text is. */
export function readLexical(json: string, notes: Note[]): readonly Piece[] | undefined {
  const root = looseOf(looseOf(parsedJson(json))['root'])
  if (!Array.isArray(root['children'])) return undefined
  const reading: Reading = { notes, isTooDeep: false }
  const pieces = blocks(listOf(root['children']), reading, 0)
  return reading.isTooDeep ? undefined : pieces
}

/** Runs of texts and links between blocks are paragraphs of their own. */
function blocks(nodes: readonly unknown[], reading: Reading, depth: number): readonly Piece[] {
  if (depth > depthMax) {
    reading.isTooDeep = true
    return []
  }
  const pieces: Piece[] = []
  let line = ''
  const end = (): void => {
    if (line.trim() !== '') pieces.push({ kind: 'html', text: `<p>${line}</p>` })
    line = ''
  }
  for (const node of nodes) {
    const words = inline(node, reading, depth)
    if (words !== undefined) line += words
    else {
      end()
      pieces.push(...block(looseOf(node), reading, depth))
    }
  }
  end()
  return pieces
}

function block(node: Loose, reading: Reading, depth: number): readonly Piece[] {
  const type = textOf(node['type'])
  const children = listOf(node['children'])
  const wrap = (name: string): readonly Piece[] => [
    { kind: 'html', text: `<${name}>${inside(children, reading, depth + 1)}</${name}>` },
  ]
  switch (type.replace(/^extended-/, '')) {
    case 'paragraph':
      return children.length === 0 ? [] : wrap('p')
    case 'heading': {
      const level = textOf(node['tag'])
      return wrap(/^h[1-6]$/.test(level) ? level : 'h2')
    }
    case 'quote':
    case 'aside':
      return wrap('blockquote')
    case 'list':
      return [{ kind: 'html', text: list(node, reading, depth + 1) }]
    default:
      break
  }
  if (isCard(type)) return readCard(type, node, reading.notes)
  return children.length > 0
    ? blocks(children, reading, depth + 1)
    : readCard(type, withoutShape(node), reading.notes)
}

/** What every node has and nobody wrote. */
const shape = new Set(['type', 'version', 'format', 'children', 'direction', 'indent'])

function withoutShape(node: Loose): Loose {
  return Object.fromEntries(Object.entries(node).filter(([name]) => !shape.has(name)))
}

function list(node: Loose, reading: Reading, depth: number): string {
  const isNumbered = node['listType'] === 'number' || node['tag'] === 'ol'
  const start = numberOf(node['start'])
  const from = isNumbered && Number.isInteger(start) && start > 1 ? ` start="${start}"` : ''
  const name = isNumbered ? 'ol' : 'ul'
  let items = ''
  for (const child of listOf(node['children'])) {
    const item = looseOf(child)
    const inner = listOf(item['children'])
    // A list within a list is an item of nothing but that list: it belongs to the item before it.
    const isOfList = inner.length > 0 && inner.every((each) => looseOf(each)['type'] === 'list')
    const isChecked = typeof item['checked'] === 'boolean'
    const box = !isChecked
      ? ''
      : `<input type="checkbox" disabled${item['checked'] === true ? ' checked' : ''}> `
    const words =
      item['type'] === 'listitem'
        ? inside(inner, reading, depth + 1)
        : inside([child], reading, depth + 1)
    if (isOfList && items.endsWith('</li>')) items = `${items.slice(0, -5)}${words}</li>`
    else items += `<li>${box}${words}</li>`
  }
  return `<${name}${from}>${items}</${name}>`
}

/** Words and lists within a block, as HTML; a card that stands there gives its HTML. */
function inside(nodes: readonly unknown[], reading: Reading, depth: number): string {
  if (depth > depthMax) {
    reading.isTooDeep = true
    return ''
  }
  return nodes
    .map((node) => {
      const words = inline(node, reading, depth)
      if (words !== undefined) return words
      const found = looseOf(node)
      if (found['type'] === 'list') return list(found, reading, depth + 1)
      return block(found, reading, depth + 1)
        .map(({ kind, text }) => (kind === 'markdown' ? htmlText(text) : text))
        .join('')
    })
    .join('')
}

/** @returns undefined for what is no part of a line. */
function inline(node: unknown, reading: Reading, depth: number): string | undefined {
  if (!isLoose(node)) return ''
  switch (textOf(node['type'])) {
    case 'text':
    case 'extended-text':
    case 'tk':
      return formatted(textOf(node['text']), numberOf(node['format']) || 0)
    case 'linebreak':
      return '<br>'
    case 'tab':
      return '\t'
    case 'link':
    case 'autolink':
    case 'at-link': {
      const words = inside(listOf(node['children']), reading, depth + 1)
      const address = textOf(node['url'])
      if (address === '') return words
      const title = textOf(node['title'])
      const named = title === '' ? '' : ` title="${htmlValue(title)}"`
      return `<a href="${htmlValue(address)}"${named}>${words || htmlText(address)}</a>`
    }
    case 'zwnj':
    case 'at-link-search':
      return htmlText(textOf(node['text']))
    default:
      return undefined
  }
}

function formatted(text: string, format: number): string {
  const names = formats.filter(([bit]) => (format & bit) !== 0).map(([, name]) => name)
  return (
    names.map((name) => `<${name}>`).join('') +
    htmlText(text) +
    names
      .reverse()
      .map((name) => `</${name}>`)
      .join('')
  )
}
