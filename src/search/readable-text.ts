/** The words of a Markdown text as a reader meets them: no marks, no addresses of links. Linear time. */

const elements =
  'a|abbr|article|aside|audio|b|blockquote|body|br|button|caption|center|cite|code|col|dd|del|details|div|' +
  'dl|dt|em|figcaption|figure|font|footer|form|h[1-6]|header|hr|html|i|iframe|img|input|ins|kbd|li|main|' +
  'mark|nav|ol|p|picture|pre|q|s|samp|script|section|small|source|span|strike|strong|style|sub|summary|' +
  'sup|svg|table|tbody|td|tfoot|th|thead|time|tr|tt|u|ul|var|video|wbr'

/** Only what is an element: `Vec<String>` is text. */
const element = new RegExp(`</?(?:${elements})(?:\\s[^<>]*)?/?>`, 'gi')
const comment = /<!--[^<>]*-->/g
const link = /!?\[([^[\]\n]{0,1000})\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)/g
const reference = /(?<![\p{L}\p{N}_])!?\[([^[\]\n]{1,1000})\] ?\[[^[\]\n]{0,200}\]/gu
const definition = /^ ?\[[^[\]\n]{1,200}\]: .*$/gm
/** Keys, signatures, pictures: no words. Tried once a run of letters, not once a letter. */
const encoded = /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40,}={0,2}/g
/** Whatever is not one space already. */
const blanks = /(?:[^\S\n ]| (?=[^\S\n]))[^\S\n]*/g
const blanksAndLines = /(?:[^\S ]| (?=\s))\s*/g
const escape = /\\([!-/:-@[-`{-~])/g
const fence = /^ ?(?:```|~~~).*$/gm
const rule = /^[ :|-]{3,}$/gm
const lineMark = /^ ?(?:#{1,6} |(?:> ?)+|[-*+] (?:\[[ xX]\] )?)/gm
const emphasis =
  /(?<![\p{L}\p{N}])[*_]{1,3}(?=[\p{L}\p{N}"“'(`])|(?<=[\p{L}\p{N}.,!?)"”'`])[*_]{1,3}(?![\p{L}\p{N}])/gu
const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&nbsp;': ' ',
}

/** @returns one line. */
export function readableText(markdown: string): string {
  return markdown
    .replace(blanks, ' ')
    .replace(comment, ' ')
    .replace(encoded, ' ')
    .replace(element, ' ')
    .replace(definition, '')
    .replace(fence, '')
    .replace(rule, '')
    .replace(lineMark, '')
    .replace(link, '$1')
    .replace(reference, '$1')
    .replace(emphasis, '')
    .replace(escape, '$1')
    .replace(/`+/g, '')
    .replace(/~~|\*\*|\|/g, ' ')
    .replace(/&(?:amp|lt|gt|quot|#39|nbsp);/g, (name) => entities[name] ?? name)
    .replace(blanksAndLines, ' ')
    .trim()
}
