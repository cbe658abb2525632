/**
 * The order in which an HTTP request is judged: method, form, permission, negotiation, existence,
 * conditions, and then what it asks for. What every resource of Riak answers alike comes from here.
 *
 *     known method? 501 ─▶ allowed? 405 ─▶ well formed? 400 ─▶ permitted? 403, 404, 503
 *       ─▶ Accept, Accept-Charset, Accept-Encoding? 406 ─▶ Vary ─▶ exists?
 *            yes ─▶ If-Match, If-Unmodified-Since, If-None-Match? 412 ─▶ If-Modified-Since? 304
 *            no ──▶ If-Match? 412 ─▶ only PUT and POST go on, else 404
 *       ─▶ DELETE 204 ─▶ POST 201 or as PUT ─▶ PUT conflict? 409, type? 415 ─▶ GET 200, 300
 *
 * Headers set on the way stay, whatever the answer becomes: that is how a 406 comes without `Vary`
 * and a 404 after the negotiation with it.
 *
 * Invariant: a reply ends with exactly one status, and a resource's `accept` or `remove` runs once.
 * Not here: what is stored (`http-object.ts`, `http-props.ts`).
 *
 * Source: basho/webmachine src/webmachine_decision_core.erl (the diagram of HTTP by A. Dean).
 */

import { createHash } from 'node:crypto'
import { gzip } from 'node:zlib'
import type { HttpAnswer } from '../../kernel/ports.ts'
import { RiakError } from '../requests.ts'
import { printCrash, stackOnly, tellRiakError } from './http-errors.ts'
import type { CrashStage } from './http-errors.ts'
import { chooseCoding, chooseMediaType, parseMediaType } from './http-negotiate.ts'
import { Reply, crashPage, unknownMethodPage } from './http-reply.ts'
import type { ParsedRequest } from './http-request.ts'

/** Ends the request early; the reply has the words. Undefined: goes on. */
export type Stop = number | undefined

/** What a resource does not say is WebMachine's default: GET and HEAD of one `text/html`. */
export interface HttpResource {
  readonly methods?: readonly string[]
  /** Form and permission, in the resource's own order. */
  judge?(reply: Reply): Promise<Stop> | Stop
  /** Content types it can give, the first where the client does not care. */
  types?(): readonly string[]
  charset?(): string | undefined
  encodings?(): readonly string[]
  exists?(): Promise<boolean> | boolean
  /** Without quotes. */
  etag?(): string | undefined
  /** Seconds since 1970. */
  lastModified?(): number | undefined
  /** The body of a GET; sets further headers. */
  render(type: string, reply: Reply): HttpAnswer['body'] | Promise<HttpAnswer['body']>
  /** More than one choice: 300. */
  isMultiple?(reply: Reply): boolean
  /** A content type that may be stored. */
  takes?(reply: Reply, mediaType: string): boolean
  /** What was stored has changed meanwhile: 409. */
  isConflict?(): boolean
  /** Store the request's body; may give the reply a body, or a `Location`. */
  accept?(reply: Reply): Promise<Stop>
  remove?(reply: Reply): Promise<Stop>
  /** Gives back what is held for a body, where that is no stream of its own. */
  release?(): Promise<void>
}

export interface Decided {
  readonly answer: HttpAnswer
  /** A crash behind the answer. */
  readonly error?: unknown
}

const known = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT', 'OPTIONS'])

/** @param nowMs - wall time, for `If-Modified-Since`. Never rejects. */
export async function decide(
  resource: HttpResource,
  request: ParsedRequest,
  nowMs: number,
): Promise<Decided> {
  const decision = new Decision(resource, request, nowMs)
  try {
    const status = await decision.run()
    decision.reply.explain(status)
    await decision.encode()
    return { answer: decision.reply.finish(status) }
  } catch (error) {
    const { reply } = decision
    reply.body = undefined
    reply.remove('Content-Encoding')
    if (error instanceof RiakError) {
      const status = tellRiakError(error, reply, '')
      return { answer: reply.finish(status) }
    }
    reply.set('Content-Type', 'text/html')
    reply.append(crashPage(printCrash(decision.stage, error)))
    return { answer: reply.finish(500), error }
  } finally {
    const { body } = decision.reply
    if (body === undefined || body instanceof Uint8Array) await resource.release?.()
  }
}

