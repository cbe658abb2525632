import { seededDice } from '../../src/kernel/prng.ts'
import { MemoryRiakKv } from '../../src/riak/memory-riak-kv.ts'
import { systemClock } from '../../src/runtime/system-clock.ts'
import { riakKvContract } from './riak-kv.contract.ts'
import { contractModule } from './riak-kv.jobs.ts'

riakKvContract({
  name: 'memory',
  supports: {
    reaping: true,
    settingTypes: true,
    readingDvv: true,
    jobs: true,
    javascriptOff: true,
    counters: true,
  },
  open: () => {
    const kv = new MemoryRiakKv({
      clock: systemClock(),
      dice: seededDice(7),
      types: { posts: {}, counters: { datatype: 'counter' } },
      modules: new Map([['contract_jobs', contractModule]]),
    })
    return Promise.resolve({ kv, close: () => kv.stop() })
  },
})
