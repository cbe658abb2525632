/** Text as streams of bytes: lines gathered into blocks, blocks cut into lines; both bounded. */

import { limits } from '../kernel/limits.ts'
import { ArchiveError } from './archive.ts'

const encoder = new TextEncoder()

/** @param lines - each with its line end. @returns blocks of some size: a write for every line would cost more. */
export async function* blocksOf(
  lines: Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<Uint8Array> {
  let held: string[] = []
  let chars = 0
  for await (const line of lines) {
    held.push(line)
    chars += line.length
    if (chars < limits.exportBlockBytes) continue
    yield encoder.encode(held.join(''))
    held = []
    chars = 0
  }
  if (chars > 0) yield encoder.encode(held.join(''))
}

export interface ReadLine {
  /** From 1. */
  readonly number: number
  readonly text: string
}

/**
 * Lines without their ends; the last one may have none.
 *
 * @throws ArchiveError where a line is longer than any that an export writes, or no UTF-8.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ReadLine> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let number = 0
  let rest = ''
  const checked = (text: string): string => {
    if (text.length <= limits.exportLineCharsMax) return text
    throw new ArchiveError(`line ${number + 1} is longer than any that an export writes`)
  }
  for await (const chunk of chunks) {
    const pieces = (rest + decode(decoder, chunk, number)).split('\n')
    rest = checked(pieces.pop() ?? '')
    for (const piece of pieces) yield { number: ++number, text: checked(piece) }
  }
  rest += decode(decoder, undefined, number)
  if (rest !== '') yield { number: ++number, text: checked(rest) }
}

function decode(decoder: TextDecoder, chunk: Uint8Array | undefined, lines: number): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
  } catch {
    throw new ArchiveError(`what follows line ${lines} is no UTF-8`)
  }
}

/** A small file, whole. @throws ArchiveError where it is large. */
export async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  return new TextDecoder().decode(await bytesOf(chunks, limits.exportLineCharsMax))
}

/** @throws ArchiveError where there are more. */
export async function bytesOf(
  chunks: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    length += chunk.length
    if (length > bytesMax) throw new ArchiveError(`it is larger than ${bytesMax} bytes`)
    parts.push(chunk)
  }
  return Buffer.concat(parts, length)
}