class Decision {
  readonly reply = new Reply()
  stage: CrashStage = 'deciding'
  readonly #resource: HttpResource
  readonly #request: ParsedRequest
  readonly #nowMs: number
  #type = ''
  #encoding = 'identity'

  constructor(resource: HttpResource, request: ParsedRequest, nowMs: number) {
    this.#resource = resource
    this.#request = request
    this.#nowMs = nowMs
  }

  async run(): Promise<number> {
    const stop = (await this.#admit()) ?? this.#negotiate()
    if (stop !== undefined) return stop
    const exists = (await this.#resource.exists?.()) ?? true
    const unmet = exists ? this.#conditions() : this.#absent()
    return unmet ?? this.#act()
  }

  /** Whatever is said after the negotiation is encoded as negotiated. */
  async encode(): Promise<void> {
    const { body } = this.reply
    if (this.#encoding !== 'gzip' || body === undefined) return
    if (!(body instanceof Uint8Array)) this.reply.remove('Content-Encoding')
    // A stored value that is encoded already goes as it is.
    else if (this.#encodings().includes('identity')) {
      this.reply.body = await gzipped(body)
    }
  }

  async #admit(): Promise<Stop> {
    const { method } = this.#request
    if (!known.has(method)) {
      this.reply.set('Content-Type', 'text/html')
      this.reply.append(unknownMethodPage(method))
      return 501
    }
    const methods = this.#resource.methods ?? ['GET', 'HEAD']
    if (!methods.includes(method)) {
      this.reply.set('Allow', methods.join(', '))
      return 405
    }
    const sum = this.#request.header('content-md5')
    if (sum !== undefined) {
      const actual = createHash('md5').update(this.#request.body).digest('base64')
      if (actual !== sum.trim()) return badDigest(sum)
    }
    return this.#resource.judge?.(this.reply)
  }

  #negotiate(): Stop {
    const request = this.#request
    const types = this.#resource.types?.() ?? ['text/html']
    const accept = request.header('accept')
    const type = accept === undefined ? types[0] : chooseMediaType(types, accept)
    if (type === undefined) return 406
    this.#type = type
    const charset = this.#resource.charset?.()
    const charsets = request.header('accept-charset') ?? '*'
    if (charset !== undefined && chooseCoding([charset], charsets, 'ISO-8859-1') === undefined) {
      return 406
    }
    this.reply.set('Content-Type', charset === undefined ? type : `${type}; charset=${charset}`)
    const encodings = this.#encodings()
    const wanted = request.header('accept-encoding') ?? 'identity;q=1.0,*;q=0.5'
    const encoding = chooseCoding(encodings, wanted, 'identity')
    if (encoding === undefined) return 406
    this.#encoding = encoding
    if (encoding !== 'identity') this.reply.set('Content-Encoding', encoding)
    const varies = [
      ...(types.length > 1 ? ['Accept'] : []),
      ...(encodings.length > 1 ? ['Accept-Encoding'] : []),
    ]
    if (varies.length > 0) this.reply.set('Vary', varies.join(', '))
    return undefined
  }

  #encodings(): readonly string[] {
    return this.#resource.encodings?.() ?? ['identity']
  }

  #absent(): Stop {
    if (this.#request.header('if-match') !== undefined) return 412
    const { method } = this.#request
    return method === 'PUT' || method === 'POST' ? undefined : 404
  }

  #conditions(): Stop {
    const request = this.#request
    const match = request.header('if-match')
    const etag = (): string => this.#resource.etag?.() ?? ''
    if (match !== undefined && match !== '*' && !quotedStrings(match).includes(etag())) return 412
    const modified = this.#resource.lastModified?.()
    const unmodifiedSince = parseDate(request.header('if-unmodified-since'))
    if (unmodifiedSince !== undefined && (modified ?? 0) > unmodifiedSince) return 412
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const noneMatch = request.header('if-none-match')
    if (
      noneMatch === '*' ||
      (noneMatch !== undefined && quotedStrings(noneMatch).includes(etag()))
    ) {
      return isRead ? this.#notModified() : 412
    }
    const since = parseDate(request.header('if-modified-since'))
    if (since === undefined || since * 1_000 > this.#nowMs) return undefined
    return modified !== undefined && modified <= since ? this.#notModified() : undefined
  }

  #notModified(): number {
    this.reply.remove('Content-Type')
    const etag = this.#resource.etag?.()
    if (etag !== undefined) this.reply.set('ETag', `"${etag}"`)
    return 304
  }

