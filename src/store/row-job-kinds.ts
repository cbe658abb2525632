/** The jobs that the store runs: over its sources, and over the addresses made from them. */

import { comments as commentRoom } from '../../buckets/comments/room.ts'
import { posts as postRoom } from '../../buckets/posts/room.ts'
import { slugs as slugRoom } from '../../buckets/slugs/room.ts'
import type { CommentRow } from '../../mapreduce/comment-rows.ts'
import { parsePostRows, parseSlugRows, parseThreadRows } from '../../mapreduce/job.ts'
import type { PostRow } from '../../mapreduce/post-rows.ts'
import type { ClaimRow } from '../../mapreduce/rows.ts'
import type { RowJob } from './row-jobs.ts'

/** Every place of a post, and every address that it claims. */
export const postJob: RowJob<PostRow | ClaimRow> = {
  type: postRoom.type,
  map: 'map_posts',
  parse: (results) => {
    const { rows, claims, unresolved, unknown } = parsePostRows(results)
    return { rows: [...rows, ...claims], unresolved, unknown }
  },
}

export const commentJob: RowJob<CommentRow> = {
  type: commentRoom.type,
  map: 'map_threads',
  parse: parseThreadRows,
}

/** Every claim that is stored for an address. */
export const slugJob: RowJob<ClaimRow> = {
  type: slugRoom.type,
  map: 'map_slugs',
  parse: parseSlugRows,
}
