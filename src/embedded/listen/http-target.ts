/**
 * A request's target: path and query as WebMachine's dispatcher sees them.
 *
 * Pure. Names are byte strings: each character of a string here stands for one byte (latin1).
 * Empty segments do not count, `+` is a space in the path as well, each name is decoded once.
 *
 * Source: basho/webmachine src/webmachine_dispatcher.erl; mochi/mochiweb src/mochiweb_util.erl
 * `unquote/1`, `parse_qs/1`, `quote_plus/1`.
 */

export interface Target {
  /** Segments, still encoded. */
  readonly segments: readonly string[]
  /** The first value of each name. */
  readonly query: ReadonlyMap<string, string>
}

/** Percent and plus decoded; a percent sign that begins no byte stands for itself. */
export function unquote(text: string): string {
  return text
    .replaceAll('+', ' ')
    .replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
}

const plain = /[A-Za-z0-9.~_-]/

export function quotePlus(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) {
    const letter = String.fromCharCode(byte)
    if (plain.test(letter)) text += letter
    else if (letter === ' ') text += '+'
    else text += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return text
}

export function parseTarget(target: string): Target {
  const [whole = ''] = target.replace(/^https?:\/\/[^/?#]*/i, '').split('#', 1)
  const mark = whole.indexOf('?')
  const path = mark === -1 ? whole : whole.slice(0, mark)
  const segments = path.split('/').filter((segment) => segment !== '')
  return { segments, query: parseQuery(mark === -1 ? '' : whole.slice(mark + 1)) }
}

function parseQuery(text: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>()
  for (const pair of text.split(/[&;]/)) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = unquote(equals === -1 ? pair : pair.slice(0, equals))
    if (!query.has(name)) query.set(name, equals === -1 ? '' : unquote(pair.slice(equals + 1)))
  }
  return query
}
