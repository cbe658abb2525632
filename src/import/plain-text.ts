/** Texts of other programs in the form in which the store takes them. */

import type { Note } from './brought.ts'

/** Control characters that no text has (tab and line feed it has), which the store refuses. */
const unprintable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\p{Surrogate}/gu

/** LF line ends, NFC, no control characters. @param notes - takes what was left out. */
export function printable(text: string, notes: Note[]): string {
  let taken = 0
  const clean = text.replace(/\r\n?/g, '\n').replace(unprintable, () => {
    taken += 1
    return ''
  })
  if (taken > 0) {
    notes.push({
      kind: 'texts with control characters, which were left out',
      text: `${taken} control characters were left out`,
    })
  }
  return clean.normalize('NFC')
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

/** At most `charsMax` characters, cut between words. */
export function cut(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text
  const characters = Array.from(text)
  if (characters.length <= charsMax) return text
  const kept = characters.slice(0, charsMax - 1).join('')
  return `${kept.replace(/\s+\S*$/, '')}…`
}
