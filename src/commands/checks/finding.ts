/** What a check found, for people and for programs. */

/** Stable names, for `--json`. */
export type CheckName =
  | 'runtime'
  | 'configuration'
  | 'akismet'
  | 'accounts'
  | 'comments'
  | 'nodes'
  | 'security'
  | 'cluster'
  | 'versions'
  | 'clocks'
  | 'bucket-types'
  | 'dotted-versions'
  | 'secondary-indexes'
  | 'jobs'
  | 'settled'
  | 'siblings'
  | 'values'
  | 'quarantine'
  | 'listings'
  | 'verification'
  | 'export'

/**
 * `ok`: as it must be. `note`: worth knowing, works nevertheless. `wrong`: needs a hand, and `advice`
 * says which.
 */
export type FindingState = 'ok' | 'note' | 'wrong'

export interface Finding {
  readonly check: CheckName
  readonly state: FindingState
  /** A sentence without its full stop, that names the node, type, key or variable. */
  readonly what: string
  /** What to do: a command wherever there is one. */
  readonly advice?: string
}

export function ok(check: CheckName, what: string): Finding {
  return { check, state: 'ok', what }
}

export function note(check: CheckName, what: string, advice?: string): Finding {
  return { check, state: 'note', what, ...(advice === undefined ? {} : { advice }) }
}

export function wrong(check: CheckName, what: string, advice: string): Finding {
  return { check, state: 'wrong', what, advice }
}

/** One line, and one more for each line of advice. */
export function showFinding({ state, what, advice }: Finding): string {
  const first = `${state.padEnd(5)}  ${what}`
  return advice === undefined ? first : `${first}\n${indent(advice)}`
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `       ${line}`)
    .join('\n')
}

/** `1 node`, `3 nodes`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}

/** `a`, `a and b`, `a, b and c`; more than `namedMax` end in `and 4 more`. */
export function list(names: readonly string[], namedMax = 5): string {
  const named = names.slice(0, namedMax)
  const rest = names.length - named.length
  const parts = rest > 0 ? [...named, `${rest} more`] : named
  const last = parts.at(-1) ?? ''
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`
}

/** `5 min ago`, `3 h ago`, `12 days ago`. */
export function ago(ms: number): string {
  const hours = ms / 3_600_000
  if (hours < 1) return `${Math.round(ms / 60_000)} min ago`
  return hours < 48 ? `${Math.round(hours)} h ago` : `${Math.round(hours / 24)} days ago`
}

const lineCharsMax = 160

/** Riak's own words may be an Erlang term of many lines: its beginning says it. */
export function inOneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > lineCharsMax ? `${line.slice(0, lineCharsMax)}…` : line
}
