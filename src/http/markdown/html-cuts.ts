/**
 * Operations on HTML that `sanitize.ts` made: well-formed, every `<` of a text escaped, attributes in
 * double quotes. On such HTML small patterns are enough; on any other they would be wrong.
 */

import { unescapeHtml } from './escape.ts'

const voidTags = new Set(['br', 'hr', 'img', 'wbr', 'col'])

/** Cut at the top level: each piece is one element (with the text before it). */
export function splitBlocks(html: string): string[] {
  const pieces: string[] = []
  const tag = /<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g
  let depth = 0
  let from = 0
  for (let match = tag.exec(html); match; match = tag.exec(html)) {
    const [whole, slash, name = ''] = match
    if (!voidTags.has(name)) depth += slash === '/' ? -1 : 1
    if (depth > 0) continue
    const to = match.index + whole.length
    pieces.push(html.slice(from, to))
    from = to
  }
  const rest = html.slice(from)
  if (rest.trim() !== '') pieces.push(rest)
  return pieces
}

/** Move headings `by` levels down; h6 stays. */
export function deepenHeadings(html: string, by: number): string {
  return html.replace(
    /(<\/?)h([1-6])\b/g,
    (_whole, open: string, level: string) => `${open}h${Math.min(6, Number(level) + by)}`,
  )
}

/**
 * Make the text stand in another place than its own page: ids go (two posts may share one), and headings'
 * links to themselves; fragments and relative addresses lead back to `base`.
 *
 * @param base - absolute URL, or a path of this site.
 */
export function rebase(html: string, base: string): string {
  const isPath = base.startsWith('/')
  const from = isPath ? `http://here${base}` : base
  const resolve = (value: string): string => {
    if (/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(value)) return value
    if (value.startsWith('#')) return base + value
    if (!URL.canParse(value, from)) return value
    const url = new URL(value, from)
    return isPath ? url.pathname + url.search + url.hash : url.href
  }
  return html
    .replace(/<a class="self"[^>]*>([\s\S]*?)<\/a>/g, '$1')
    .replace(/(<[a-z][^>]*?) id="[^"]*"/g, (_whole, open: string) => open)
    .replace(
      /(<[a-z][^>]*? (?:href|src|cite)=")([^"]*)"/g,
      (_whole, open: string, value: string) =>
        `${open}${escapeAttribute(resolve(unescapeHtml(value)))}"`,
    )
    .replace(/(<img [^>]*?srcset=")([^"]*)"/g, (_whole, open: string, set: string) => {
      const candidates = unescapeHtml(set).split(/,\s+/)
      const resolved = candidates.map((each) => each.trim().replace(/^\S+/, resolve))
      return `${open}${escapeAttribute(resolved.join(', '))}"`
    })
}

function escapeAttribute(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}

/** The words of the text, on one line. */
export function plainText(html: string): string {
  return unescapeHtml(
    html
      .replace(/<pre[\s\S]*?<\/pre>/g, ' ')
      .replace(/<[^>]*>/g, (tag) =>
        /^<\/?(?:p|li|h\d|div|td|th|br|blockquote)/.test(tag) ? ' ' : '',
      ),
  )
    .replace(/\s+/g, ' ')
    .trim()
}

/** The words of the first paragraphs (headings and code say little out of place), else all words. */
export function leadText(html: string): string {
  const paragraphs = html.slice(0, 40_000).match(/<p>[\s\S]*?<\/p>/g) ?? []
  const words = plainText(paragraphs.slice(0, 4).join(' '))
  return words === '' ? plainText(html.slice(0, 40_000)) : words
}

/** The first words, at most `charsMax` of them, cut between words. */
export function excerpt(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text
  const cut = text.slice(0, charsMax)
  const space = cut.lastIndexOf(' ')
  return `${(space > charsMax / 2 ? cut.slice(0, space) : cut).replace(/[\s.,;:!?-]+$/, '')}…`
}
