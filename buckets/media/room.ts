import type { Room } from '../room.ts'
import { mergeMedia } from './merge.ts'
import { mediaType } from './props.ts'
import { mediaCodec } from './schema.ts'
import type { MediaValue } from './schema.ts'

/** What was uploaded: key `<hash>`. Its chunks are raw bytes, named by the hash, and never merged. */
export const media: Room<MediaValue> = {
  ...mediaType,
  parse: mediaCodec.parse,
  encode: mediaCodec.encode,
  merge: mergeMedia,
  tombstone: 'deletion',
  indexes: () => [],
}
