import { seededDice } from '../../src/kernel/prng.ts'
import { MemoryRiakKv } from '../../src/riak/memory-riak-kv.ts'
import { systemClock } from '../../src/runtime/system-clock.ts'
import { riakKvContract } from './riak-kv.contract.ts'

riakKvContract({
  name: 'memory',
  supports: { reaping: true, settingTypes: true, readingDvv: true },
  open: () => {
    const kv = new MemoryRiakKv({ clock: systemClock(), dice: seededDice(7), types: { posts: {} } })
    return Promise.resolve({ kv, close: () => kv.stop() })
  },
})
