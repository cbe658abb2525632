/**
 * Which of the forms that a resource can give a client takes: `Accept`, `Accept-Charset`,
 * `Accept-Encoding`, as WebMachine reads them.
 *
 * Pure. Of equal wishes the last one named wins (`Accept`), or the one that sorts last (the others).
 *
 * Source: basho/webmachine src/webmachine_util.erl `choose_media_type/2`, `do_choose/5`.
 */

import type { CrashTerm } from './http-errors.ts'
import { stackOnly } from './http-errors.ts'

export interface MediaType {
  readonly type: string
  readonly parameters: readonly (readonly [name: string, value: string])[]
}

/** `text/plain; charset="utf-8"`: the type in lower case, parameters without quotes. */
export function parseMediaType(text: string): MediaType {
  const [type = '', ...rest] = text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  const parameters = rest.flatMap((part): (readonly [string, string])[] => {
    const equals = part.indexOf('=')
    if (equals <= 0) return []
    const value = part
      .slice(equals + 1)
      .trim()
      .replace(/^"(.*)"$/, '$1')
    return [[part.slice(0, equals).trim().toLowerCase(), value]]
  })
  return { type: type.toLowerCase(), parameters }
}

interface Wish extends MediaType {
  readonly weight: number
}

/** Erlang's `list_to_float` takes no integer but these two, and no bare fraction. */
function weightOf(text: string): number | undefined {
  if (text === '0' || text === '1') return Number(text)
  const whole = text.startsWith('.') ? `0${text}` : text
  return /^[+-]?\d+\.\d+(e[+-]?\d+)?$/i.test(whole) ? Number(whole) : undefined
}

function mediaWishes(accept: string): readonly Wish[] {
  const wishes: Wish[] = []
  for (const part of accept.split(',')) {
    if (part === '') continue
    const { type, parameters } = parseMediaType(part)
    const at = parameters.findIndex(([name]) => name === 'q')
    const q = parameters[at]
    const weight = q === undefined ? 1 : weightOf(q[1])
    // One that cannot be read spoils the header.
    if (weight === undefined || type === '') return []
    wishes.push({ type, parameters: parameters.filter((_, index) => index !== at), weight })
  }
  return wishes.toSorted((a, b) => a.weight - b.weight).reverse()
}

function isMatch(wish: MediaType, provided: string): boolean {
  if (wish.type === '*' || wish.type === '*/*' || wish.type === provided) {
    return wish.parameters.length === 0
  }
  const tokens = (type: string): string[] => type.split('/').filter((part) => part !== '')
  const [major, minor, ...more] = tokens(wish.type)
  const [first, ...rest] = tokens(provided)
  if (major === undefined || rest.length !== 1) throw noMediaType()
  if (wish.parameters.length > 0) return false
  return minor === '*' && more.length === 0 && first === major
}

function noMediaType(): CrashTerm {
  return stackOnly([
    ['webmachine_util', 'media_type_match', 2],
    ['webmachine_util', '-media_match/2-lc$^0/1-0-', 3],
    ['webmachine_util', 'choose_media_type1', 2],
    ['webmachine_decision_core', 'decision', 1],
  ])
}

/**
 * @returns the provided type to send, or undefined: none will do.
 * @throws CrashTerm where what is wished, or what was stored, is not of two parts.
 */
export function chooseMediaType(
  provided: readonly string[],
  accept: string | undefined,
): string | undefined {
  for (const wish of mediaWishes(accept ?? '')) {
    const found = provided.find((type) => isMatch(wish, type))
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * A charset or an encoding.
 *
 * @param otherwise - what may be sent where nothing else is wished: `identity`, `ISO-8859-1`.
 * @throws CrashTerm for a weight that is no number, as in Riak.
 */
export function chooseCoding(
  provided: readonly string[],
  header: string,
  otherwise: string,
): string | undefined {
  const wishes = codingWishes(header)
  const weightOfName = (name: string): number | undefined =>
    wishes.find((wish) => wish.name === name)?.weight
  const star = weightOfName('*')
  const isAnyOkay = star !== undefined && star !== 0
  const isOtherwiseOkay = (weightOfName(otherwise) ?? star) !== 0
  let left = [...provided]
  for (const { name, weight } of wishes) {
    if (left.length === 0) return undefined
    if (weight === 0) left = left.filter((choice) => choice !== name)
    else {
      const found = left.find((choice) => choice.toLowerCase() === name.toLowerCase())
      if (found !== undefined) return found
    }
  }
  if (isAnyOkay) return left[0]
  return isOtherwiseOkay && left.includes(otherwise) ? otherwise : undefined
}

function badWeight(q: string): CrashTerm {
  const text = q.replace(/^q=/, '').replace(/["\\]/g, '\\$&')
  return stackOnly([
    ['erlang', 'list_to_float', `["${text}"]`],
    ['webmachine_util', 'build_conneg_list', 2],
    ['webmachine_util', 'do_choose', 3],
    ['webmachine_decision_core', 'decision', 1],
  ])
}

interface CodingWish {
  readonly name: string
  readonly weight: number
}

function codingWishes(header: string): readonly CodingWish[] {
  const wishes = header
    .split(',')
    .filter((part) => part !== '')
    .map((part): CodingWish => {
      const [name = '', q] = part.split(';').map((piece) => piece.trim())
      if (q === undefined) return { name, weight: 1 }
      const weight = q.startsWith('q=') ? weightOf(q.slice(2)) : undefined
      if (weight !== undefined) return { name, weight }
      throw badWeight(q)
    })
  const byName = (a: CodingWish, b: CodingWish): number =>
    a.name < b.name ? -1 : a.name > b.name ? 1 : 0
  return wishes.toSorted((a, b) => a.weight - b.weight || byName(a, b)).reverse()
}
