/**
 * Results as the list (or object) of JSON that a client reads, a piece at a time.
 *
 *     rows ──▶ element, element, … ──▶ pieces of text, ASCII only
 *
 * A list whose first element is a pair is written as an object, as Riak does; what then is no pair is a
 * crash. Elements of JSON go as they are. Long ones are cut, so that none holds the thread.
 *
 * Pure. Source: mochiweb src/mochijson2.erl; basho/riak_kv src/riak_kv_mapred_json.erl
 * `jsonify_bkeys/2`, `jsonify_not_found/1`.
 */

import { isUtf8 } from 'node:buffer'

import { atom, isAtom, isTuple } from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'
import type { Json } from './functions.ts'
import { asciiJson, isProplist, jsonIolist, writeJson } from './json-writer.ts'
import type { Rows } from './rows.ts'
import { toNotFound } from './rows.ts'

/** Characters of a piece, and bytes of a part of a long binary. */
const pieceChars = 65_536

/** A key that no phase has touched: `[B,K]`, `[B,K,D]` or `[B,K,D,T]`. */
function bkeyRow(term: Term): Term {
  const [first, data] = isTuple(term) ? term.tuple : []
  if (first === undefined || data === undefined) return term
  if (!isTuple(first)) return [first, data]
  const [bucket, key] = first.tuple
  if (bucket === undefined || key === undefined) return term
  const isNothing = isAtom(data) && data.atom === 'undefined'
  if (!isTuple(bucket)) return isNothing ? [bucket, key] : [bucket, key, data]
  const [type, name] = bucket.tuple
  return [name ?? [], key, isNothing ? atom('null') : data, type ?? []]
}

/** @returns rows as the client is to see them. */
export function presentRows(rows: Rows, hasPhases: boolean): Rows {
  if (rows.kind !== 'terms') return rows
  const list = rows.list.map((term) => (hasPhases ? toNotFound(term) : bkeyRow(term)))
  return { kind: 'terms', list }
}

/**
 * Rows cut where pairs and others meet: Riak sends results as they come, mostly a few at a time, so that
 * they rarely are in one message; in one they would be a crash.
 */
export function* alike(rows: Rows): Generator<Rows, void, undefined> {
  if (rows.kind !== 'terms') {
    yield rows
    return
  }
  let from = 0
  for (let at = 1; at <= rows.list.length; at++) {
    const isEnd = at === rows.list.length
    if (!isEnd && isPair(rows.list[at]) === isPair(rows.list[at - 1])) continue
    yield { kind: 'terms', list: rows.list.slice(from, at) }
    from = at
  }
}

function isPair(term: Term | undefined): boolean {
  return term !== undefined && isProplist([term])
}

/** Writes the elements of one list, one after another. */
export class ListWriter {
  #count = 0
  #isObject = false

  /** @returns what closes the list, with what opens it where nothing else did. */
  end(): string {
    if (this.#count === 0) return '[]'
    return this.#isObject ? '}' : ']'
  }

  /**
   * @param rows - presented.
   * @returns pieces; each element begins with the bracket or comma before it.
   * @throws JsonWriteError where a row is no JSON, or no pair among pairs.
   */
  *elements(rows: Rows): Generator<string, void, undefined> {
    if (rows.kind === 'terms') {
      for (const term of rows.list) yield* this.#term(term)
      return
    }
    const texts = rows.kind === 'texts' ? rows.list : textsOf(rows.list)
    for (const json of texts) {
      if (this.#isObject) throw notAPair()
      yield* pieces(this.#opening() + json)
    }
  }

  *#term(term: Term): Generator<string, void, undefined> {
    const isOne = isPair(term)
    if (this.#count === 0) this.#isObject = isOne
    if (!this.#isObject) {
      yield this.#opening()
      if (term instanceof Uint8Array && term.length > pieceChars && isUtf8(term))
        yield* longString(term)
      else yield* pieces(writeJson(term))
      return
    }
    if (!isOne) throw notAPair()
    // An object of one member, without its brackets.
    yield this.#opening()
    yield* pieces(writeJson([term]).slice(1, -1))
  }

  #opening(): string {
    const isFirst = this.#count++ === 0
    return isFirst ? (this.#isObject ? '{' : '[') : ','
  }
}

function* textsOf(list: readonly Json[]): Generator<string, void, undefined> {
  for (const value of list) yield JSON.stringify(value)
}

/** Riak's own words for it are made of all that was there (`crashOf`). */
class NotAPairError extends Error {
  override readonly name = 'NotAPairError'
}

function notAPair(): NotAPairError {
  return new NotAPairError('a value among pairs')
}

function* pieces(text: string): Generator<string, void, undefined> {
  if (text.length <= pieceChars) {
    yield asciiJson(text)
    return
  }
  // Each half of a surrogate pair is escaped by itself: a text may be cut anywhere.
  for (let at = 0; at < text.length; at += pieceChars)
    yield asciiJson(text.slice(at, at + pieceChars))
}

/** A string of megabytes, cut between characters. */
function* longString(bytes: Uint8Array): Generator<string, void, undefined> {
  yield '"'
  for (let at = 0; at < bytes.length;) {
    let end = Math.min(bytes.length, at + pieceChars)
    while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
    const text = Buffer.from(bytes.subarray(at, end)).toString()
    yield asciiJson(JSON.stringify(text).slice(1, -1))
    at = end
  }
  yield '"'
}

/** More is not printed of what could not be written. */
const crashRowsMax = 1_000

/**
 * The crash that Riak has over these rows, made by writing them again as it does.
 *
 * @param error - what `ListWriter` threw.
 * @returns JsonWriteError where there is one.
 */
export function crashOf(error: unknown, rows: readonly Term[]): unknown {
  if (rows.length === 0 || rows.length > crashRowsMax) return error
  try {
    jsonIolist(rows)
    return error
  } catch (crash) {
    return crash
  }
}
