import { listingCodec } from '../listing-schema.ts'
import type { JsonCodec } from '../json-codec.ts'
import type { Listing } from '../listing-schema.ts'
import { mergeListings } from '../listing.ts'
import type { Room } from '../room.ts'
import { indexType } from './props.ts'
import { catalogRowSchema, postRowSchema } from './schema.ts'
import type { CatalogRow, PostRow } from './schema.ts'

const postCodec: JsonCodec<Listing<PostRow>> = listingCodec('post listing', postRowSchema)
const catalogCodec: JsonCodec<Listing<CatalogRow>> = listingCodec('catalog', catalogRowSchema)

/** `all`, `tag/<tag>`, `month/<yyyy-mm>` and their segments. */
export const postListings: Room<Listing<PostRow>> = {
  ...indexType,
  parse: postCodec.parse,
  encode: postCodec.encode,
  merge: mergeListings,
  tombstone: 'nothing',
  indexes: () => [],
}

/** `catalog/tags`, `catalog/months` and their segments. */
export const catalogs: Room<Listing<CatalogRow>> = {
  ...indexType,
  parse: catalogCodec.parse,
  encode: catalogCodec.encode,
  merge: mergeListings,
  tombstone: 'nothing',
  indexes: () => [],
}
