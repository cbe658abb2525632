/** Jobs run on a node directly, and what became of them. */

import type { RiakNode } from '../../src/embedded/riak-node.ts'
import { JobFailedError } from '../../src/embedded/mapreduce/job-errors.ts'
import type { JobFailure } from '../../src/embedded/mapreduce/job-errors.ts'
import { writeJson } from '../../src/embedded/mapreduce/json-writer.ts'
import type { Job } from '../../src/embedded/mapreduce/job.ts'
import type { JobRun } from '../../src/embedded/mapreduce/map-reduce.ts'
import { parseJsonJob } from '../../src/embedded/mapreduce/parse-job.ts'
import { asValues } from '../../src/embedded/mapreduce/rows.ts'

export interface JobInJson {
  readonly inputs: unknown
  readonly query: readonly unknown[]
  readonly timeout?: unknown
}

export async function parseJob(node: RiakNode, job: JobInJson): Promise<Job> {
  return parseJsonJob(Buffer.from(JSON.stringify(job)), node.mapReduce.turns())
}

export async function startJob(node: RiakNode, job: JobInJson): Promise<JobRun> {
  return node.mapReduce.start(await parseJob(node, job))
}

/** All results, by phase. */
export async function runJob(
  node: RiakNode,
  job: JobInJson,
): Promise<Readonly<Record<number, readonly unknown[]>>> {
  const run = await startJob(node, job)
  const phases: Record<number, unknown[]> = {}
  for (let results = await run.next(); results !== undefined; results = await run.next()) {
    phases[results.phase] = [...(phases[results.phase] ?? []), ...asValues(results.rows)]
  }
  return phases
}

/** @throws Error where the job ends well. */
export async function failureOf(node: RiakNode, job: JobInJson): Promise<JobFailure> {
  try {
    await runJob(node, job)
  } catch (error) {
    if (error instanceof JobFailedError) return error.failure
    throw error
  }
  throw new Error('the job ended well')
}

/** What a client reads of a failed phase, as JSON. */
export function toldOf(failure: JobFailure): Readonly<Record<string, unknown>> {
  if (failure.kind !== 'phase') throw new Error(`the job failed otherwise: ${failure.kind}`)
  return JSON.parse(writeJson(failure.told)) as Record<string, unknown>
}

export const erlang = (module: string, name: string, more: object = {}) => ({
  language: 'erlang',
  module,
  function: name,
  ...more,
})
export const builtIn = (name: string, more: object = {}) => erlang('riak_kv_mapreduce', name, more)
