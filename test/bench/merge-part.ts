/** `store.merge`: what a reader waits for when two authors have saved at once. */

import type { MergeWork } from './merge-work.ts'
import type { Part } from './part.ts'
import { type Round, summarise } from './statistics.ts'
import { startWorker } from './worker.ts'

const name = 'store.merge'

export const mergePart: Part = {
  names: [name],

  async run({ cleanUp, tell, done, seconds, rounds }) {
    const work = startWorker<MergeWork>('merge-work.ts')
    cleanUp(work.end)
    tell(name)
    await work.call('prepare', {})
    await work.call('round', { seconds, isFloor: false })
    await work.call('round', { seconds: seconds / 2, isFloor: true })
    const measured: Round[] = []
    const floors: Round[] = []
    for (let round = 0; round < rounds; round++) {
      measured.push(await work.call('round', { seconds, isFloor: false }))
      floors.push(await work.call('round', { seconds: seconds / 2, isFloor: true }))
    }
    const { p50, p99 } = summarise(measured)
    done({ name, value: p50, unit: 'ms', p50, p99, floor: summarise(floors).p50 })
  },
}
