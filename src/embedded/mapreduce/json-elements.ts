/**
 * The elements of a JSON list, each as its own text: found without reading them.
 *
 * Depends on the world for turns: lists of foreign code may be megabytes long.
 *
 * Invariant: the elements joined by commas, in brackets, are the list again (less white space).
 * Not here: whether an element is well formed; the text comes from an engine's own `JSON.stringify`.
 *
 * Source: RFC 8259.
 */

import type { Turns } from './turns.ts'

/** Characters between two looks at the clock. */
const charsBetweenLooks = 65_536

export async function jsonElements(list: string, turns: Turns): Promise<readonly string[]> {
  const end = list.lastIndexOf(']')
  const elements: string[] = []
  let from = list.indexOf('[') + 1
  let depth = 0
  let lookAt = from + charsBetweenLooks
  for (let at = from; at < end; at++) {
    const code = list.charCodeAt(at)
    if (code === 0x22) at = endOfString(list, at)
    else if (code === 0x5b || code === 0x7b) depth++
    else if (code === 0x5d || code === 0x7d) depth--
    else if (code === 0x2c && depth === 0) {
      elements.push(list.slice(from, at))
      from = at + 1
    }
    if (at < lookAt) continue
    lookAt = at + charsBetweenLooks
    if (turns.isOver()) await turns.next()
  }
  const last = list.slice(from, end)
  if (last.trim() !== '') elements.push(last)
  return elements
}

/** @returns where its closing quote is. */
function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0
    while (text.charCodeAt(at - 1 - slashes) === 0x5c) slashes++
    if (slashes % 2 === 0) return at
  }
  return text.length
}
