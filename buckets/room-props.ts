/** The properties nearly every bucket type has, each with its reason. */

import type { RoomProps, RoomType } from './room.ts'

const props: RoomProps = {
  n_val: 3,
  allow_mult: true,
  dvv_enabled: true,
  last_write_wins: false,
  notfound_ok: true,
  basic_quorum: false,
}

const reasons: RoomType['reasons'] = {
  n_val: 'Three copies: one disk may die and one node be away, and the value is still there.',
  allow_mult: 'Concurrent writes stay beside each other until our merge has seen them all.',
  dvv_enabled: 'Dots keep stale writes from multiplying siblings that the merge already covered.',
  last_write_wins: 'A wall clock must never choose which write is lost.',
  notfound_ok:
    'Reads for a merge take an absent copy as an answer; whoever needs certainty asks otherwise.',
  basic_quorum: 'A reader waits for the copies that exist rather than ending on two absent ones.',
}

/** @param own - what is particular to this type: its merge, in one sentence, leads the reasons. */
export function mergedType(type: string, own: RoomType['reasons'] = {}): RoomType {
  return { type, props, reasons: { ...reasons, ...own } }
}