  async #act(): Promise<number> {
    const { method } = this.#request
    if (method === 'DELETE') return (await this.#resource.remove?.(this.reply)) ?? 204
    if (method === 'GET' || method === 'HEAD') return this.#show()
    if (method === 'OPTIONS') return 200
    this.stage = 'accepting'
    if (method === 'PUT' && this.#resource.isConflict?.() === true) return 409
    const { type } = parseMediaType(
      this.#request.header('content-type') ?? 'application/octet-stream',
    )
    if (this.#resource.takes?.(this.reply, type) === false) return 415
    const stop = await this.#resource.accept?.(this.reply)
    if (stop !== undefined) return stop
    if (this.reply.has('Location')) return 201
    // A body of no bytes counts as none.
    if (!this.#hasBody()) return 204
    return this.#resource.isMultiple?.(this.reply) === true ? 300 : 200
  }

  #hasBody(): boolean {
    const { body } = this.reply
    return body !== undefined && (!(body instanceof Uint8Array) || body.length > 0)
  }

  async #show(): Promise<number> {
    const etag = this.#resource.etag?.()
    if (etag !== undefined) this.reply.set('ETag', `"${etag}"`)
    const modified = this.#resource.lastModified?.()
    if (modified !== undefined) this.reply.set('Last-Modified', formatDate(modified))
    this.stage = 'accepting'
    this.reply.body = await this.#resource.render(this.#type, this.reply)
    return this.#resource.isMultiple?.(this.reply) === true ? 300 : 200
  }
}

/** @throws CrashTerm where it is no digest at all. */
function badDigest(text: string): number {
  const isBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
  if (isBase64.test(text.replace(/\s/g, ''))) return 400
  throw stackOnly([
    ['base64', 'decode_list', 5],
    ['webmachine_decision_core', 'decision', 1],
    ['webmachine_decision_core', 'handle_request', 2],
    ['webmachine_mochiweb', 'loop', 2],
  ])
}

function gzipped(body: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    gzip(body, (error, result) => {
      if (error === null) resolve(result)
      else reject(error)
    })
  })
}

/** The strings in quotes, without them; whatever stands between is skipped. */
function quotedStrings(text: string): readonly string[] {
  return [...text.matchAll(/"((?:\\.|[^"\\])*)"?/gs)].map(([, inner = '']) =>
    inner.replace(/\\(.)/gs, '$1'),
  )
}

export function formatDate(seconds: number): string {
  return new Date(seconds * 1_000).toUTCString()
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const time = String.raw`(?<hours>\d\d):(?<minutes>\d\d):(?<seconds>\d\d)`
const dates = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  String.raw`[A-Z][a-z]{2}, (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) ${time}(?: GMT)?`,
  // Sunday, 06-Nov-94 08:49:37 GMT
  String.raw`[A-Z][a-z]{5,8}, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) ${time}(?: GMT)?`,
  // Sun Nov  6 08:49:37 1994
  String.raw`[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) ${time} (?<year>\d{4})`,
].map((form) => new RegExp(`^${form}$`))

/**
 * Seconds since 1970 of any of HTTP's three forms; undefined for anything else. Two digits of a year
 * are of this century, as OTP reads them.
 */
function parseDate(text: string | undefined): number | undefined {
  const parts = dates.map((form) => form.exec(text ?? '')?.groups).find((found) => found)
  if (parts === undefined) return undefined
  const of = (name: string): number => Number(parts[name])
  const month = months.indexOf(parts['month'] ?? '')
  if (month === -1) return undefined
  const year = of('year') < 100 ? 2_000 + of('year') : of('year')
  return Date.UTC(year, month, of('day'), of('hours'), of('minutes'), of('seconds')) / 1_000
}
