/**
 * A term as Erlang prints it with `~p`: broken over lines of 80 columns, within a limit of characters
 * if there is one. Pure.
 *
 *     {error,                      a tuple whose first element is an atom indents what follows by 4,
 *         {bad_term,               or to the comma after the atom where all fits so
 *             [1,2,…
 *
 * Invariant: on one line where it fits; else every element that is not a word begins a line.
 * Not here: what is shown of a term (`measure-term.ts`), maps over several lines, Unicode (`~tp`).
 *
 * Source: Erlang/OTP stdlib io_lib_pretty.erl `pp/8`, `cind/7`.
 */

import type { Term } from './external-term.ts'
import { measureTerm, oneLine, unlimited } from './measure-term.ts'
import type { Chain, Dots, NumbersPiece, Piece } from './measure-term.ts'

const lineChars = 80

export interface PrettyOptions {
  /** Where the text begins, 1 being the first column: later lines are indented to it. Default 1. */
  readonly column?: number
  /** Default: none. A text may be somewhat longer. */
  readonly limitChars?: number
}

/**
 * @example
 * prettyTerm(tuple(atom('error'), tuple(atom('bad_filter'), bytes))) // '{error,{bad_filter,<<"x">>}}'
 */
export function prettyTerm(term: Term, options: PrettyOptions = {}): string {
  const { column = 1, limitChars = unlimited } = options
  const piece = measureTerm(term, limitChars)
  if (piece.length < lineChars - column) return oneLine(piece)
  const indent = ' '.repeat(column - 1)
  for (const tagIndent of [-1, 4]) {
    const text = new Layout(piece.length, tagIndent, true).attempt(piece, column, indent)
    if (text !== undefined)
      return new Layout(piece.length, tagIndent, false).lay(piece, column, indent, 0, 0)
  }
  return new Layout(piece.length, 1, false).lay(piece, column, indent, 0, 0)
}

/** A trial that found an indentation beyond half the line. */
class NoGoodError extends Error {
  override readonly name = 'NoGoodError'
}

/** What follows an element closes this many brackets: they need room on its line. */
function closing(rest: boolean, depth: number): number {
  return rest ? 0 : depth + 1
}

/** `col`: of what is laid; `depth`: brackets that close after it; `width`: characters on its line. */
class Layout {
  readonly #most: number
  readonly #tagIndent: number
  readonly #isTrial: boolean

  constructor(most: number, tagIndent: number, isTrial: boolean) {
    this.#most = most
    this.#tagIndent = tagIndent
    this.#isTrial = isTrial
  }

  /** @returns undefined where this indentation of tags leads too far to the right. */
  attempt(piece: Piece, col: number, indent: string): string | undefined {
    try {
      return this.lay(piece, col, indent, 0, 0)
    } catch (error) {
      if (error instanceof NoGoodError) return undefined
      throw error
    }
  }

  lay(piece: Piece, col: number, indent: string, depth: number, width: number): string {
    if (this.#fits(piece.length, col, depth, width)) return oneLine(piece)
    switch (piece.kind) {
      case 'text':
        return piece.text
      case 'numbers':
        return this.#numbers(piece, col + 2, `${indent}  `, depth, width)
      case 'list':
        return `[${this.#list(piece.chain, 0, col + 1, `${indent} `, depth, '|', width + 1)}]`
      case 'tuple': {
        const inside = piece.isTagged
          ? this.#taggedTuple(piece.chain, col, indent, depth, width + 1)
          : this.#list(piece.chain, 0, col + 1, `${indent} `, depth, ',', width + 1)
        return `{${inside}}`
      }
    }
  }

  #fits(length: number, col: number, depth: number, width: number): boolean {
    return length < lineChars - col - depth && length + width + depth <= this.#most
  }

