/**
 * Markdown as authors and commenters write it → HTML that is safe in a page.
 *
 * Pure and synchronous: `rendered-posts.ts` keeps results and moves long texts to a worker.
 */

import { Marked } from 'marked'
import type { Token } from 'marked'

import { escapeHtml, unescapeHtml } from './escape.ts'
import { createFootnotes } from './footnotes.ts'
import { commentRules, postRules } from './marked-rules.ts'
import { sanitize } from './sanitize.ts'

/** Letters and digits of any script, joined by `-`: the way GitHub names headings. */
function slugOf(text: string): string {
  const slug = text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s+/g, '-')
  return slug === '' ? 'section' : slug
}

/** A post's body → HTML. Headings start at h2 and never jump; each has an id and an anchor. */
export function renderPostMarkdown(source: string): string {
  const footnotes = createFootnotes()
  const marked = new Marked(...postRules, footnotes.extension, {
    renderer: {
      heading({ tokens, depth }) {
        const html = this.parser.parseInline(tokens)
        const words = unescapeHtml(html.replace(/<sup class="fn">.*?<\/sup>|<[^>]*>/g, ''))
        if (words.trim() === '' && !html.includes('<img')) return ''
        const id = escapeHtml(slugOf(words))
        return `<h${depth} id="${id}">${html}</h${depth}>\n`
      },
    },
  })
  const parse = (tokens: Token[]): string => marked.Parser.parseInline(tokens, marked.defaults)
  const html = marked.parser(marked.lexer(source))
  return sanitize(html + footnotes.list(parse), 'post')
}

/** A comment's text → HTML: the small subset of Markdown, links marked as a stranger's. */
export function renderCommentMarkdown(source: string): string {
  const marked = new Marked(...commentRules)
  return sanitize(marked.parse(source, { async: false }), 'comment')
}
