/** Blocks of a Markdown text that can be told apart without parsing it all: fences and the first h1. */

/** Where fenced code stands: `[start, end)` offsets, in order; an open fence reaches to the end. */
export function fencedRanges(text: string): readonly (readonly [start: number, end: number])[] {
  const ranges: (readonly [number, number])[] = []
  let open: { readonly mark: string; readonly start: number } | undefined
  for (const line of text.matchAll(/^ {0,3}(`{3,}(?=[^`\n]*$)|~{3,})(.*)$/gm)) {
    const [whole, mark = '', info = ''] = line
    if (open === undefined) {
      open = { mark, start: line.index }
    } else if (mark.startsWith(open.mark) && info.trim() === '') {
      ranges.push([open.start, line.index + whole.length])
      open = undefined
    }
  }
  if (open !== undefined) ranges.push([open.start, text.length])
  return ranges
}

export interface FoundHeading {
  /** Plain text, without Markdown's marks. */
  readonly title: string
  /** The text without that heading where it opened the text; else the text as it was. */
  readonly rest: string
}

/** The first heading of level 1: `# Title`, a line above `===`, or `<h1>`. */
export function firstHeading(text: string): FoundHeading | undefined {
  const fences = fencedRanges(text)
  const heading =
    /^ {0,3}#[ \t]+(\S.*?)(?:[ \t]+#+)?[ \t]*$|^ {0,3}(\S[^\n]*)\n {0,3}=+[ \t]*$|<h1\b[^>]*>([^\n]*?)<\/h1>/gim
  for (const found of text.matchAll(heading)) {
    const at = found.index
    if (fences.some(([start, end]) => at >= start && at < end)) continue
    const title = plainText(found[1] ?? found[2] ?? found[3] ?? '')
    if (title === '') continue
    // The page shows the title itself: a heading that opens the text would say it twice.
    const isOpening = text.slice(0, at).trim() === ''
    const rest = isOpening ? text.slice(at + found[0].length).replace(/^\s*\n/, '') : text
    return { title, rest }
  }
  return undefined
}

/** A heading's words: links and pictures become their text, marks and tags go. */
export function plainText(markdown: string): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/!?\[([^\]]*)\]\[[^\]]*\]/g, '$1')
    .replace(/<\/?[a-z][^>]*>/gi, '')
    .replace(/(\*\*|__|~~)(.+?)\1/g, '$2')
    .replace(/(?<![\w\\])([*_])(?=\S)(.+?)(?<=\S)\1(?!\w)/g, '$2')
    .replace(/`+([^`]+)`+/g, '$1')
    .replace(/\\([\\`*_{}[\]()#+\-.!<>~|])/g, '$1')
    .replace(/[ \t]*\{#[\w-]+\}$/, '')
    .replace(/\s+/g, ' ')
    .trim()
}
