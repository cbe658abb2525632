/**
 * HTML of other programs → Markdown, as a person would have written it.
 *
 *     <p>Ann <b>said</b>:</p><ul><li>one</li></ul>   ──▶   Ann **said**:
 *                                                          ⏎
 *                                                          - one
 *
 * Pure. What Markdown cannot say (`<sub>`, definition lists, tables with joined cells) stays HTML, which pages
 * show after `sanitize.ts`; what pages do not show anyway (styles, scripts, fields of forms) goes.
 *
 * Invariant: every word of the source is a word of the result, rendered: what means something to Markdown is
 * escaped (`escape-markdown.ts`). Time grows with the length of the text alone.
 *
 * Own code where libraries exist: turndown takes 1.5 ms of CPU for a post of 1,300 characters, rehype-remark
 * 3.6, as much as storing it does; this takes 0.3. Both overflow the stack on deep trees.
 */

import {
  codeBlock,
  codeSpan,
  destination,
  escapeLineStarts,
  escapeMarkdown,
  titlePart,
} from './escape-markdown.ts'
import { marked, resolveMarks, type MarkName } from './emphasis.ts'
import {
  attribute,
  childrenOf,
  isElement,
  isText,
  notText,
  openTag,
  rawText,
  readHtml,
  writeHtml,
  type HtmlElement,
  type HtmlNode,
} from './html-tree.ts'
import { tableRows } from './table-rows.ts'

/** `post`: with HTML where it is needed; `comment`: Markdown alone, a line feed is a line's end. */
export type Flavour = 'post' | 'comment'

interface Context {
  readonly flavour: Flavour
  /** Ids that links of the text lead to: their anchors stay. */
  readonly targets: ReadonlySet<string>
  /** Within a heading, a cell or a link: one line. */
  readonly isLine: boolean
}

const markOf: Readonly<Record<string, MarkName>> = {
  ...{ b: 'strong', strong: 'strong', em: 'em', i: 'em', cite: 'em', dfn: 'em', var: 'em' },
  ...{ del: 'del', s: 'del', strike: 'del' },
}
/** Said by HTML alone; what they enclose is Markdown again. */
const keptInline = new Set([
  ...['sub', 'sup', 'abbr', 'kbd', 'mark', 'q', 'small', 'u', 'ins', 'samp', 'time', 'bdo', 'bdi'],
  ...['ruby', 'rt', 'rp'],
])
const blockNames = new Set([
  ...[
    'address',
    'article',
    'aside',
    'blockquote',
    'body',
    'center',
    'dd',
    'details',
    'dialog',
    'dir',
  ],
  ...[
    'div',
    'dl',
    'dt',
    'fieldset',
    'figcaption',
    'figure',
    'footer',
    'form',
    'h1',
    'h2',
    'h3',
    'h4',
  ],
  ...[
    'h5',
    'h6',
    'header',
    'hgroup',
    'hr',
    'html',
    'iframe',
    'legend',
    'li',
    'main',
    'menu',
    'nav',
  ],
  ...[
    'object',
    'ol',
    'p',
    'pre',
    'section',
    'summary',
    'table',
    'tbody',
    'td',
    'tfoot',
    'th',
    'thead',
  ],
  ...['tr', 'ul', 'video', 'audio', 'embed', 'caption'],
])
/** Kept whole: Markdown has nothing like them. */
const keptBlocks = new Set(['dl', 'details', 'iframe', 'video', 'audio', 'embed', 'object'])

