/** The text of a WordPress post → the body of ours. */

import { limits } from '../../kernel/limits.ts'
import type { Note } from '../brought.ts'
import { htmlBlock } from '../html/html-block.ts'
import { htmlToMarkdown } from '../html/html-to-markdown.ts'
import { plainLine } from '../html/html-tree.ts'
import { cut, printable } from '../plain-text.ts'
import { autop } from './autop.ts'
import { codeShortcodes, pictureHtml, shortcodesToHtml, type Picture } from './shortcodes.ts'

export interface WxrText {
  readonly body: string
  /** What stands before `<!--more-->`, as plain words; empty where there is no such mark. */
  readonly teaser: string
}

export interface TextOptions {
  readonly html: 'keep' | 'markdown'
  /** Shown above the text where the text does not show it itself. */
  readonly featured: Picture | undefined
  /** As the block editor keeps them beside the text: JSON; empty where there are none. */
  readonly footnotes: string
  readonly pictures: (ids: readonly string[]) => readonly Picture[]
}

const moreMark = /<!--\s*more\b[^>]*-->/i

export function readText(content: string, options: TextOptions, notes: Note[]): WxrText {
  const text = printable(content, notes)
  const more = moreMark.exec(text)
  const teaser = more === null ? '' : teaserOf(text.slice(0, more.index))
  const html =
    withFeatured(toHtml(text, options, notes), options.featured) +
    footnotesHtml(options.footnotes, notes)
  if (options.html === 'keep') return { body: htmlBlock(html), teaser }
  const markdown = html.length > limits.importTextCharsMax ? undefined : htmlToMarkdown(html)
  if (markdown === undefined) {
    notes.push({ kind: 'texts that stayed HTML', text: 'the HTML is too deep to become Markdown' })
    return { body: htmlBlock(html), teaser }
  }
  return { body: markdown === '' ? '' : `${markdown}\n`, teaser }
}

/** Written out: every paragraph, picture and list of it is an element. */
function toHtml(text: string, options: TextOptions, notes: Note[]): string {
  const isOfBlocks = /<!--\s*wp:/.test(text)
  const coded = codeShortcodes(text)
  const { html, left, galleries } = shortcodesToHtml(coded, options.pictures)
  if (left.length > 0) {
    notes.push({
      kind: 'shortcodes shown as text',
      text: left.map((name) => `[${name}]`).join(' '),
    })
  }
  if (galleries > 0) {
    const text = 'a gallery became pictures, one below another'
    notes.push({ kind: 'galleries', text })
  }
  const bare = html
    .replace(/<!--\s*nextpage\s*-->/gi, '\n\n<hr />\n\n')
    .replace(/<!--\s*\/?wp:[\s\S]*?-->/g, isOfBlocks ? '\n' : '')
    .replace(/<!--[\s\S]*?-->/g, '')
    // The name of a file leads there already.
    .replace(/<a\b[^<>]*\bwp-block-file__button\b[^<>]*>[^<]*<\/a>/gi, '')
  // Of blocks too: words between them come from the classic block, whose paragraphs have no tags.
  return autop(bare)
}

function withFeatured(html: string, featured: Picture | undefined): string {
  if (featured === undefined) return html
  // Shown in another size it is the same picture.
  const name = /([^/]+?)(?:-\d+x\d+)?\.\w+$/.exec(featured.url)?.[1]
  if (name !== undefined && html.includes(name)) return html
  return `<p>${pictureHtml(featured)}</p>\n${html}`
}

/** The text leads to them by their ids, and they lead back. */
function footnotesHtml(json: string, notes: Note[]): string {
  if (json === '' || json === '[]') return ''
  const given = parsed(json)
  const items = (Array.isArray(given) ? given : []).flatMap((each: unknown) => {
    if (typeof each !== 'object' || each === null) return []
    const { id, content } = each as { readonly id?: unknown; readonly content?: unknown }
    if (typeof id !== 'string' || typeof content !== 'string' || !/^[\w-]{1,80}$/.test(id))
      return []
    return [`<li><p id="${id}">${printable(content, notes)} <a href="#${id}-link">↩</a></p></li>`]
  })
  if (items.length > 0) return `\n<hr />\n<ol>${items.join('')}</ol>`
  notes.push({ kind: 'footnotes that cannot be read', text: json.slice(0, 200) })
  return ''
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function teaserOf(html: string): string {
  const plain = plainLine(html.replace(/<!--[\s\S]*?-->/g, '').replace(/\[[^\]]*\]/g, ' '))
  return cut(plain, limits.summaryCharsMax)
}
