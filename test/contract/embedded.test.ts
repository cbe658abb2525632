import { seededDice } from '../../src/kernel/prng.ts'
import { connectRiak } from '../../src/riak/basho-riak-kv.ts'
import { systemClock } from '../../src/runtime/system-clock.ts'
import { openEmbedded } from '../support/open-embedded.ts'
import { riakKvContract } from './riak-kv.contract.ts'

riakKvContract({
  name: 'embedded node over Protocol Buffers',
  supports: {
    reaping: true,
    settingTypes: true,
    readingDvv: 'dvv_enabled is not among the properties that Protocol Buffers carry',
  },
  open: async () => {
    const embedded = await openEmbedded()
    await embedded.node.bucketTypes.create('posts', new Map())
    await embedded.node.bucketTypes.activate('posts')
    const kv = await connectRiak({
      nodes: [`127.0.0.1:${embedded.listener.port}`],
      clock: systemClock(),
      dice: seededDice(1),
      log: { write: () => undefined },
    })
    return {
      kv,
      close: async () => {
        await kv.stop()
        await embedded.close()
      },
    }
  },
})
