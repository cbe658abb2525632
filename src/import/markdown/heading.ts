/** The first heading of a Markdown text, told apart without parsing it all. */

import { fencedRanges } from '../fences.ts'

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
