/** What every archive is read by, and how it says that it cannot be. */

export interface ArchiveReader {
  /** Sentences: what is in it that no export holds. It is left alone, for it can do no harm unread. */
  readonly strange: readonly string[]
  /**
   * @returns undefined where there is no such file.
   * @throws ArchiveError
   */
  read(name: string): Promise<AsyncIterable<Uint8Array> | undefined>
  close(): Promise<void>
}

/** It cannot be read as it is: the message says what is wrong with it, for people. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError'
}

/** What goes wrong while it is read is a fault of the archive, or of the disk below it. */
export async function* chunksOf(stream: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) yield chunk as Uint8Array
  } catch (error) {
    throw inWords(error)
  }
}

export function inWords(error: unknown): Error {
  if (!(error instanceof Error)) return new ArchiveError(String(error))
  if (error instanceof ArchiveError) return error
  const { message } = error
  if (/central directory|end of file|unexpected EOF|truncated|overflows file/i.test(message)) {
    return new ArchiveError(`it is no whole zip file (${message}): was it copied to its end?`, {
      cause: error,
    })
  }
  return new ArchiveError(`it cannot be read (${message})`, { cause: error })
}
