/** The list of rooms; the only file that sees them all. */

import { authorType } from './authors/props.ts'
import { commentType } from './comments/props.ts'
import { counterType } from './counters/props.ts'
import { draftType } from './drafts/props.ts'
import { indexType } from './indexes/props.ts'
import { mediaType } from './media/props.ts'
import { postType } from './posts/props.ts'
import { quarantineType } from './quarantine/props.ts'
import { revisionType } from './revisions/props.ts'
import type { RoomType } from './room.ts'
import { siteType } from './sites/props.ts'
import { slugType } from './slugs/props.ts'
import { threadType } from './threads/props.ts'
import { tokenType } from './tokens/props.ts'

/** Every bucket type the program needs, with its properties; creating them is riak-admin's. */
export const roomTypes: readonly RoomType[] = [
  postType,
  revisionType,
  draftType,
  commentType,
  slugType,
  threadType,
  indexType,
  mediaType,
  authorType,
  tokenType,
  siteType,
  counterType,
  quarantineType,
]

/** As `riak-admin bucket-type create TYPE '{"props":{…}}'` takes it: one line of JSON a type. */
export function roomTypesForRiakAdmin(): readonly {
  readonly type: string
  readonly json: string
}[] {
  return roomTypes.map(({ type, props }) => ({ type, json: JSON.stringify({ props }) }))
}
