import type { Room } from '../room.ts'
import { commentClock, mergeComments } from './merge.ts'
import { commentType } from './props.ts'
import { commentCodec } from './schema.ts'
import type { CommentValue } from './schema.ts'

/** `changed_int` for the sweeper; `id_bin` finds the key `<post>/<comment>` of a bare comment id. */
export const comments: Room<CommentValue> = {
  ...commentType,
  parse: commentCodec.parse,
  encode: commentCodec.encode,
  merge: mergeComments,
  tombstone: 'deletion',
  indexes: (value) => [
    { field: 'changed_int', value: String(commentClock(value)) },
    { field: 'id_bin', value: value.id },
  ],
}
