/**
 * Paragraphs of WordPress's classic editor: a blank line parts them, a line feed is a line's end, and neither is
 * in the text as HTML. Texts of its block editor have theirs written out.
 *
 * Linear in the length of the text. Unlike WordPress itself, line feeds within a `<p>` that somebody wrote
 * out are blanks, as in all HTML: such texts come from other editors.
 *
 * Source: wordpress-develop src/wp-includes/formatting.php, `wpautop`.
 */

const blockNames = [
  ...[
    'table',
    'thead',
    'tfoot',
    'caption',
    'col',
    'colgroup',
    'tbody',
    'tr',
    'td',
    'th',
    'div',
    'dl',
  ],
  ...[
    'dd',
    'dt',
    'ul',
    'ol',
    'li',
    'pre',
    'form',
    'map',
    'area',
    'blockquote',
    'address',
    'style',
    'p',
  ],
  ...[
    'h[1-6]',
    'hr',
    'fieldset',
    'legend',
    'section',
    'article',
    'aside',
    'hgroup',
    'header',
    'footer',
  ],
  ...[
    'nav',
    'figure',
    'figcaption',
    'details',
    'menu',
    'summary',
    'iframe',
    'script',
    'object',
    'video',
  ],
  ...['audio'],
]
const blockTag = new RegExp(`<(/?)(${blockNames.join('|')})(?=[\\s/>])[^<>]*>`, 'gi')
/** Their texts are taken as they are. */
const untouched = new Set([
  'pre',
  'script',
  'style',
  'p',
  'table',
  'iframe',
  'object',
  'video',
  'audio',
])

const ofLines = /^(?:li|t[dh]|d[dt]|h[1-6]|figcaption|caption|legend|summary)$/

export function autop(text: string): string {
  const parts: string[] = []
  let at = 0
  let isInLine = false
  /** Within which untouched element, and how many of its name are open. */
  let within: { readonly name: string; depth: number; readonly start: number } | undefined
  for (const tag of text.matchAll(blockTag)) {
    const [whole, slash = '', rawName = ''] = tag
    const name = rawName.toLowerCase()
    if (within !== undefined) {
      if (name !== within.name) continue
      // A paragraph ends where the next one begins.
      if (slash === '' && name !== 'p') within.depth += 1
      else if (slash !== '') within.depth -= 1
      if (within.depth > 0) continue
      parts.push(text.slice(within.start, tag.index + whole.length))
      at = tag.index + whole.length
      within = undefined
      continue
    }
    parts.push(paragraphs(text.slice(at, tag.index), isInLine))
    isInLine = slash === '' && ofLines.test(name)
    if (slash === '' && untouched.has(name) && !whole.endsWith('/>')) {
      within = { name, depth: 1, start: tag.index }
    } else parts.push(whole)
    at = tag.index + whole.length
  }
  // What is never closed ends with the text, and its line feeds are as good as any.
  parts.push(within === undefined ? paragraphs(text.slice(at), false) : text.slice(within.start))
  return parts.join('')
}

/** @param isInLine - what it stands in has words, and paragraphs only where several are parted. */
function paragraphs(text: string, isInLine: boolean): string {
  if (text.trim() === '') return text === '' ? '' : '\n'
  // A single run of words beside a block's tags is its text, not a paragraph in it.
  const hasSeveral = /\n[ \t]*\n/.test(text.trim())
  const made = text
    .split(/\n[ \t]*(?:\n[ \t]*)+/)
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .map((each) => `<p>${withBreaks(each)}</p>`)
  if (hasSeveral) return made.join('\n')
  if (isInLine) return withBreaks(text.trim())
  return /^\s*\n|\n\s*$/.test(text) ? made.join('\n') : withBreaks(text)
}

function withBreaks(text: string): string {
  return text.replace(/(<br\s*\/?>)?[ \t]*\n[ \t]*/gi, (_line, tag?: string) => tag ?? '<br />')
}
