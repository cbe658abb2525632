/** `riak.get.*` and `riak.put.*`: the embedded node over Protocol Buffers, beside LevelDB alone. */

import { join } from 'node:path'
import type { LevelFloor } from './level-floor.ts'
import { measureBeside } from './measure.ts'
import type { Part } from './part.ts'
import { freshFolder, startNode } from './program.ts'
import { keyCount } from './riak-keys.ts'
import type { RiakLoad } from './riak-load.ts'
import { startWorker } from './worker.ts'

const kinds = ['get', 'put'] as const
const concurrencies = [1, 16, 64] as const
const cases = kinds.flatMap((kind) =>
  concurrencies.map((concurrency) => ({ name: `riak.${kind}.c${concurrency}`, kind, concurrency })),
)

export const riakPart: Part = {
  names: cases.map(({ name }) => name),

  async run(context) {
    const { cleanUp, tell } = context
    const folder = freshFolder('riak')
    cleanUp(folder.remove)
    const node = await startNode(join(folder.path, 'data'), context)
    cleanUp(node.stop)
    const load = startWorker<RiakLoad>('riak-load.ts')
    cleanUp(load.end)
    const floor = startWorker<LevelFloor>('level-floor.ts')
    cleanUp(floor.end)
    tell(`riak: ${keyCount} objects are stored`)
    await load.call('fill', { address: node.address, keys: keyCount })
    await floor.call('fill', { folder: join(folder.path, 'floor'), keys: keyCount })
    for (const { name, kind, concurrency } of cases) {
      if (!context.wants(name)) continue
      await measureBeside(context, {
        name,
        unit: 'ops/s',
        pid: node.pid,
        program: (seconds) => load.call('round', { kind, concurrency, seconds }),
        floor: (seconds) => floor.call('round', { kind, concurrency, seconds }),
        restMs: kind === 'put' ? 500 : 0,
      })
    }
    await load.call('close', {})
    await floor.call('close', {})
  },
}
