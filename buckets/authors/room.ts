import type { Room } from '../room.ts'
import { mergeAuthors } from './merge.ts'
import { authorType } from './props.ts'
import { authorCodec } from './schema.ts'
import type { AuthorValue } from './schema.ts'

export const authors: Room<AuthorValue> = {
  ...authorType,
  parse: authorCodec.parse,
  encode: authorCodec.encode,
  merge: mergeAuthors,
  tombstone: 'deletion',
  indexes: () => [],
}
