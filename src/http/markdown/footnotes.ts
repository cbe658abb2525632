/**
 * Footnotes: `[^name]` in the text, `[^name]: the note` on a line of its own.
 *
 * One document's notes are numbered in the order in which they are first named. A name without a
 * note, and a note that nothing names, stay or go as plain Markdown would have it.
 */

import type { MarkedExtension, Token, Tokens } from 'marked'

interface NoteToken extends Tokens.Generic {
  readonly type: 'footnote'
  readonly name: string
  readonly tokens: Token[]
}

export interface Footnotes {
  readonly extension: MarkedExtension
  /** The list below the text, as HTML; empty where the text names no note. */
  list(render: (tokens: Token[]) => string): string
}

const definition = /^\[\^([^\]\s]{1,64})\]:[ \t]+([^\n]*(?:\n[ \t]+\S[^\n]*)*)(?:\n+|$)/
const reference = /^\[\^([^\]\s]{1,64})\](?!:)/

export function createFootnotes(): Footnotes {
  const notes = new Map<string, Token[]>()
  const named = new Map<string, { readonly number: number; uses: number }>()
  const extension: MarkedExtension = {
    extensions: [
      {
        name: 'footnote',
        level: 'block',
        start: (source) => /^\[\^[^\]\s]+\]:/m.exec(source)?.index,
        tokenizer(source): NoteToken | undefined {
          const match = definition.exec(source)
          if (!match) return undefined
          const name = match[1] ?? ''
          const tokens: Token[] = []
          this.lexer.inline((match[2] ?? '').replace(/\n[ \t]+/g, '\n'), tokens)
          if (!notes.has(name)) notes.set(name, tokens)
          return { type: 'footnote', raw: match[0], name, tokens }
        },
        renderer: () => '',
      },
      {
        name: 'footnoteReference',
        level: 'inline',
        start: (source) => source.indexOf('[^'),
        tokenizer(source) {
          const match = reference.exec(source)
          if (!match || !notes.has(match[1] ?? '')) return undefined
          return { type: 'footnoteReference', raw: match[0], name: match[1] ?? '' }
        },
        renderer(token) {
          const name = String(token['name'])
          const known = named.get(name) ?? { number: named.size + 1, uses: 0 }
          known.uses += 1
          named.set(name, known)
          const id = known.uses === 1 ? ` id="fnref-${known.number}"` : ''
          return `<sup class="fn"><a href="#fn-${known.number}"${id}>${known.number}</a></sup>`
        },
      },
    ],
  }
  return {
    extension,
    list(render) {
      let items = ''
      // A note may name another: the map grows while it is walked.
      for (const [name, { number }] of named) {
        const back = `<a href="#fnref-${number}" class="fn-back" aria-label="Back to the text">↩</a>`
        items += `<li id="fn-${number}">${render(notes.get(name) ?? [])} ${back}</li>`
      }
      return items === '' ? '' : `<div class="footnotes"><hr><ol>${items}</ol></div>`
    },
  }
}