  #taggedTuple(chain: Chain, col: number, indent: string, depth: number, width: number): string {
    const [tag] = chain.items
    if (tag === undefined) return '...'
    const toComma = tag.length + 2
    const tagIndent = this.#tagIndent
    if (tagIndent > 0 && toComma > tagIndent) {
      const inner = col + tagIndent
      this.#require(this.#most + inner <= lineChars || inner <= lineChars / 2)
      const spaces = indent + ' '.repeat(tagIndent)
      const from = { at: 1, start: inner, col: col + toComma, width: width + tag.length }
      return oneLine(tag) + this.#tail(chain, from, spaces, depth, ',')
    }
    const inner = col + toComma
    this.#require(this.#most + inner < lineChars || inner < lineChars / 2)
    const spaces = indent + ' '.repeat(toComma)
    const rest = this.#list(chain, 1, inner, spaces, depth, ',', width + tag.length + 1)
    return `${oneLine(tag)},${rest}`
  }

  #require(isGood: boolean): void {
    if (this.#isTrial && !isGood) throw new NoGoodError('too far to the right')
  }

  /** Elements from `at` on, all beginning in column `start`. */
  #list(
    chain: Chain,
    at: number,
    start: number,
    indent: string,
    depth: number,
    separator: string,
    width: number,
  ): string {
    const item = chain.items[at]
    if (item === undefined) return '...'
    const inside = closing(at + 1 < chain.items.length, depth)
    const first = this.#element(item, start, indent, inside, width)
    const col = start + first.width
    const from = { at: at + 1, start, col, width: width + first.width }
    return first.text + this.#tail(chain, from, indent, depth, separator)
  }

  #tail(
    chain: Chain,
    from: { readonly at: number; start: number; col: number; width: number },
    indent: string,
    depth: number,
    separator: string,
  ): string {
    let text = ''
    let { col, width } = from
    for (let at = from.at; at < chain.items.length; at++) {
      const item = chain.items[at]
      if (item === undefined) break
      const inside = closing(at + 1 < chain.items.length, depth)
      const length = item.length + 1
      if (item.kind === 'text' && this.#hasRoom(length, col, inside, width)) {
        text += `,${item.text}`
        col += length
        width += length
        continue
      }
      const element = this.#element(item, from.start, indent, inside, 0)
      text += `,\n${indent}${element.text}`
      col = from.start + element.width
      width = element.width
    }
    return text + this.#end(chain.tail, { start: from.start, col, width }, indent, depth, separator)
  }

  #hasRoom(length: number, col: number, inside: number, width: number): boolean {
    const closes = inside === 0 ? 1 : inside
    const isShort = inside === 0 ? length + 1 < lineChars - col : length < lineChars - col - inside
    return isShort && width + length + closes <= this.#most
  }

  #end(
    tail: Piece | Dots | undefined,
    from: { readonly start: number; readonly col: number; readonly width: number },
    indent: string,
    depth: number,
    separator: string,
  ): string {
    if (tail === undefined) return ''
    if (tail.kind === 'dots') return `${separator}...`
    const length = tail.length + 1
    const isOnLine = tail.kind === 'text' && this.#fits(length, from.col, depth + 1, from.width)
    if (isOnLine) return `${separator}${tail.text}`
    const col = this.#isTrial ? from.col : from.start
    return `${separator}\n${indent}${this.lay(tail, col, indent, depth + 1, 0)}`
  }

  /** `width` of a whole line: what follows begins a new one. */
  #element(
    piece: Piece,
    col: number,
    indent: string,
    depth: number,
    width: number,
  ): { readonly text: string; readonly width: number } {
    if (piece.kind === 'text' && this.#fits(piece.length, col, depth, width)) {
      return { text: piece.text, width: piece.length }
    }
    return { text: this.lay(piece, col, indent, depth, width), width: lineChars }
  }

  #numbers(piece: NumbersPiece, col: number, indent: string, depth: number, width: number): string {
    const room = Math.max(8, Math.min(lineChars - col, this.#most - 4 - width) - depth)
    const last = piece.numbers.length - 1
    let text = ''
    let left = room
    for (const [at, number] of piece.numbers.entries()) {
      const part = at < last ? `${number},` : number
      left -= part.length
      if (left < 0) {
        text += `\n${indent}`
        left = room - part.length
      }
      text += part
    }
    return `<<${text}>>`
  }
}
