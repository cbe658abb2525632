/**
 * A request as the resources read it: headers by name, in mochiweb's case.
 *
 * Erlang's packet decoder writes a header name of up to 50 characters with a capital at the beginning
 * of each word, and leaves a longer one as it came (seen with OTP 25): so a name like
 * `X-Riak-Meta-Author` is stored whatever the client wrote.
 *
 * Source: OTP erts/emulator/beam/packet_parser.c; mochi/mochiweb src/mochiweb_headers.erl.
 */

import type { HttpRequest } from '../../kernel/ports.ts'
import { parseTarget, unquote } from './http-target.ts'
import type { Target } from './http-target.ts'

export interface ParsedRequest {
  readonly method: string
  readonly target: Target
  readonly body: Uint8Array
  /** One a name, several values joined by a comma; by name in lower case, ascending. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** @param name - in lower case. */
  header(name: string): string | undefined
  /** A path segment as bytes. */
  segment(at: number): Uint8Array
  /** A parameter of the query, decoded; one character a byte. */
  parameter(name: string): string | undefined
  readonly onAbort: HttpRequest['onAbort']
  readonly raw: HttpRequest
}

const capitalisedMax = 50

/** The name as Riak sees it. */
export function headerName(name: string): string {
  if (name.length > capitalisedMax) return name
  return name.toLowerCase().replace(/(^|-)([a-z])/g, (all) => all.toUpperCase())
}

export function parseRequest(raw: HttpRequest): ParsedRequest {
  const byName = new Map<string, readonly [string, string]>()
  for (const [name, value] of raw.headers) {
    const key = name.toLowerCase()
    const before = byName.get(key)
    if (before === undefined) byName.set(key, [headerName(name), value])
    else byName.set(key, [before[0], `${before[1]}, ${value}`])
  }
  const target = parseTarget(raw.target)
  const isTwiceDecoded = byName.get('x-riak-url-encoding')?.[1] === 'on'
  const keys = [...byName.keys()].toSorted()
  return {
    method: raw.method,
    target,
    body: raw.body,
    headers: keys.flatMap((key) => {
      const field = byName.get(key)
      return field === undefined ? [] : [field]
    }),
    header: (name) => byName.get(name)?.[1],
    segment: (at) => {
      const once = unquote(target.segments[at] ?? '')
      return Buffer.from(isTwiceDecoded ? unquote(once) : once, 'latin1')
    },
    parameter: (name) => target.query.get(name),
    onAbort: (aborted) => {
      raw.onAbort(aborted)
    },
    raw,
  }
}
