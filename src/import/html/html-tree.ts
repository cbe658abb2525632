/** HTML as a tree, and back: read as forgivingly as pages read it (`sanitize.ts` uses the same parser). */

import { parseDocument } from 'htmlparser2'

export type HtmlNode = ReturnType<typeof parseDocument>['children'][number]
export type HtmlElement = Extract<HtmlNode, { readonly attribs: unknown }>
type HtmlText = Extract<HtmlNode, { readonly nodeType: 3 }>

/** Deeper trees are nobody's text: they are not walked, so that no stack overflows. */
const depthMax = 200

/** What stands in these is no text: pages leave it out as well. */
export const notText: ReadonlySet<string> = new Set([
  ...['script', 'style', 'textarea', 'option', 'select', 'noscript', 'template', 'title', 'head'],
])
const voidNames = new Set([
  'br',
  'hr',
  'img',
  'wbr',
  'col',
  'source',
  'track',
  'input',
  'embed',
  'area',
])

/** @returns undefined for a tree too deep to be walked. */
export function readHtml(html: string): readonly HtmlNode[] | undefined {
  const { children } = parseDocument(html, { decodeEntities: true })
  return isTooDeep(children) ? undefined : children
}

function isTooDeep(nodes: readonly HtmlNode[]): boolean {
  let level: readonly HtmlNode[] = nodes
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > depthMax) return true
    level = level.flatMap(childrenOf)
  }
  return false
}

export function isElement(node: HtmlNode): node is HtmlElement {
  return 'attribs' in node
}

export function isText(node: HtmlNode): node is HtmlText {
  return node.nodeType === 3
}

export function childrenOf(node: HtmlNode): readonly HtmlNode[] {
  return 'children' in node ? node.children : []
}

export function attribute(element: HtmlElement, name: string): string {
  return element.attribs[name] ?? ''
}

/** All words of a tree as they are; `<br>` is a line feed. */
export function rawText(nodes: readonly HtmlNode[]): string {
  return nodes
    .map((node) => {
      if (isText(node)) return node.data
      if (!isElement(node)) return ''
      return node.name === 'br' ? '\n' : rawText(childrenOf(node))
    })
    .join('')
}

/** One line of plain text: what a title, a summary or a name says. */
export function plainLine(html: string): string {
  if (!/[<&]/.test(html)) return html.replace(/\s+/g, ' ').trim()
  const nodes = readHtml(html)
  return (nodes === undefined ? '' : spaced(nodes)).replace(/\s+/g, ' ').trim()
}

/** As `rawText`, with a blank between blocks, and without what is no text. */
function spaced(nodes: readonly HtmlNode[]): string {
  return nodes
    .map((node) => {
      if (isText(node)) return node.data
      if (!isElement(node) || notText.has(node.name)) return ''
      const inner = spaced(childrenOf(node))
      return /^(?:p|div|br|li|h[1-6]|tr|td|th|dt|dd|blockquote|pre|figcaption)$/.test(node.name)
        ? ` ${inner} `
        : inner
    })
    .join('')
}

const escapeText = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
const escapeAttribute = (text: string): string => escapeText(text).replace(/"/g, '&quot;')

/** Attributes that a page would show something of; classes and styles of another theme are not. */
const keptAttributes = new Set([
  ...['href', 'src', 'alt', 'title', 'width', 'height', 'cite', 'datetime', 'id', 'lang', 'dir'],
  ...['colspan', 'rowspan', 'scope', 'start', 'reversed', 'type', 'value', 'open', 'span', 'data'],
])

export function openTag(element: HtmlElement): string {
  const attributes = Object.entries(element.attribs)
    .filter(([name, value]) => keptAttributes.has(name) && (value !== '' || name === 'open'))
    .map(([name, value]) => ` ${name}="${escapeAttribute(value.replace(/\s*\n\s*/g, ' '))}"`)
  return `<${element.name}${attributes.join('')}>`
}

/**
 * A tree as HTML that Markdown takes for one block: without a blank line, which would end it. A blank line
 * inside `<pre>` is written as a character reference.
 */
export function writeHtml(nodes: readonly HtmlNode[], isPre = false): string {
  return nodes
    .map((node) => {
      if (isText(node)) {
        const text = escapeText(node.data)
        return isPre ? text.replace(/\n(?=[ \t]*(?:\n|$))/g, '&#10;') : text.replace(/\s+/g, ' ')
      }
      if (!isElement(node) || notText.has(node.name)) return ''
      if (voidNames.has(node.name)) return openTag(node)
      const inner = writeHtml(childrenOf(node), isPre || node.name === 'pre')
      return `${openTag(node)}${inner}</${node.name}>`
    })
    .join('')
}
