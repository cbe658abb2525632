/** A password for a command: typed twice without being shown, or one line from a pipe. */

import { CommandError } from './command-error.ts'
import type { Terminal } from './terminal.ts'

/** What of `process.stdin` is needed. */
export interface PasswordInput extends AsyncIterable<Buffer | string> {
  readonly isTTY?: boolean
  setRawMode?(mode: boolean): unknown
}

/** No password is longer, with what else a pipe may carry along. */
const bytesMax = 4_096

/**
 * @param question - e.g. `Password for ana`.
 * @throws CommandError (2) where there is none, or the two that were typed differ.
 */
export async function readPassword(
  question: string,
  terminal: Pick<Terminal, 'ask'>,
  input: PasswordInput = process.stdin,
): Promise<string> {
  if (input.isTTY !== true) {
    const line = await firstLine(input)
    if (line === '') {
      throw new CommandError('no password on standard input: one line is expected there', 2)
    }
    return line
  }
  const keys = new Keys(input)
  input.setRawMode?.(true)
  try {
    terminal.ask(`${question}: `)
    const password = await keys.line()
    terminal.ask('\nOnce more: ')
    const again = await keys.line()
    terminal.ask('\n')
    if (password === '') throw new CommandError('nothing was typed', 2)
    if (password !== again) throw new CommandError('the two passwords are not the same', 2)
    return password
  } finally {
    input.setRawMode?.(false)
    await keys.end()
  }
}

async function firstLine(input: PasswordInput): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of input) {
    const piece = Buffer.from(chunk)
    chunks.push(piece)
    bytes += piece.length
    if (piece.includes(0x0a) || bytes > bytesMax) break
  }
  const [line = ''] = Buffer.concat(chunks).toString('utf8').split(/\r?\n/, 1)
  if (Buffer.byteLength(line) > bytesMax) {
    throw new CommandError(`a password is at most ${bytesMax} bytes long`, 2)
  }
  return line
}

/** Keys as they are struck: the terminal shows nothing and edits nothing, so this does. */
class Keys {
  readonly #pieces: AsyncIterator<Buffer | string>
  readonly #decoder = new TextDecoder()
  #left = ''

  constructor(input: PasswordInput) {
    this.#pieces = input[Symbol.asyncIterator]()
  }

  /** @throws CommandError at Ctrl-C, and at the end of the input. */
  async line(): Promise<string> {
    const typed: string[] = []
    for (;;) {
      for (const [at, key] of Array.from(this.#left).entries()) {
        if (key === '\r' || key === '\n') {
          this.#left = Array.from(this.#left)
            .slice(at + 1)
            .join('')
          return typed.join('')
        }
        if (key === '\u0003' || key === '\u0004') throw new CommandError('given up', 1)
        if (key === '\u007f' || key === '\b') typed.pop()
        else if (key === '\u0015') typed.length = 0
        else if (key >= ' ' && typed.length < bytesMax) typed.push(key)
      }
      const next = await this.#pieces.next()
      if (next.done === true) throw new CommandError('given up', 1)
      // A letter of several bytes may come in two pieces.
      this.#left = this.#decoder.decode(Buffer.from(next.value), { stream: true })
    }
  }

  async end(): Promise<void> {
    await this.#pieces.return?.()
  }
}
