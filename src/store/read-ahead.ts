/** Streams of reads: a few ahead of who takes them, in the order of what was asked. */

/**
 * @param depth - reads under way or waiting to be taken, at most.
 * @returns results in the order of `items`. A failed read is thrown when its turn comes.
 */
export async function* ahead<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  depth: number,
  read: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const waiting: Promise<R>[] = []
  for await (const item of items) {
    const reading = read(item)
    // Whoever ends early never takes it: its failure is nobody's then.
    reading.catch(() => undefined)
    waiting.push(reading)
    if (waiting.length >= depth) yield (await waiting.shift()) as R
  }
  for (const reading of waiting) yield await reading
}

/** A stream whose next element can be looked at before it is taken. */
export interface Peekable<T> {
  /** @returns undefined at the end. */
  peek(): Promise<T | undefined>
  take(): void
  /** Gives the stream back, wherever it is. */
  end(): Promise<void>
}

export function peekable<T>(stream: AsyncGenerator<T>): Peekable<T> {
  let next: Promise<T | undefined> | undefined
  const pull = async (): Promise<T | undefined> => {
    const next = await stream.next()
    return next.done === true ? undefined : next.value
  }
  return {
    peek: () => (next ??= pull()),
    take: () => {
      next = undefined
    },
    end: async () => {
      await stream.return(undefined)
    },
  }
}
