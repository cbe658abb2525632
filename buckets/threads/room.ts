import { listingCodec } from '../listing-schema.ts'
import type { JsonCodec } from '../json-codec.ts'
import type { Listing } from '../listing-schema.ts'
import { mergeListings } from '../listing.ts'
import type { Room } from '../room.ts'
import { threadType } from './props.ts'
import { threadRowSchema } from './schema.ts'
import type { ThreadRow } from './schema.ts'

/** The 2i that threads with anything in them carry, absent entries included. */
export const filledField = 'filled_int'

const codec: JsonCodec<Listing<ThreadRow>> = listingCodec('thread', threadRowSchema)

export const threads: Room<Listing<ThreadRow>> = {
  ...threadType,
  parse: codec.parse,
  encode: codec.encode,
  merge: mergeListings,
  tombstone: 'nothing',
  // An empty thread says only that its post has no comments: jobs need not read it.
  indexes: (value) =>
    value.kind === 'directory' && value.entries.length + value.segments.length > 0
      ? [{ field: filledField, value: '1' }]
      : [],
}
