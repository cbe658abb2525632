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

export function systemTerminal(): Terminal {
  return {
    print: (text) => {
      process.stdout.write(`${text}\n`)
    },
    tell: (text) => {
      process.stderr.write(`${text}\n`)
    },
    ask: (text) => {
      process.stderr.write(text)
    },
    isInteractive: process.stderr.isTTY,
  }
}
