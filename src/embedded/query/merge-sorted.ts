/**
 * Several ordered streams as one.
 *
 * Pure in time. A coverage plan has some twenty streams, so the least head is found by looking at all.
 *
 * Invariants: each source is asked for one element ahead, never more; all are closed when the consumer
 * stops early or one of them fails.
 *
 * Source: basho/riak_kv src/sms.erl (sorted merge streams).
 */

interface Head<T> {
  readonly iterator: AsyncIterator<T>
  value: T
}

export async function* mergeSorted<T>(
  sources: readonly AsyncIterable<T>[],
  compare: (a: T, b: T) => number,
): AsyncGenerator<T> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]())
  try {
    const first = await Promise.all(iterators.map((iterator) => iterator.next()))
    const heads: Head<T>[] = []
    for (const [at, iterator] of iterators.entries()) {
      const result = first[at]
      if (result !== undefined && result.done !== true)
        heads.push({ iterator, value: result.value })
    }
    for (;;) {
      const least = leastOf(heads, compare)
      if (least === undefined) return
      yield least.value
      const next = await least.iterator.next()
      if (next.done === true) heads.splice(heads.indexOf(least), 1)
      else least.value = next.value
    }
  } finally {
    for (const iterator of iterators) await iterator.return?.()
  }
}

function leastOf<T>(
  heads: readonly Head<T>[],
  compare: (a: T, b: T) => number,
): Head<T> | undefined {
  let least: Head<T> | undefined
  for (const head of heads) {
    if (least === undefined || compare(head.value, least.value) < 0) least = head
  }
  return least
}
