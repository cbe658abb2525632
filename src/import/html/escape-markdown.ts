/**
 * Plain words → Markdown that shows these words and nothing else.
 *
 * Only what would mean something is escaped, so that a text stays readable to whoever edits it:
 * `snake_case`, `$BIGCMS` and `https://a.example/~ann_b` stand as they are.
 *
 * Source: CommonMark 0.31 §2.4, §6; GFM §4.10, §6.5, §6.9.
 */

/** Left as it is: renderers make a link of it, and a backslash would become part of that. */
const address = /(?:https?|ftp):\/\/[^\s<>]+/g
const meant = /[\\`*[\]~]|<(?=[a-z/!?])|&(?=#\d{1,7};|#x[\da-f]{1,6};|[a-z][a-z\d]{1,31};)/gi

/** Text between two tags; line starts are escaped later, when lines are known (`escapeLineStarts`). */
export function escapeMarkdown(text: string): string {
  let at = 0
  const parts: string[] = []
  for (const found of text.matchAll(address)) {
    parts.push(escapeWords(text.slice(at, found.index)), found[0])
    at = found.index + found[0].length
  }
  parts.push(escapeWords(text.slice(at)))
  return parts.join('')
}

function escapeWords(text: string): string {
  return text
    .replace(meant, (sign) => (sign === '&' ? '&amp;' : `\\${sign}`))
    .replace(/_/g, (sign, at: number) => {
      const isInWord =
        /[\p{L}\p{N}_]/u.test(text[at - 1] ?? '') && /[\p{L}\p{N}_]/u.test(text[at + 1] ?? '')
      return isInWord ? sign : '\\_'
    })
}

/** What begins a heading, a list, a quotation, a rule, a table or a module line is words again. */
export function escapeLineStarts(block: string): string {
  return block
    .split('\n')
    .map((line) => {
      const bare = line.trimStart()
      if (/^(?:#{1,6}(?:\s|$)|[-+](?:\s|$)|>|:?-+:?\s*\||[-=+|:][-=+|:\s]*$)/.test(bare)) {
        return `\\${bare}`
      }
      // MDX's module lines are left out of pages; these are words that look like one.
      if (/^(?:import|export)\s/.test(bare)) return `&#${bare.charCodeAt(0)};${bare.slice(1)}`
      return bare.replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2')
    })
    .join('\n')
}

/** A link's or a picture's destination, in angle brackets where it has to be. */
export function destination(address: string): string {
  const plain = address
    .trim()
    .replace(/[\n\r\t]+/g, '')
    .replace(/</g, '%3C')
    .replace(/>/g, '%3E')
  return plain === '' || /[\s()\\]/.test(plain) ? `<${plain.replace(/\\/g, '%5C')}>` : plain
}

/** ` "…"` behind a destination; empty for no title. */
export function titlePart(title: string): string {
  const line = title.replace(/\s+/g, ' ').trim()
  if (line === '') return ''
  return ` "${escapeMarkdown(line).replace(/"/g, '\\"')}"`
}

/** Code in a line: as many backticks around it as it takes. */
export function codeSpan(code: string): string {
  const line = code.replace(/\s*\n\s*/g, ' ')
  if (line.trim() === '') return ''
  const runs = new Set([...line.matchAll(/`+/g)].map(([run]) => run.length))
  let length = 1
  while (runs.has(length)) length += 1
  const fence = '`'.repeat(length)
  const isEdged = /^`|`$|^ .* $/.test(line)
  return isEdged ? `${fence} ${line} ${fence}` : `${fence}${line}${fence}`
}

/** A fenced block; the fence is longer than any inside. */
export function codeBlock(code: string, language: string): string {
  const longest = [...code.matchAll(/^ {0,3}(`{3,})/gm)].reduce(
    (most, [, run = '']) => Math.max(most, run.length),
    2,
  )
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${code}\n${fence}`
}
