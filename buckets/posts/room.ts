import type { Room } from '../room.ts'
import { mergePosts, trimmed } from './merge.ts'
import { postType } from './props.ts'
import { postCodec } from './schema.ts'
import type { PostValue } from './schema.ts'

/** `changed_int`: the newest head's clock, ms, for the sweeper. */
export const posts: Room<PostValue> = {
  ...postType,
  parse: (bytes) => {
    const parsed = postCodec.parse(bytes)
    // A value is united with itself so that its order and its proofs hold whoever wrote it.
    return parsed.kind === 'value'
      ? { kind: 'value', value: mergePosts(parsed.value, parsed.value) }
      : parsed
  },
  encode: (value) => postCodec.encode(trimmed(value)),
  merge: mergePosts,
  tombstone: 'deletion',
  indexes: (value) => [
    { field: 'changed_int', value: String(Math.max(...value.heads.map((head) => head.clock))) },
  ],
}
