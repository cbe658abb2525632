import { largerBytes } from '../lattice.ts'
import type { Room } from '../room.ts'
import { mergeMedia } from './merge.ts'
import { mediaType } from './props.ts'
import { mediaCodec } from './schema.ts'
import type { MediaValue } from './schema.ts'

/** What was uploaded: key `<hash>`. */
export const media: Room<MediaValue> = {
  ...mediaType,
  parse: mediaCodec.parse,
  encode: mediaCodec.encode,
  merge: mergeMedia,
  tombstone: 'deletion',
  indexes: () => [],
}

/** Its bytes: key `<hash>/<i>` of the same bucket type. */
export const mediaChunks: Room<Uint8Array> = {
  ...mediaType,
  parse: (bytes) => ({ kind: 'value', value: bytes }),
  encode: (bytes) => bytes,
  // Siblings of one chunk are equal; of damaged ones the same is taken everywhere.
  merge: largerBytes,
  tombstone: 'deletion',
  indexes: () => [],
}
