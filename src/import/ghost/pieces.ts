/**
 * What a Ghost text is made of, in order: HTML that may become Markdown, Markdown that an author wrote, and
 * HTML that an author wrote and that stays.
 */

import { limits } from '../../kernel/limits.ts'
import type { Note } from '../brought.ts'
import { htmlBlock } from '../html/html-block.ts'
import { htmlToMarkdown } from '../html/html-to-markdown.ts'

export interface Piece {
  readonly kind: 'html' | 'markdown' | 'own html'
  readonly text: string
}

/** As text between tags. */
export function htmlText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}

/** As the value of an attribute in double quotes. */
export function htmlValue(text: string): string {
  return htmlText(text).replace(/"/g, '&quot;')
}

/** Pieces of HTML that follow each other are one text: a list is one list. */
export function bodyOf(pieces: readonly Piece[], html: 'keep' | 'markdown', notes: Note[]): string {
  const joined: Piece[] = []
  for (const piece of pieces) {
    const last = joined.at(-1)
    if (piece.kind === 'html' && last?.kind === 'html') {
      joined[joined.length - 1] = { kind: 'html', text: `${last.text}\n${piece.text}` }
    } else joined.push(piece)
  }
  const blocks = joined.map(({ kind, text }) => {
    if (kind === 'markdown') return text.trim()
    if (kind === 'own html' || html === 'keep') return htmlBlock(text).trim()
    const markdown = text.length > limits.importTextCharsMax ? undefined : htmlToMarkdown(text)
    if (markdown !== undefined) return markdown.trim()
    notes.push({ kind: 'texts that stayed HTML', text: 'the HTML is too deep to become Markdown' })
    return htmlBlock(text).trim()
  })
  const body = blocks.filter((block) => block !== '').join('\n\n')
  return body === '' ? '' : `${body}\n`
}
