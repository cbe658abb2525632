/** What a command says: results on stdout, all else on stderr, so that a pipe gets results only. */

export interface Terminal {
  /** A result; one line or several. */
  readonly print: (text: string) => void
  /** For the person at the terminal. */
  readonly tell: (text: string) => void
  /** As `tell`, on the same line: the answer follows. */
  readonly ask: (text: string) => void
  /** Whether stderr is a terminal that can redraw a line. */
  readonly isInteractive: boolean
}

/**
 * Names of files, titles and what browsers call themselves are strangers' words: no colours and no other
 * commands for the terminal are in them, only what can be read. Lines and tabs stay.
 */
function readable(text: string): string {
  return text.replace(/(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\u2028\u2029]/gu, (sign) => {
    const code = sign.codePointAt(0) ?? 0
    return `\\u{${code.toString(16)}}`
  })
}

export function systemTerminal(): Terminal {
  return {
    print: (text) => {
      process.stdout.write(`${readable(text)}\n`)
    },
    tell: (text) => {
      process.stderr.write(`${readable(text)}\n`)
    },
    ask: (text) => {
      process.stderr.write(readable(text))
    },
    isInteractive: process.stderr.isTTY,
  }
}
