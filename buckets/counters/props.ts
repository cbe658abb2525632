import type { RoomType } from '../room.ts'

/** Riak's own counters: best effort (spam killed and the like), merged by Riak, never by us. */
export const counterType: RoomType = {
  type: 'counters',
  props: { n_val: 3, allow_mult: true, datatype: 'counter' },
  reasons: {
    n_val: 'Three copies, as everything else has.',
    allow_mult: 'Riak demands it of data types; it merges their siblings itself.',
    datatype: 'A count that many servers raise at once needs no read before the write.',
  },
}
