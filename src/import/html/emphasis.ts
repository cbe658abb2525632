/**
 * Strong, emphasised and struck words in a line of Markdown.
 *
 * While a line is built, marks are single control characters (no text has any, `plain-text.ts`). When its
 * neighbours are known each pair becomes asterisks, or tags where asterisks would stay asterisks:
 *
 *     a⟨b⟩c⟨/b⟩ d      ──▶  a**c** d
 *     a⟨b⟩(c)⟨/b⟩d     ──▶  a<strong>(c)</strong>d      (CommonMark 0.31 §6.2, flanking runs)
 */

interface Mark {
  readonly open: string
  readonly close: string
  readonly sign: string
  readonly tag: string
}

export type MarkName = 'strong' | 'em' | 'del'

const marks: Readonly<Record<MarkName, Mark>> = {
  strong: { open: '\u0001', close: '\u0002', sign: '**', tag: 'strong' },
  em: { open: '\u0003', close: '\u0004', sign: '*', tag: 'em' },
  del: { open: '\u0005', close: '\u0006', sign: '~~', tag: 'del' },
}
const all = Object.values(marks)
const anyMark = /[\u0001-\u0006]/
const opens = '\u0001\u0003\u0005'
const closes = '\u0002\u0004\u0006'

export function marked(name: MarkName, inner: string): string {
  const { open, close } = marks[name]
  // In itself it says nothing more.
  return open + inner.replaceAll(open, '').replaceAll(close, '') + close
}

/** @param hasTags - false: where asterisks would not do, the words stand without any. */
export function resolveMarks(line: string, hasTags: boolean): string {
  if (!anyMark.test(line)) return line
  const tidy = tidied(line)
  const signs = Array.from(tidy)
  const made = [...signs]
  for (const mark of all) {
    let openAt = -1
    for (const [at, sign] of signs.entries()) {
      if (sign === mark.open) openAt = at
      if (sign !== mark.close || openAt < 0) continue
      const isPlain = canOpen(signs, openAt) && canClose(signs, at)
      made[openAt] = isPlain ? mark.sign : hasTags ? `<${mark.tag}>` : ''
      made[at] = isPlain ? mark.sign : hasTags ? `</${mark.tag}>` : ''
      openAt = -1
    }
  }
  return made.join('').replace(/[\u0001-\u0006]/g, '')
}

/** Blanks stand outside; what is empty goes; what ends and begins again goes on. */
function tidied(line: string): string {
  let now = line
  for (let before = ''; before !== now;) {
    before = now
    now = now
      .replace(/([\u0001\u0003\u0005])(\s+)/g, '$2$1')
      .replace(/(\s+)([\u0002\u0004\u0006])/g, '$2$1')
      .replace(/\u0001\u0002|\u0003\u0004|\u0005\u0006/g, '')
      .replace(/\u0002\u0001|\u0004\u0003|\u0006\u0005/g, '')
  }
  return now
}

const isSpace = (sign: string | undefined): boolean => sign === undefined || /\s/.test(sign)
const isPunctuation = (sign: string | undefined): boolean =>
  sign !== undefined && /[\p{P}\p{S}]/u.test(sign)

/** The nearest sign that is no mark. */
function beyond(signs: readonly string[], from: number, step: 1 | -1): string | undefined {
  let at = from + step
  while (anyMark.test(signs[at] ?? '')) at += step
  return signs[at]
}

/**
 * A pair of another mark right beside: their asterisks would run together, which is safe only where they
 * all open, or all close, at the edge of words.
 */
function isBesideOther(signs: readonly string[], at: number, kind: string): boolean {
  return [signs[at - 1], signs[at + 1]].some(
    (sign) => sign !== undefined && anyMark.test(sign) && !kind.includes(sign),
  )
}

function canOpen(signs: readonly string[], at: number): boolean {
  const before = beyond(signs, at, -1)
  const after = beyond(signs, at, 1)
  if (isBesideOther(signs, at, opens) || isSpace(after)) return false
  return !isPunctuation(after) || isSpace(before) || isPunctuation(before)
}

function canClose(signs: readonly string[], at: number): boolean {
  const before = beyond(signs, at, -1)
  const after = beyond(signs, at, 1)
  if (isBesideOther(signs, at, closes) || isSpace(before)) return false
  return !isPunctuation(before) || isSpace(after) || isPunctuation(after)
}
