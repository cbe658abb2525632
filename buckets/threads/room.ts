import { listingCodec } from '../listing-schema.ts'
import type { JsonCodec } from '../json-codec.ts'
import type { Listing } from '../listing-schema.ts'
import { mergeListings } from '../listing.ts'
import type { Room } from '../room.ts'
import { threadType } from './props.ts'
import { threadRowSchema } from './schema.ts'
import type { ThreadRow } from './schema.ts'

const codec: JsonCodec<Listing<ThreadRow>> = listingCodec('thread', threadRowSchema)

export const threads: Room<Listing<ThreadRow>> = {
  ...threadType,
  parse: codec.parse,
  encode: codec.encode,
  merge: mergeListings,
  tombstone: 'nothing',
  indexes: () => [],
}
