/**
 * JSON as Riak writes it: everything beyond printable ASCII escaped, no spaces.
 *
 * Source: mochi/mochiweb src/mochijson2.erl `json_encode_string/2`; basho/riak_kv src/json_pp.erl.
 */

import { CrashError } from './crash-text.ts'

export function riakJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/** A name as text. @throws CrashError where it is no UTF-8: Riak's encoder knows no other. */
export function jsonText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    const encoder = { module: 'mochijson2', function: 'json_encode_string_unicode', args: 3 }
    throw new CrashError(['function_clause'], [encoder])
  }
}

/**
 * One object with one long list in it, encoded batch by batch as it comes: a list of a million names
 * must not hold the node for as long as its encoding takes.
 */
export class ListJson {
  readonly #pieces: Uint8Array[]
  #isEmpty = true
  bytes = 0

  /** @param before - what stands before the list in the object. */
  constructor(before: Readonly<Record<string, unknown>>, name: string) {
    const head = riakJson({ ...before, [name]: [] })
    this.#pieces = [Buffer.from(head.slice(0, -2), 'latin1')]
  }

  add(batch: readonly unknown[]): void {
    if (batch.length === 0) return
    const rows = riakJson(batch).slice(1, -1)
    const piece = Buffer.from(this.#isEmpty ? rows : `,${rows}`, 'latin1')
    this.#isEmpty = false
    this.bytes += piece.length
    this.#pieces.push(piece)
  }

  /** @param after - what stands behind the list. */
  finish(after: Readonly<Record<string, unknown>> = {}): Uint8Array {
    const tail = riakJson(after)
    const end = tail === '{}' ? ']}' : `],${tail.slice(1)}`
    return Buffer.concat([...this.#pieces, Buffer.from(end, 'latin1')])
  }
}

/** Indented by four; an empty list keeps its two lines. @param json - as `riakJson` writes it. */
export function prettyJson(json: string): string {
  let depth = 0
  const newLine = (): string => `\n${' '.repeat(depth * 4)}`
  return json.replace(/"(?:\\.|[^"\\])*"|[{}[\],:]/g, (part) => {
    switch (part) {
      case '{':
      case '[':
        depth++
        return part + newLine()
      case '}':
      case ']':
        depth--
        return newLine() + part
      case ',':
        return part + newLine()
      case ':':
        return ': '
      default:
        return part
    }
  })
}
