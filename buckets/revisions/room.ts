import { jsonCodec } from '../json-codec.ts'
import type { JsonCodec } from '../json-codec.ts'
import { joinRevisions, revisionSchema } from '../revision-schema.ts'
import type { Revision } from '../revision-schema.ts'
import type { Room } from '../room.ts'
import { revisionType } from './props.ts'

const codec: JsonCodec<Revision> = jsonCodec('revision', revisionSchema)

/** Key `<post id>/<revision id>`. Immutable: no index, the post that names it carries one. */
export const revisions: Room<Revision> = {
  ...revisionType,
  parse: codec.parse,
  encode: codec.encode,
  merge: joinRevisions,
  tombstone: 'nothing',
  indexes: () => [],
}
