/**
 * Property lists: the first entry of a name counts. Pure.
 *
 * Source: Erlang/OTP stdlib proplists.erl `get_value/3`.
 */

import { isAtomOf, isTuple } from '../../causality/external-term.ts'
import type { Term } from '../../causality/external-term.ts'

function entryOf(prop: Term): readonly [name: Term, value: Term] | undefined {
  if (!isTuple(prop) || prop.tuple.length !== 2) return undefined
  const [name, value] = prop.tuple
  return name === undefined || value === undefined ? undefined : [name, value]
}

/** The value under a binary. */
export function memberOf(props: readonly Term[], name: string): Term | undefined {
  for (const prop of props) {
    const entry = entryOf(prop)
    if (entry === undefined || !(entry[0] instanceof Uint8Array)) continue
    if (Buffer.from(entry[0]).toString('latin1') === name) return entry[1]
  }
  return undefined
}

/** The value under an atom; an atom alone stands for `{atom, true}`. */
export function optionOf(props: readonly Term[], name: string): Term | undefined {
  for (const prop of props) {
    if (isAtomOf(prop, name)) return { atom: 'true' }
    const entry = entryOf(prop)
    if (entry !== undefined && isAtomOf(entry[0], name)) return entry[1]
  }
  return undefined
}
