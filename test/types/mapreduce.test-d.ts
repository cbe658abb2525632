import { expectTypeOf, test } from 'vitest'
import type { JobInput, JobPhase } from '../../mapreduce/job.ts'
import type { RingpostModule } from '../../mapreduce/ringpost-mapreduce.ts'
import type { RegisteredModule } from '../../src/embedded/mapreduce/functions.ts'
import type { JobModule } from '../../src/riak/memory/memory-jobs.ts'
import type { MapReduceJob, MapReducePhase } from '../../src/riak/riak-kv.ts'

test('the reference module fits what the embedded node and the memory backend register', () => {
  expectTypeOf<RingpostModule>().toExtend<RegisteredModule>()
  expectTypeOf<RingpostModule>().toExtend<JobModule>()
})

test('jobs fit the facade: phases and inputs', () => {
  expectTypeOf<JobPhase>().toExtend<MapReducePhase>()
  expectTypeOf<readonly JobInput[]>().toExtend<MapReduceJob['inputs']>()
})