/** @returns undefined for a tree that is too deep to be anybody's text. */
export function htmlToMarkdown(html: string, flavour: Flavour = 'post'): string | undefined {
  const nodes = readHtml(html)
  if (nodes === undefined) return undefined
  const targets = new Set(
    [...html.matchAll(/href\s*=\s*["']?#([^"'\s>]+)/gi)].map(([, id = '']) => id),
  )
  return blocks(nodes, { flavour, targets, isLine: false }).join('\n\n')
}

/** Blocks of Markdown; words between blocks are paragraphs of their own. */
function blocks(nodes: readonly HtmlNode[], context: Context): readonly string[] {
  const made: string[] = []
  let line: HtmlNode[] = []
  const endLine = (): void => {
    const text = paragraph(line, context)
    if (text !== '') made.push(text)
    line = []
  }
  for (const node of nodes) {
    if (isElement(node) && holdsBlock(node)) {
      endLine()
      for (const block of blockOf(node, context)) if (block !== '') made.push(block)
    } else line.push(node)
  }
  endLine()
  return separated(made)
}

/** A block, or something around blocks that is none itself, such as `<a><div>`. */
function holdsBlock(node: HtmlElement): boolean {
  if (blockNames.has(node.name)) return true
  if (notText.has(node.name) || node.name === 'button') return false
  return childrenOf(node).some((child) => isElement(child) && holdsBlock(child))
}

/** Two lists beside each other would be one. */
function separated(made: readonly string[]): readonly string[] {
  return made.flatMap((block, at) => {
    const before = made[at - 1] ?? ''
    const isSameList = /^- /.test(block) && /^- /.test(before)
    const isSameNumbers = /^\d+\. /.test(block) && /^\d+\. /.test(before)
    return isSameList || isSameNumbers ? ['<!-- -->', block] : [block]
  })
}

function blockOf(node: HtmlElement, context: Context): readonly string[] {
  const children = childrenOf(node)
  if (notText.has(node.name)) return []
  if (context.flavour === 'post' && keptBlocks.has(node.name)) return [writeHtml([node])]
  switch (node.name) {
    case 'h1':
    case 'h2':
    case 'h3':
    case 'h4':
    case 'h5':
    case 'h6':
      return [heading(node, context)]
    case 'hr':
      return ['***']
    case 'pre':
      return [preformatted(node)]
    case 'ul':
    case 'ol':
    case 'menu':
    case 'dir':
      return [list(node, context)]
    case 'blockquote':
      return [prefixed(blocks(children, context).join('\n\n'), '> ', '> ')]
    case 'table':
      return table(node, context)
    case 'figure':
      return figure(node, context)
    default: {
      const inner = blocks(children, context)
      const anchor = anchorOf(node, context)
      return anchor === '' || inner[0] === undefined
        ? inner
        : [anchor + inner[0], ...inner.slice(1)]
    }
  }
}

function paragraph(nodes: readonly HtmlNode[], context: Context): string {
  const text = resolveMarks(inline(nodes, context), context.flavour === 'post')
  const lines = text
    .split('\n')
    .map((line) => line.replace(/^[ \t]+|[ \t]+$/g, ''))
    .join('\n')
    .replace(/[ \t]+\\\n/g, '\\\n')
    .replace(/^(?:\\?\n)+|(?:\\?\n)+$/g, '')
  return /^[\s\u00a0]*$/.test(lines) ? '' : escapeLineStarts(lines)
}

function oneLine(nodes: readonly HtmlNode[], context: Context): string {
  const text = inline(nodes, { ...context, isLine: true })
  return resolveMarks(text, context.flavour === 'post')
    .replace(/\s+/g, ' ')
    .trim()
}

/** A line of Markdown, with marks not yet resolved. Line feeds are lines' ends. */
function inline(nodes: readonly HtmlNode[], context: Context): string {
  const parts: string[] = []
  for (const node of nodes) {
    const last = parts.at(-1)
    if (isText(node)) {
      const text = node.data.replace(/[ \t\n\r\f]+/g, ' ')
      const part = escapeMarkdown(
        last === undefined || /\s$/.test(last) ? text.replace(/^ /, '') : text,
      )
      if (part !== '') parts.push(part)
      continue
    }
    if (!isElement(node) || notText.has(node.name)) continue
    const part = inlineOf(node, context)
    // Else an exclamation before a link makes a picture of it.
    if (part.startsWith('[') && last?.endsWith('!') === true) {
      parts[parts.length - 1] = `${last.slice(0, -1)}\\!`
    }
    if (part !== '') parts.push(part)
  }
  return parts.join('')
}

function inlineOf(node: HtmlElement, context: Context): string {
  const children = childrenOf(node)
  const mark = markOf[node.name]
  if (mark !== undefined) return marked(mark, inline(children, context))
  if (context.flavour === 'post' && keptInline.has(node.name)) {
    return `${openTag(node)}${inline(children, context)}</${node.name}>`
  }
  switch (node.name) {
    case 'br':
      return context.isLine ? ' ' : context.flavour === 'comment' ? '\n' : '\\\n'
    case 'code':
    case 'tt':
      return codeSpan(rawText(children))
    case 'img':
      return image(node, context)
    case 'a':
      return link(node, context)
    case 'acronym': {
      const title = attribute(node, 'title')
      const inner = inline(children, context)
      if (context.flavour === 'comment' || title === '') return inner
      return `<abbr title="${title.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;')}">${inner}</abbr>`
    }
    default:
      return anchorOf(node, context) + inline(children, context)
  }
}

function link(node: HtmlElement, context: Context): string {
  const href = attribute(node, 'href').trim()
  const words = inline(childrenOf(node), { ...context, isLine: true })
  const anchor = anchorOf(node, context)
  if (href === '' || /^(?:javascript|vbscript|data):/i.test(href)) return anchor + words
  if (words.trim() === '') return anchor
  const isItself = rawText(childrenOf(node)).trim() === href && /^https?:\/\/[^\s<>]+$/.test(href)
  if (isItself && attribute(node, 'title') === '') return `${anchor}<${href}>`
  // Blanks within a link would be underlined.
  const [, before = '', text = '', after = ''] = /^(\s*)(.*?)(\s*)$/s.exec(words) ?? []
  const inner = resolveMarks(text, context.flavour === 'post')
  return `${before}${anchor}[${inner}](${destination(href)}${titlePart(attribute(node, 'title'))})${after}`
}

function image(node: HtmlElement, context: Context): string {
  const src = attribute(node, 'src').trim()
  const alt = attribute(node, 'alt').replace(/\s+/g, ' ').trim()
  if (src === '') return escapeMarkdown(alt)
  if (context.flavour === 'comment') return `[${escapeMarkdown(alt || src)}](${destination(src)})`
  return `![${escapeMarkdown(alt)}](${destination(src)}${titlePart(attribute(node, 'title'))})`
}

/** Where the text itself links to. */
function anchorOf(node: HtmlElement, context: Context): string {
  const id = attribute(node, 'id') || (node.name === 'a' ? attribute(node, 'name') : '')
  if (context.flavour === 'comment' || !context.targets.has(id)) return ''
  return `<a id="${id.replace(/&/g, '&amp;').replace(/"/g, '&quot;')}"></a>`
}

function heading(node: HtmlElement, context: Context): string {
  const words = oneLine(childrenOf(node), context)
  if (words === '') return ''
  const text = anchorOf(node, context) + words.replace(/(#+)$/, '\\$1')
  return `${'#'.repeat(Number(node.name.slice(1)))} ${text}`
}

function preformatted(node: HtmlElement): string {
  const code = rawText(childrenOf(node))
    .replace(/^(?:[ \t]*\n)+/, '')
    .replace(/\s+$/, '')
  return code.trim() === '' ? '' : codeBlock(code, languageOf(node))
}

/** As WordPress's and its plugins' blocks of code, Prism and highlight.js name it. */
function languageOf(pre: HtmlElement): string {
  const inner = childrenOf(pre).find((child) => isElement(child) && child.name === 'code')
  const said = [pre, ...(inner !== undefined && isElement(inner) ? [inner] : [])].flatMap(
    (node) => [
      attribute(node, 'data-lang'),
      attribute(node, 'data-language'),
      attribute(node, 'lang'),
      ...[/(?:language|lang)-([\w+#-]+)/, /brush:\s*([\w+#-]+)/].map(
        (pattern) => pattern.exec(attribute(node, 'class'))?.[1] ?? '',
      ),
    ],
  )
  return said.find((name) => /^[\w+#-]+$/.test(name))?.toLowerCase() ?? ''
}

function list(node: HtmlElement, context: Context): string {
  const items = childrenOf(node).filter(
    (child) => isElement(child) || rawText([child]).trim() !== '',
  )
  const first = Number.parseInt(attribute(node, 'start') || '1', 10)
  const isNumbered = node.name === 'ol'
  let number = Number.isSafeInteger(first) && first >= 0 && first < 1e8 ? first : 1
  const made = items.flatMap((item) => {
    const isItem = isElement(item) && item.name === 'li'
    const inner = blocks(isItem ? childrenOf(item) : [item], context)
    if (inner.length === 0 && !isItem) return []
    const mark = isNumbered ? `${number++}. ` : '- '
    const box = isItem && context.flavour === 'post' ? boxOf(item) : ''
    return [{ inner: withBox(inner, box), mark }]
  })
  // Paragraphs within an item part its items; a list within one does not.
  const isLoose = made.some(({ inner }) => inner.some((block, at) => at > 0 && !isListBlock(block)))
  return made
    .map(({ inner, mark }) => {
      const text = inner.reduce(
        (all, block) =>
          all === '' ? block : `${all}${!isLoose && isListBlock(block) ? '\n' : '\n\n'}${block}`,
        '',
      )
      return prefixed(text, mark, ' '.repeat(mark.length)) || mark.trimEnd()
    })
    .join(isLoose ? '\n\n' : '\n')
}

/** Of an item that begins with one. */
function boxOf(item: HtmlElement): '' | '[x] ' | '[ ] ' {
  const first = childrenOf(item).find((child) => isElement(child) || rawText([child]).trim() !== '')
  if (first === undefined || !isElement(first) || first.name !== 'input') return ''
  if (attribute(first, 'type').toLowerCase() !== 'checkbox') return ''
  return 'checked' in first.attribs ? '[x] ' : '[ ] '
}

function withBox(inner: readonly string[], box: string): readonly string[] {
  const [first, ...rest] = inner
  return box === '' || first === undefined || isListBlock(first) ? inner : [box + first, ...rest]
}

function isListBlock(block: string): boolean {
  return /^(?:- |\d+\. )/.test(block)
}

/** @param first - before the first line; `rest` before every other. */
function prefixed(text: string, first: string, rest: string): string {
  if (text === '') return ''
  return text
    .split('\n')
    .map((line, at) => (line === '' ? rest.trimEnd() : (at === 0 ? first : rest) + line))
    .join('\n')
}

function table(node: HtmlElement, context: Context): readonly string[] {
  const rows = tableRows(node)
  const isPlain = rows?.every((row) => row.every((cell) => !cell.children.some(isBlock)))
  if (rows === undefined || isPlain !== true) {
    return context.flavour === 'post' ? [writeHtml([node])] : blocks(cellsOf(node), context)
  }
  if (context.flavour === 'comment') return blocks(cellsOf(node), context)
  const width = Math.max(...rows.map((row) => row.length))
  const lines = rows.map((row) => {
    const cells = row.map((cell) => oneLine(cell.children, context).replace(/\|/g, '\\|'))
    return `| ${[...cells, ...Array<string>(width - cells.length).fill('')].join(' | ')} |`
  })
  const hasHead = rows[0]?.every((cell) => cell.isHead) === true
  const head = hasHead ? [] : [`|${'   |'.repeat(width)}`]
  lines.splice(hasHead ? 1 : 0, 0, ...head, `|${' --- |'.repeat(width)}`)
  return [lines.join('\n')]
}

function isBlock(node: HtmlNode): boolean {
  return isElement(node) && holdsBlock(node)
}

/** What stands in a table, as one text after another. */
function cellsOf(node: HtmlElement): readonly HtmlNode[] {
  return childrenOf(node).flatMap((child) =>
    isElement(child) && /^(?:t(?:head|body|foot|r)|caption)$/.test(child.name)
      ? cellsOf(child)
      : [child],
  )
}

/** A picture with words below it; another thing with words below it is these two. */
function figure(node: HtmlElement, context: Context): readonly string[] {
  const caption = childrenOf(node).find((child) => isElement(child) && child.name === 'figcaption')
  const shown = childrenOf(node).filter((child) => child !== caption && rawTextOrPicture(child))
  const words = caption === undefined ? [] : childrenOf(caption)
  const [only] = shown
  const isPicture =
    shown.length === 1 && only !== undefined && isElement(only) && only.name === 'img'
  const isPlain = words.every(isText)
  if (context.flavour === 'comment' || (words.length > 0 && isPicture && isPlain)) {
    const picture = only !== undefined && isElement(only) && isPicture ? only : undefined
    if (picture === undefined) return [...blocks(shown, context), ...blocks(words, context)]
    const alt = escapeMarkdown(attribute(picture, 'alt').replace(/\s+/g, ' ').trim())
    return [`![${alt}](${destination(attribute(picture, 'src'))}${titlePart(rawText(words))})`]
  }
  const isLinkedPicture = shown.length === 1 && hasOnlyPicture(shown)
  if (words.length > 0 && isLinkedPicture) return [writeHtml([node])]
  return [...blocks(shown, context), ...blocks(words, context)]
}

function rawTextOrPicture(node: HtmlNode): boolean {
  return isElement(node) || rawText([node]).trim() !== ''
}

function hasOnlyPicture(nodes: readonly HtmlNode[]): boolean {
  const all = nodes.filter(rawTextOrPicture)
  const [only] = all
  if (all.length !== 1 || only === undefined || !isElement(only)) return false
  return only.name === 'img' || (only.name === 'a' && hasOnlyPicture(childrenOf(only)))
}
