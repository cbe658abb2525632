/**
 * Texts cut into what is compared: lines, and words where lines are not fine enough.
 *
 * Only fixed ranges of code points decide, no table of the engine's Unicode version: two servers on
 * two releases of Node.js must cut alike, or they would merge apart.
 */

/** Each with its line end; joined they are the text again. */
export function splitLines(text: string): readonly string[] {
  const lines: string[] = []
  let from = 0
  while (from < text.length) {
    const end = text.indexOf('\n', from)
    const to = end < 0 ? text.length : end + 1
    lines.push(text.slice(from, to))
    from = to
  }
  return lines
}

/**
 * Line ends, runs of blanks, words (letters, digits, everything beyond ASCII), single punctuation
 * marks. Scripts written without blanks (kana, Han) are cut after every character.
 */
const words =
  /\n|[ \t]+|[\u3000-\u9fff\uf900-\ufaff]|[\u{20000}-\u{3ffff}]|(?:[0-9A-Za-z_]|[\u0080-\u2fff\ua000-\ud7ff\ue000-\uf8ff\ufb00-\uffff]|[\u{10000}-\u{1ffff}]|[\u{e0000}-\u{10ffff}])+|[^]/gu

/** Joined they are the text again. */
export function splitWords(text: string): readonly string[] {
  return text.match(words) ?? []
}

export function isBlank(token: string): boolean {
  return /^[ \t\n]+$/.test(token)
}
