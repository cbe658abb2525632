/** The facade over the official client, as it is shipped. */

import { built } from './built.ts'
import type * as riakModule from '../../src/riak/basho-riak-kv.ts'
import type { RiakKv } from '../../src/riak/riak-kv.ts'
import type * as diceModule from '../../src/runtime/crypto-dice.ts'
import type * as clockModule from '../../src/runtime/system-clock.ts'

/** @param address - `host:port`, Protocol Buffers. */
export async function connectBuilt(address: string): Promise<RiakKv> {
  const { connectRiak } = await built<typeof riakModule>('src/riak/basho-riak-kv')
  const { systemClock } = await built<typeof clockModule>('src/runtime/system-clock')
  const { cryptoDice } = await built<typeof diceModule>('src/runtime/crypto-dice')
  const log = { write: () => undefined }
  return connectRiak({ nodes: [address], clock: systemClock(), dice: cryptoDice(), log })
}
