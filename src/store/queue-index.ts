/** Comments that the moderation queue does not find: stored by a program that wrote no such index. */

import { queueField, wholeQueue } from '../../buckets/comments/queue.ts'
import { comments as commentRoom } from '../../buckets/comments/room.ts'
import { showLocation } from '../kernel/ids.ts'
import { limits } from '../kernel/limits.ts'
import type { IndexDifference } from './blog.ts'
import { eachBounded } from './each.ts'
import type { SourceReader } from './expectations.ts'
import type { Pace } from './pace.ts'
import { pageIndex, pageKeys } from './source-pages.ts'

type Access = Pick<SourceReader, 'riak' | 'site'>

/** @returns their keys, tombstones perhaps among them. */
export async function unqueuedComments({ riak, site }: Access): Promise<readonly string[]> {
  const of = { type: commentRoom.type, bucket: site }
  const unqueued = new Set<string>()
  // Keys first: what is written meanwhile is then in the queue alone.
  for await (const keys of pageKeys(riak, of)) for (const key of keys) unqueued.add(key)
  if (unqueued.size === 0) return []
  for await (const keys of pageIndex(riak, { ...of, field: queueField, ...wholeQueue })) {
    for (const key of keys) unqueued.delete(key)
  }
  return [...unqueued]
}

/** What `verify` reports of them: those that there are. */
export async function queueDifferences(
  reader: Access & Pick<SourceReader, 'commentSource'>,
  pace: Pace,
): Promise<readonly IndexDifference[]> {
  const keys = await pace(() => unqueuedComments(reader))
  const found: IndexDifference[] = []
  for (let at = 0; at < keys.length; at += limits.sweepBatch) {
    const batch = keys.slice(at, at + limits.sweepBatch)
    await pace(() =>
      eachBounded(batch, limits.storeConcurrency, async (key) => {
        if (!(await reader.commentSource.isThere(key))) return
        const object = showLocation({ type: commentRoom.type, bucket: reader.site, key })
        const detail = 'the moderation queue does not find it'
        found.push({ kind: 'missing', object, id: key.split('/').at(-1) ?? key, detail })
      }),
    )
  }
  return found
}
