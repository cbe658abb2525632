/**
 * JSON as Riak reads it: into terms, in pieces, with its own leniences and its own crashes.
 *
 *     {"a":[1,"x",null]}  ──▶  {struct,[{<<"a">>,[1,<<"x">>,null]}]}
 *
 * What it takes beyond JSON: a comma before a closing bracket, any constant as a name, raw control
 * characters and unknown escapes in strings. Integers of any size stay whole; `1.0` is a float.
 *
 * Pure: it reads until it is told to stop, so that a large job never holds the thread. It keeps its
 * place in a stack of its own: nesting costs memory, not the thread's stack.
 *
 * Invariants: bytes become a term, a `JsonCrash` or a refusal, nothing else; depth and number of values
 * are bounded. Strings without escapes are views into the bytes.
 *
 * Source: mochiweb src/mochijson2.erl `decode/1` (3.x); seen line by line in captures/mapred.
 */

import { isUtf8 } from 'node:buffer'

import { atom, tuple } from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import { limits } from '../../kernel/limits.ts'
import type { StackFrame } from './erlang-stack.ts'
import { builtInFrame, codeLine } from './erlang-stack.ts'

/** The reader crashed, as Riak's does: the reason, and its own frames, innermost first. */
export interface JsonCrash {
  readonly kind: 'crash'
  readonly reason: Term
  readonly frames: readonly StackFrame[]
}

export type JsonRead =
  | { readonly kind: 'term'; readonly term: Term }
  | JsonCrash
  /** Riak's reader throws: the text counts as no JSON at all. */
  | { readonly kind: 'bad-utf8' }
  /** More values, or deeper, than a job may have. */
  | { readonly kind: 'too-large' }

interface Container {
  readonly isObject: boolean
  readonly items: Term[]
  /** The name that waits for its value. */
  key: Term | undefined
}

/** What the reader expects, by Riak's names. */
type State = 'any' | 'key' | 'comma' | 'colon' | 'trim'

type Token =
  | { readonly kind: 'const'; readonly term: Term }
  | { readonly kind: 'mark'; readonly mark: Mark }
  | { readonly kind: 'end' }

type Mark = 'start_array' | 'end_array' | 'start_object' | 'end_object' | 'comma' | 'colon'

const marks: Readonly<Record<number, Mark>> = {
  0x5b: 'start_array',
  0x5d: 'end_array',
  0x7b: 'start_object',
  0x7d: 'end_object',
  0x2c: 'comma',
  0x3a: 'colon',
}

class Stop extends Error {
  readonly outcome: Exclude<JsonRead, { kind: 'term' }>

  constructor(outcome: Exclude<JsonRead, { kind: 'term' }>) {
    super(outcome.kind)
    this.name = 'Stop'
    this.outcome = outcome
  }
}

const file = 'mochiweb/src/mochijson2.erl'
const frame = (name: string, arity: number, line: number): StackFrame =>
  codeLine('mochijson2', name, arity, file, line)

/** Bytes read between two looks at the clock; a value counts as some, however short. */
const bytesBetweenLooks = 16_384
const bytesOfValue = 32
/** Longer ones are not numbers that anybody wrote. */
const numberCharsMax = 4_096

export class JsonReader {
  readonly #bytes: Buffer
  readonly #stack: Container[] = []
  #at = 0
  #line = 1
  /** Offset of the line's first byte. */
  #lineStart = 0
  #state: State = 'any'
  #values = 0
  /** Where the next backslash is, if that is known: most texts have none. */
  #backslashAt = -1
  #whole: Term | undefined

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** @param isOver - asked now and then. @returns undefined where it was, and there is more to read. */
  read(isOver: () => boolean): JsonRead | undefined {
    try {
      for (let lookAt = this.#progress() + bytesBetweenLooks; ;) {
        if (this.#step()) return { kind: 'term', term: this.#whole ?? [] }
        if (this.#progress() < lookAt) continue
        if (isOver()) return undefined
        lookAt = this.#progress() + bytesBetweenLooks
      }
    } catch (error) {
      if (error instanceof Stop) return error.outcome
      throw error
    }
  }

  #progress(): number {
    return this.#at + this.#values * bytesOfValue
  }

  /** One token. @returns whether all is read. */
  #step(): boolean {
    const token = this.#token()
    switch (this.#state) {
      case 'any':
        this.#value(token)
        return false
      case 'key':
        this.#key(token)
        return false
      case 'colon':
        if (token.kind !== 'mark' || token.mark !== 'colon') this.#crash('badmatch', token, 'key')
        this.#state = 'any'
        return false
      case 'comma':
        this.#afterValue(token)
        return false
      case 'trim':
        if (token.kind !== 'end') this.#crash('badmatch', token, 'trim')
        return true
    }
  }

