/**
 * Markdown as authors and commenters write it → HTML that is safe in a page.
 *
 * Pure and synchronous: `rendered-posts.ts` keeps results and moves long texts to a worker.
 */

import { LRUCache } from 'lru-cache'
import { Marked } from 'marked'
import type { Token } from 'marked'

import { limits } from '../../kernel/limits.ts'
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
        // The words are the link, so that its name is theirs; a link cannot stand in a link.
        const linked = /<a[\s>]/.test(html) ? html : `<a class="self" href="#${id}">${html}</a>`
        return `<h${depth} id="${id}">${linked}</h${depth}>\n`
      },
    },
  })
  const parse = (tokens: Token[]): string => marked.Parser.parseInline(tokens, marked.defaults)
  const html = marked.parser(marked.lexer(source))
  return sanitize(html + footnotes.list(parse), 'post')
}

/**
 * Whether the text may take long: marked's time grows with the square of the marks that could open or
 * close something (60 kB of `*a_` take half a minute).
 */
export function isHeavy(source: string): boolean {
  if (source.length > limits.renderInlineCharsMax) return true
  return (source.match(/[*_~`[\]<>!]/g)?.length ?? 0) > limits.renderInlineMarksMax
}

/** A comment's text as it was typed, line by line. */
function plainComment(source: string): string {
  const paragraphs = source.split(/\n{2,}/).filter((each) => each.trim() !== '')
  return paragraphs
    .map((each) => `<p>${escapeHtml(each.trim()).replaceAll('\n', '<br />')}</p>\n`)
    .join('')
}

/**
 * A comment's text → HTML: the small subset of Markdown, links marked as a stranger's. Strangers decide
 * what is rendered here: a text that could take long, or that the renderer fails on, is shown plain.
 */
export function renderCommentMarkdown(source: string): string {
  const known = keptComments.get(source)
  if (known !== undefined) return known
  const html = renderComment(source)
  keptComments.set(source, html)
  return html
}

/** A page of a thousand comments is made every few seconds: each is rendered once. */
const keptComments = new LRUCache<string, string>({
  maxSize: limits.renderedCommentsBytesMax,
  sizeCalculation: (html, source) => 2 * (html.length + source.length) + 256,
})

function renderComment(source: string): string {
  if (isHeavy(source)) return plainComment(source)
  try {
    const marked = new Marked(...commentRules())
    return sanitize(marked.parse(source, { async: false }), 'comment')
  } catch {
    return plainComment(source)
  }
}
