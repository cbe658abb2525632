/**
 * An HTTP answer in the making: what WebMachine's request data is to Riak's resources.
 *
 * - A header set twice is replaced, one merged is joined with a comma; names keep the case they were
 *   first given, and leave in Riak's order: by name, backwards.
 * - What cannot stand in a header (control characters that a Protocol Buffers client stored) is
 *   blanked: no stored value writes a header of its own.
 *
 * Source: mochi/mochiweb src/mochiweb_headers.erl; basho/webmachine src/webmachine_error_handler.erl.
 */

import type { HttpAnswer } from '../../kernel/ports.ts'
import { toBytes } from './erlang-text.ts'

type Field = readonly [name: string, value: string]

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** Of the connection and the message itself: never a stored value's. */
const framing = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'server',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

export class Reply {
  readonly #fields = new Map<string, Field>()
  body: HttpAnswer['body'] | undefined

  has(name: string): boolean {
    return this.#fields.has(name.toLowerCase())
  }

  set(name: string, value: string): void {
    this.#fields.set(name.toLowerCase(), [name, blanked(value)])
  }

  remove(name: string): void {
    this.#fields.delete(name.toLowerCase())
  }

  /** Join with what is there. */
  merge(name: string, value: string): void {
    const before = this.#fields.get(name.toLowerCase())
    if (before === undefined) this.set(name, value)
    else this.#fields.set(name.toLowerCase(), [before[0], `${before[1]}, ${blanked(value)}`])
  }

  /** As `merge`, for a name that a client chose; one that cannot be a header is left out. */
  mergeStored(name: string, value: string): void {
    if (token.test(name) && !framing.has(name.toLowerCase())) this.merge(name, value)
  }

  /** A text with its type, beside whatever was said before. */
  say(text: string): void {
    this.set('Content-Type', 'text/plain')
    this.append(text)
  }

  append(text: string): void {
    const before = this.body instanceof Uint8Array ? this.body : new Uint8Array(0)
    this.body = Buffer.concat([before, toBytes(text)])
  }

  /** Where nothing was said: the status's own page. */
  explain(status: number): void {
    if (this.body !== undefined || status < 400) return
    this.set('Content-Type', 'text/html')
    this.append(errorPage(status))
  }

  finish(status: number): HttpAnswer {
    const fields = [...this.#fields.values()]
    return answer(status, fields, this.body ?? new Uint8Array(0))
  }
}

/** Riak's words where they are not those of RFC 9110. */
const reasons: Readonly<Record<number, string>> = {
  404: 'Object Not Found',
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Large',
}

const names: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  409: 'Conflict',
  412: 'Precondition Failed',
  415: 'Unsupported Media Type',
  501: 'Not Implemented',
}

/** @param headers - in any order: they are sorted when those of the message itself are added. */
export function answer(
  status: number,
  headers: readonly Field[],
  body: HttpAnswer['body'],
): HttpAnswer {
  const reason = reasons[status]
  return { status, ...(reason !== undefined && { reason }), headers, body }
}

/** A status, from 400 on, that nobody says more about. */
export function statusPage(status: number, headers: readonly Field[] = []): HttpAnswer {
  return answer(status, [...headers, ['Content-Type', 'text/html']], toBytes(errorPage(status)))
}

/** By name, backwards; equal names stay in their order. */
export function inOrder(headers: readonly Field[]): readonly Field[] {
  return headers.toSorted(([a], [b]) => {
    const left = a.toLowerCase()
    const right = b.toLowerCase()
    return left < right ? 1 : left > right ? -1 : 0
  })
}

function blanked(value: string): string {
  return value.replace(/[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/g, ' ')
}

const address = 'mochiweb+webmachine web server'

/** The page of a status that nobody said more about. */
function errorPage(status: number): string {
  if (status === 404) {
    return (
      '<HTML><HEAD><TITLE>404 Not Found</TITLE></HEAD><BODY><H1>Not Found</H1>' +
      'The requested document was not found on this server.' +
      `<P><HR><ADDRESS>${address}</ADDRESS></BODY></HTML>`
    )
  }
  const name = names[status] ?? 'Internal Server Error'
  return (
    `<html><head><title>${status} ${name}</title></head><body><h1>${name}</h1>` +
    `<p><hr><address>${address}</address></body></html>`
  )
}

/** A method that WebMachine does not know. */
export function unknownMethodPage(method: string): string {
  return (
    '<html><head><title>501 Not Implemented</title></head><body><h1>Not Implemented</h1>' +
    `The server does not support the "${escapeHtml(method)}" method.<br>` +
    `<P><HR><ADDRESS>${address}</ADDRESS></body></html>`
  )
}

/** @param term - what went wrong, printed; never a path or a stack of ours. */
export function crashPage(term: string): string {
  return (
    '<html><head><title>500 Internal Server Error</title></head><body>' +
    '<h1>Internal Server Error</h1>The server encountered an error while processing this request:' +
    `<br><pre>${escapeHtml(term)}</pre><P><HR><ADDRESS>${address}</ADDRESS></body></html>`
  )
}

/** Riak prints a client's bytes as they are; only what would begin a tag is made harmless here. */
function escapeHtml(text: string): string {
  return text.replace(/<(?=[a-zA-Z/!?])/g, '&lt;')
}