  #value(token: Token): void {
    if (token.kind === 'const') {
      this.#put(token.term)
      return
    }
    const inside = this.#stack.at(-1)
    const mark = token.kind === 'mark' ? token.mark : undefined
    if (mark === 'start_array' || mark === 'start_object') {
      if (this.#stack.length >= limits.mapReduceJsonDepthMax) throw new Stop({ kind: 'too-large' })
      const isObject = mark === 'start_object'
      this.#stack.push({ isObject, items: [], key: undefined })
      this.#state = isObject ? 'key' : 'any'
      return
    }
    const closesList = mark === 'end_array' && inside?.isObject === false
    if (closesList) this.#close()
    else this.#crash('case_clause', token, 'any')
  }

  #key(token: Token): void {
    const inside = this.#stack.at(-1)
    if (token.kind === 'const' && inside !== undefined) {
      inside.key = token.term
      this.#state = 'colon'
    } else if (token.kind === 'mark' && token.mark === 'end_object') {
      this.#close()
    } else {
      this.#crash('case_clause', token, 'key')
    }
  }

  #afterValue(token: Token): void {
    const isObject = this.#stack.at(-1)?.isObject === true
    const mark = token.kind === 'mark' ? token.mark : undefined
    if (mark === 'comma') this.#state = isObject ? 'key' : 'any'
    else if (mark === (isObject ? 'end_object' : 'end_array')) this.#close()
    else this.#crash('case_clause', token, 'comma')
  }

  #close(): void {
    const closed = this.#stack.pop()
    if (closed === undefined) return
    this.#put(closed.isObject ? tuple(atom('struct'), closed.items) : closed.items)
  }

  #put(term: Term): void {
    if (++this.#values > limits.mapReduceJsonValuesMax) throw new Stop({ kind: 'too-large' })
    const inside = this.#stack.at(-1)
    if (inside === undefined) {
      this.#whole = term
      this.#state = 'trim'
      return
    }
    if (inside.isObject) inside.items.push(tuple(inside.key ?? [], term))
    else inside.items.push(term)
    this.#state = 'comma'
  }

  #token(): Token {
    this.#skipSpace()
    const byte = this.#bytes[this.#at]
    if (byte === undefined) {
      if (this.#state === 'trim') return { kind: 'end' }
      throw new Stop(this.#atEnd())
    }
    const mark = marks[byte]
    if (mark !== undefined) {
      this.#at++
      return { kind: 'mark', mark }
    }
    if (byte === 0x22) return { kind: 'const', term: this.#string() }
    if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) {
      return { kind: 'const', term: this.#number() }
    }
    return { kind: 'const', term: this.#word() }
  }

  #skipSpace(): void {
    for (;;) {
      const byte = this.#bytes[this.#at]
      if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d && byte !== 0x0a) return
      this.#at++
      if (byte !== 0x0a) continue
      this.#line++
      this.#lineStart = this.#at
    }
  }

  #word(): Term {
    for (const word of ['null', 'true', 'false']) {
      if (this.#bytes.toString('latin1', this.#at, this.#at + word.length) !== word) continue
      this.#at += word.length
      return atom(word)
    }
    return this.#unknownToken()
  }

  #unknownToken(): never {
    throw new Stop({
      kind: 'crash',
      reason: tuple(atom('case_clause'), this.#bytes),
      frames: [frame('tokenize', 2, 583), ...this.#tokenFrames()],
    })
  }

  #number(): Term {
    const found = this.#numberText(32)
    const next = found === undefined ? undefined : this.#bytes[this.#at + found.length]
    // An `e` that no exponent follows is an error of its own.
    const isBroken = (next === 0x65 || next === 0x45) && !/[eE]/.test(found ?? '')
    if (found === undefined || isBroken) return this.#badNumber()
    this.#at += found.length
    if (!/[.eE]/.test(found)) {
      const narrow = Number(found)
      return Number.isSafeInteger(narrow) ? narrow + 0 : BigInt(found)
    }
    const float = Number(found)
    return Number.isFinite(float) ? { float } : this.#endlessFloat(found)
  }

  /** @param chars - looked at; more where the number may go on. */
  #numberText(chars: number): string | undefined {
    const text = this.#bytes.toString('latin1', this.#at, this.#at + chars)
    const found = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/.exec(text)?.[0]
    // A number that ends within sight of the end may have a fraction or an exponent beyond it.
    if (text.length < chars || (found ?? '').length < chars - 2) return found
    if (chars >= numberCharsMax) throw new Stop({ kind: 'too-large' })
    return this.#numberText(numberCharsMax)
  }

  #badNumber(): never {
    const frames = [frame('tokenize_number', 4, 531), frame('tokenize_number', 2, 516)]
    throw new Stop({
      kind: 'crash',
      reason: tuple(atom('case_clause'), this.#bytes),
      frames: [...frames, ...this.#tokenFrames()],
    })
  }

  #endlessFloat(text: string): never {
    const float = [...Buffer.from(text.includes('.') ? text : text.replace(/[eE]/, '.0e'))]
    throw new Stop({
      kind: 'crash',
      reason: atom('badarg'),
      frames: [
        builtInFrame('list_to_float', [float]),
        frame('tokenize_number', 2, 520),
        ...this.#tokenFrames(),
      ],
    })
  }

  #string(): Term {
    const from = this.#at + 1
    const quote = this.#bytes.indexOf(0x22, from)
    if (quote === -1) throw new Stop({ kind: 'bad-utf8' })
    if (this.#backslashAt < from) {
      const next = this.#bytes.indexOf(0x5c, from)
      this.#backslashAt = next === -1 ? Infinity : next
    }
    if (quote > this.#backslashAt) return this.#escapedString(from)
    const plain = this.#bytes.subarray(from, quote)
    if (!isUtf8(plain)) throw new Stop({ kind: 'bad-utf8' })
    this.#at = quote + 1
    return plain
  }

  #escapedString(from: number): Term {
    const bytes = this.#bytes
    // What an escape stands for is never longer than itself.
    const room = Math.min(bytes.length - from, limits.mapReduceEscapedBytesMax)
    const text = Buffer.allocUnsafe(room)
    let length = 0
    let at = from
    for (;;) {
      const byte = bytes[at]
      if (byte === undefined) throw new Stop({ kind: 'bad-utf8' })
      if (byte === 0x22) break
      if (length + 4 > room && at - from >= limits.mapReduceEscapedBytesMax) {
        throw new Stop({ kind: 'too-large' })
      }
      if (byte !== 0x5c) {
        text[length++] = byte
        at++
        continue
      }
      const escape = this.#escape(at)
      length += escape.copyTo(text, length)
      at += escape.length
    }
    const whole = Buffer.from(text.subarray(0, length))
    if (!isUtf8(whole)) throw new Stop({ kind: 'bad-utf8' })
    this.#at = at + 1
    return whole
  }

  /** @returns what the escape at this place stands for; an unknown one keeps its backslash. */
  #escape(at: number): Escape {
    const letter = this.#bytes[at + 1]
    const simple = letter === undefined ? undefined : simpleEscapes[letter]
    if (simple !== undefined) return simple
    if (letter !== 0x75 || at + 6 > this.#bytes.length) return backslash
    const unit = this.#hex(at + 2)
    if (unit < 0xd800 || unit > 0xdfff) return escapeOf(String.fromCharCode(unit), 6)
    const rest = this.#bytes.subarray(at + 6)
    const isPair = rest.length >= 6 && rest[0] === 0x5c && rest[1] === 0x75
    if (unit > 0xdbff || !isPair) throw this.#brokenEscape(tuple(atom('badmatch'), rest), 485)
    const second = this.#hex(at + 8)
    if (second >= 0xdc00 && second <= 0xdfff) {
      return escapeOf(String.fromCharCode(unit, second), 12)
    }
    throw this.#brokenEscape(tuple(atom('badmatch'), [unit, second]), 486)
  }

  #hex(at: number): number {
    const text = this.#bytes.toString('latin1', at, at + 4)
    if (/^[0-9a-fA-F]{4}$/.test(text)) return Number.parseInt(text, 16)
    const frame = builtInFrame('list_to_integer', [[...Buffer.from(text, 'latin1')], 16])
    throw this.#brokenEscape(atom('badarg'), 481, frame)
  }

  #brokenEscape(reason: Term, line: number, ...inner: readonly StackFrame[]): Stop {
    const frames = [...inner, frame('tokenize_string', 3, line), ...this.#tokenFrames()]
    return new Stop({ kind: 'crash', reason, frames })
  }

  #atEnd(): JsonCrash {
    return {
      kind: 'crash',
      // A colon is looked for in the state of the key.
      reason: tuple(atom('badmatch'), atom(this.#state === 'colon' ? 'key' : this.#state)),
      frames: [frame('tokenize', 2, 610), ...this.#tokenFrames()],
    }
  }

  #crash(kind: 'badmatch' | 'case_clause', token: Token, state: string): never {
    const column = this.#at - this.#lineStart + 1
    const decoder = [atom('decoder'), atom('null'), this.#at, this.#line, column, atom(state)]
    const found =
      token.kind === 'const'
        ? tuple(atom('const'), token.term)
        : atom(token.kind === 'end' ? 'eof' : token.mark)
    const value = tuple(found, { tuple: decoder })
    const isDecode1 = this.#isInDecode1()
    throw new Stop({
      kind: 'crash',
      reason: tuple(atom(kind), value),
      frames: isDecode1 ? [frame('decode1', 2, 360), ...this.#outerFrames()] : this.#outerFrames(),
    })
  }

  /** A value that is the whole text, or follows a colon. */
  #isInDecode1(): boolean {
    return this.#state === 'any' && this.#stack.at(-1)?.isObject !== false
  }

  #tokenFrames(): readonly StackFrame[] {
    const outer = this.#outerFrames()
    return this.#isInDecode1() ? [frame('decode1', 2, 360), ...outer] : outer
  }

  /**
   * One frame for each list and object around this place, and the call that began it all; a function
   * that calls itself from the same line several times shows once.
   */
  #outerFrames(): readonly StackFrame[] {
    const frames: StackFrame[] = []
    let last = 0
    for (let level = this.#stack.length - 1; level >= 0 && frames.length < 8; level--) {
      const line = this.#lineAt(level)
      if (line === last) continue
      last = line
      frames.push(frame(this.#stack[level]?.isObject ? 'decode_object' : 'decode_array', 3, line))
    }
    frames.push(frame('json_decode', 2, this.#state === 'trim' ? 356 : 355))
    return frames
  }

  #lineAt(level: number): number {
    const isObject = this.#stack[level]?.isObject === true
    const child = this.#stack[level + 1]
    if (child === undefined) return (isObject ? objectLines : arrayLines)[this.#state]
    if (isObject) return 388
    return child.isObject ? 411 : 408
  }
}

const objectLines: Readonly<Record<State, number>> = {
  any: 388,
  key: 382,
  comma: 392,
  colon: 387,
  trim: 388,
}
const arrayLines: Readonly<Record<State, number>> = {
  any: 404,
  key: 404,
  comma: 417,
  colon: 404,
  trim: 404,
}

interface Escape {
  /** @returns how many bytes were written. */
  copyTo(target: Buffer, at: number): number
  /** Bytes of the escape itself. */
  readonly length: number
}

function escapeOf(text: string, length: number): Escape {
  return { length, copyTo: (target, at) => target.write(text, at) }
}

/** An unknown escape is no escape: the backslash stands for itself. */
const backslash = escapeOf('\\', 1)
const simpleEscapes: Readonly<Record<number, Escape>> = {
  0x22: escapeOf('"', 2),
  0x5c: escapeOf('\\', 2),
  0x2f: escapeOf('/', 2),
  0x62: escapeOf('\b', 2),
  0x66: escapeOf('\f', 2),
  0x6e: escapeOf('\n', 2),
  0x72: escapeOf('\r', 2),
  0x74: escapeOf('\t', 2),
}
