/**
 * Where a Markdown text points: destinations of links, pictures, definitions and HTML tags, outside code.
 *
 * Pure and linear: a text of some MiB (pictures as `data:` URIs) is one pass. It finds destinations; it
 * does not judge them (`pictures.ts`).
 */

import { fencedRanges } from './fences.ts'

export interface Destination {
  /** Offsets of the destination itself, without `<>` or quotes around it. */
  readonly start: number
  readonly end: number
  readonly target: string
}

export type Range = readonly [start: number, end: number]

const inlineLink =
  /\]\([ \t]*(?:<([^<>\n]+)>|((?:[^\s()<>\\]|\\.)+(?:\([^\s()]*\)[^\s()<>]*)*))(?=[\s)])/g
const definition = /^ {0,3}\[[^\]\n]{1,200}\]:[ \t]*(?:<([^<>\n]+)>|([^\s<>]+))/gm
const htmlTag = /<(?:img|source|video|audio|a)\b[^<>]{0,4000}?\b(?:src|href|poster)\s*=\s*/gi

/** All destinations, in order, none overlapping. */
export function destinationsOf(text: string): readonly Destination[] {
  const code = codeRanges(text)
  const found: Destination[] = []
  const add = (start: number, target: string): void => {
    found.push({ start, end: start + target.length, target })
  }
  for (const pattern of [inlineLink, definition]) {
    for (const match of text.matchAll(pattern)) {
      const target = match[1] ?? match[2] ?? ''
      const bracket = match[1] === undefined ? 0 : 1
      add(match.index + match[0].length - target.length - bracket, target)
    }
  }
  for (const match of text.matchAll(htmlTag)) {
    const start = match.index + match[0].length
    const quote = text[start]
    if (quote !== '"' && quote !== "'") continue
    const end = text.indexOf(quote, start + 1)
    if (end > start + 1) add(start + 1, text.slice(start + 1, end))
  }
  found.sort((a, b) => a.start - b.start)
  return withoutOverlap(found, code)
}

/** `text` with the destinations that `replacements` knows exchanged. */
export function withDestinations(
  text: string,
  destinations: readonly Destination[],
  replacements: ReadonlyMap<string, string>,
): string {
  const parts: string[] = []
  let at = 0
  for (const { start, end, target } of destinations) {
    const replacement = replacements.get(target)
    if (replacement === undefined) continue
    parts.push(text.slice(at, start), replacement)
    at = end
  }
  parts.push(text.slice(at))
  return parts.join('')
}

function withoutOverlap(
  sorted: readonly Destination[],
  code: readonly Range[],
): readonly Destination[] {
  const kept: Destination[] = []
  let reached = 0
  let next = 0
  for (const destination of sorted) {
    if (destination.start < reached) continue
    while (next < code.length && (code[next]?.[1] ?? 0) <= destination.start) next += 1
    if ((code[next]?.[0] ?? Number.POSITIVE_INFINITY) <= destination.start) continue
    kept.push(destination)
    reached = destination.end
  }
  return kept
}

/** Fenced blocks and code spans, in order. A span never crosses a blank line. */
export function codeRanges(text: string): readonly Range[] {
  const fences = fencedRanges(text)
  const ranges: Range[] = [...fences]
  let at = 0
  for (const [start, end] of [...fences, [text.length, text.length] as const]) {
    for (const paragraph of text.slice(at, start).matchAll(/(?:[^\n]+\n?)+/g)) {
      for (const span of codeSpans(paragraph[0], at + paragraph.index)) ranges.push(span)
    }
    at = end
  }
  return ranges.sort((a, b) => a[0] - b[0])
}

/** A run of backticks opens, the next run of the same length closes. */
function codeSpans(paragraph: string, offset: number): readonly Range[] {
  const runs = [...paragraph.matchAll(/`+/g)].map((run) => ({
    start: run.index,
    length: run[0].length,
  }))
  /** For each length, the indexes of its runs not yet passed, last first. */
  const ofLength = new Map<number, number[]>()
  for (let index = runs.length - 1; index >= 0; index--) {
    const run = runs[index]
    if (run === undefined) continue
    const indexes = ofLength.get(run.length)
    if (indexes === undefined) ofLength.set(run.length, [index])
    else indexes.push(index)
  }
  const spans: Range[] = []
  for (let index = 0; index < runs.length; index++) {
    const run = runs[index]
    if (run === undefined) continue
    const later = ofLength.get(run.length) ?? []
    while (later.length > 0 && (later.at(-1) ?? 0) <= index) later.pop()
    const closing = later.at(-1)
    const end = closing === undefined ? undefined : runs[closing]
    if (closing === undefined || end === undefined) continue
    spans.push([offset + run.start, offset + end.start + end.length])
    index = closing
  }
  return spans
}
