/** `mapreduce.tags.*`: the tag job over 10,000 posts, by the registered function and by JavaScript. */

import { join } from 'node:path'
import type { JobFloor } from './job-floor.ts'
import type { JobLoad } from './job-load.ts'
import { jobPostCount } from './job-posts.ts'
import { cpuMs } from './machine.ts'
import type { Part } from './part.ts'
import { freshFolder, startNode } from './program.ts'
import { median, percentile } from './statistics.ts'
import { startWorker } from './worker.ts'

const cases = [
  // Named as Riak 3.x names a module it has loaded: the embedded node has this one in TypeScript.
  { name: 'mapreduce.tags.ts', language: 'erlang' },
  { name: 'mapreduce.tags.js', language: 'javascript' },
] as const

export const jobsPart: Part = {
  names: cases.map(({ name }) => name),

  async run(context) {
    const { cleanUp, tell, done } = context
    const folder = freshFolder('jobs')
    cleanUp(folder.remove)
    const node = await startNode(join(folder.path, 'data'), context)
    cleanUp(node.stop)
    const load = startWorker<JobLoad>('job-load.ts')
    cleanUp(load.end)
    const floor = startWorker<JobFloor>('job-floor.ts')
    cleanUp(floor.end)
    tell(`mapreduce: ${jobPostCount} posts are stored`)
    await load.call('fill', { address: node.address })
    await floor.call('fill', { folder: join(folder.path, 'floor') })
    for (const { name, language } of cases) {
      if (!context.wants(name)) continue
      tell(name)
      await load.call('run', { language })
      await floor.call('run', {})
      const runs: number[] = []
      const pages: number[] = []
      const floors: number[] = []
      const micros: number[] = []
      for (let round = 0; round < context.rounds; round++) {
        const before = cpuMs(node.pid)
        const run = await load.call('run', { language })
        const after = cpuMs(node.pid)
        if (before !== undefined && after !== undefined) micros.push((after - before) * 1_000)
        runs.push(run.ms)
        pages.push(...run.pages)
        floors.push(await floor.call('run', {}))
      }
      const sorted = pages.toSorted((a, b) => a - b)
      done({
        name,
        value: median(runs) / 1_000,
        unit: 's',
        p50: percentile(sorted, 0.5),
        p99: percentile(sorted, 0.99),
        floor: median(floors) / 1_000,
        cpuMicros: micros.length === 0 ? undefined : median(micros),
      })
    }
    await load.call('close', {})
    await floor.call('close', {})
  },
}
