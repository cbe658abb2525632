/** Frames that a real Riak 3.2.3 answered, from the captures beside this project. */

import { existsSync, readFileSync } from 'node:fs'

export const capturesFolder: URL = new URL('../../../shared/captures/', import.meta.url)

export const hasCaptures: boolean = existsSync(capturesFolder)

export interface CapturedExchange {
  readonly name: string
  readonly sent: Buffer
  /** `body` may be cut off at its end: `length` is what Riak said (code and body). */
  readonly answers: readonly { readonly code: number; readonly length: number; body: Buffer }[]
  readonly isClosed: boolean
  /** No answer was seen on a connection that stayed open. */
  readonly isCut: boolean
}

/** @param file - e.g. `pb-raw-2.txt`. */
export function readExchanges(file: string): readonly CapturedExchange[] {
  const text = readFileSync(new URL(file, capturesFolder), 'utf8')
  return text
    .split(/^== /m)
    .filter((block) => block !== '')
    .map((block) => {
      const lines = block.split('\n')
      const answers = lines.flatMap((line) => {
        const found = /^ {2}< len=(\d+) code=(\d+) hex=([0-9a-f]*)/.exec(line)
        if (found === null) return []
        const [, length, code, hex] = found
        return [{ code: Number(code), length: Number(length), body: Buffer.from(hex ?? '', 'hex') }]
      })
      const sent = /^ {2}> ([0-9a-f]*)/m.exec(block)?.[1] ?? ''
      return {
        name: lines[0] ?? '',
        sent: Buffer.from(sent, 'hex'),
        answers,
        isClosed: block.includes('closed-by-server=true'),
        isCut: answers.length === 0 && block.includes('closed-by-server=false'),
      }
    })
}
