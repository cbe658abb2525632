/** How Markdown becomes HTML here: marked with our renderers. Not safe yet: `sanitize.ts` follows. */

import type { MarkedExtension, Tokens } from 'marked'

import { limits } from '../../kernel/limits.ts'
import { escapeHtml } from './escape.ts'
import { highlightCode } from './highlight.ts'

/** A line longer than this scrolls at 320 px, so the block must be reachable by keyboard. */
const columnsThatFit = 32

/** `<AlertBox level="warning">`, `</AlertBox>`, `<Figure … />` alone on a line (MDX). */
const componentLine = /^ {0,3}<\/?[A-Z][\w.]*(?:\s[^<>\n]*)?\/?>[ \t]*(?:\n+|$)/
/** `import X from '…'` and `export …` at the head of an MDX file. */
const moduleLine =
  /^(?:import\s[^\n]*\sfrom\s+['"][^'"\n]+['"]|import\s+['"][^'"\n]+['"]);?[ \t]*(?:\n+|$)/

/**
 * MDX components: the tag goes, and what it encloses is Markdown like the rest (CommonMark would take
 * it for raw HTML up to the next blank line).
 */
const componentTags: MarkedExtension = {
  extensions: [
    {
      name: 'componentLine',
      level: 'block',
      start: (source) => /^ {0,3}<\/?[A-Z]/m.exec(source)?.index,
      tokenizer(source) {
        const match = componentLine.exec(source) ?? moduleLine.exec(source)
        return match ? { type: 'componentLine', raw: match[0] } : undefined
      },
      renderer: () => '',
    },
  ],
}

function renderCode({ text, lang }: Tokens.Code): string {
  const language = /^[\w+#.-]+/.exec((lang ?? '').trim())?.[0]?.toLowerCase() ?? ''
  const code = text.replace(/\n$/, '')
  const html = highlightCode(code, language) ?? escapeHtml(code)
  const isWide = code.split('\n').some((line) => line.length > columnsThatFit)
  const name = language === '' ? '' : ` class="language-${language.replace(/[^\w+-]/g, '')}"`
  return `<pre${isWide ? ' tabindex="0"' : ''}><code${name}>${html}\n</code></pre>\n`
}

/** GitHub's alerts: `> [!NOTE]` opens a quotation that is a note. */
const alertMark = /^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*\n?/i

const rules: MarkedExtension = {
  gfm: true,
  renderer: {
    code: renderCode,
    table(token) {
      const cell = (each: Tokens.TableCell): string => {
        const content = this.parser.parseInline(each.tokens)
        // A header without words would be read out as one.
        const tag = each.header && content.trim() !== '' ? 'th' : 'td'
        const align = each.align && each.align !== 'left' ? ` class="to-${each.align}"` : ''
        return `<${tag}${tag === 'th' ? ' scope="col"' : ''}${align}>${content}</${tag}>`
      }
      const row = (cells: readonly Tokens.TableCell[]): string =>
        `<tr>${cells.map(cell).join('')}</tr>\n`
      const body = token.rows.length > 0 ? `<tbody>\n${token.rows.map(row).join('')}</tbody>\n` : ''
      return `<div class="scroll" tabindex="0"><table>\n<thead>\n${row(token.header)}</thead>\n${body}</table></div>\n`
    },
    paragraph({ tokens }) {
      const [image] = tokens
      const isFigure = tokens.length === 1 && image?.type === 'image'
      const caption = isFigure ? (image as Tokens.Image).title : null
      if (caption == null || caption === '') return `<p>${this.parser.parseInline(tokens)}</p>\n`
      const { href, text } = image as Tokens.Image
      const picture = `<img src="${escapeHtml(href)}" alt="${escapeHtml(text)}">`
      return `<figure>${picture}<figcaption>${escapeHtml(caption)}</figcaption></figure>\n`
    },
    checkbox({ checked }) {
      const [mark, words] = checked ? ['☑', 'done'] : ['☐', 'to do']
      return `<span class="task" role="img" aria-label="${words}">${mark}</span> `
    },
    blockquote(token) {
      const mark = alertMark.exec(token.text)
      if (!mark) return `<blockquote>\n${this.parser.parse(token.tokens)}</blockquote>\n`
      const name = (mark[1] ?? '').toLowerCase()
      const first = token.tokens[0]
      if (first?.type === 'paragraph') {
        const lead = first.tokens?.[0]
        if (lead?.type === 'text') lead['text'] = String(lead['text']).replace(alertMark, '')
      }
      const title = `<p class="alert-title">${name[0]?.toUpperCase() ?? ''}${name.slice(1)}</p>`
      return `<blockquote class="alert alert-${name}">\n${title}\n${this.parser.parse(token.tokens)}</blockquote>\n`
    },
  },
}

export const postRules: readonly MarkedExtension[] = [rules, componentTags]

/**
 * Comments: no tables, no images, no headings; HTML is shown as it was typed. For one comment: code is
 * coloured until its budget is used up.
 */
export function commentRules(): readonly MarkedExtension[] {
  let charsLeft: number = limits.commentHighlightCharsMax
  return [
    { ...rules, breaks: true },
    {
      tokenizer: {
        table: () => undefined,
      },
      renderer: {
        code(token) {
          charsLeft -= token.text.length
          return renderCode(charsLeft < 0 ? { ...token, lang: '' } : token)
        },
        html(token) {
          if (!('block' in token) || !token.block) return escapeHtml(token.text)
          return `<p>${escapeHtml(token.text.trim()).replaceAll('\n', '<br>')}</p>\n`
        },
        heading({ tokens }) {
          return `<p><strong>${this.parser.parseInline(tokens)}</strong></p>\n`
        },
        blockquote(token) {
          return `<blockquote>\n${this.parser.parse(token.tokens)}</blockquote>\n`
        },
        image: ({ href, text }) => `<a href="${escapeHtml(href)}">${escapeHtml(text || href)}</a>`,
      },
    },
  ]
}
