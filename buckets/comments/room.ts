import type { Room } from '../room.ts'
import { commentClock, mergeComments } from './merge.ts'
import { commentType } from './props.ts'
import { queueField, queueTerm } from './queue.ts'
import { checkIndexes } from './report.ts'
import { commentCodec } from './schema.ts'
import type { CommentValue } from './schema.ts'

/**
 * `changed_int` for the sweeper; `id_bin` finds the key `<post>/<comment>` of a bare comment id;
 * `queue_bin` (`queue.ts`) finds the newest of a status; `report_int` and `visitor_int` (`report.ts`) what
 * is to be told to Akismet, and what is to be forgotten.
 */
export const comments: Room<CommentValue> = {
  ...commentType,
  parse: commentCodec.parse,
  encode: commentCodec.encode,
  merge: mergeComments,
  tombstone: 'deletion',
  indexes: (value) => [
    { field: 'changed_int', value: String(commentClock(value)) },
    { field: 'id_bin', value: value.id },
    { field: queueField, value: queueTerm(value) },
    ...checkIndexes(value),
  ],
}
