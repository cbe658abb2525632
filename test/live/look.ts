/** What a cluster is and can, found out by asking it. */

import { jobInputs, jobPhases } from '../../mapreduce/job.ts'
import type { JobLanguage } from '../../mapreduce/job.ts'
import { StoreError } from '../../src/kernel/errors.ts'
import type { RiakKv } from '../../src/riak/riak-kv.ts'
import { until } from '../support/program.ts'
import type { Can } from './cluster.ts'
import { connectTo } from './connection.ts'

/** Keys enough to meet every partition of a ring of 64. */
const manyKeys: readonly string[] = Array.from({ length: 400 }, (_, n) => `key-${n}`)
const reapMsMax = 20_000

/** A line for each address: who answers there. @throws Error that names those where nobody does. */
export async function lookAtNodes(nodes: readonly string[]): Promise<readonly string[]> {
  const looked = await Promise.all(
    nodes.map(async (address) => {
      try {
        const riak = await connectTo([address])
        const { node, version } = await riak.serverInfo().finally(() => riak.stop())
        return { line: `${address} is ${node}, Riak ${version}`, answers: true }
      } catch (error) {
        return { line: `${address}: ${wordsOf(error)}`, answers: false }
      }
    }),
  )
  const silent = looked.filter(({ answers }) => !answers)
  if (silent.length > 0) {
    const lines = silent.map(({ line }) => line).join('; ')
    throw new Error(`every node of RIAK_NODES must answer before a run begins: ${lines}`)
  }
  return looked.map(({ line }) => line)
}

/** @throws Error where a node is away: a run must begin on a healthy cluster. */
export async function membersOf(riak: RiakKv, bucket: string): Promise<readonly string[]> {
  const lists = await Promise.all(
    manyKeys.slice(0, 100).map((key) => riak.preflist({ type: 'posts', bucket, key })),
  )
  const entries = lists.flat()
  const members = [...new Set(entries.map(({ node }) => node))].sort()
  if (!entries.every(({ isPrimary }) => isPrimary)) {
    throw new Error(
      `a node of the cluster is away: ${members.join(', ')} answer, some in its place; start it first`,
    )
  }
  return members
}

/** @throws Error in plain words where the storage backend has no secondary indexes. */
export async function assertIndexes(riak: RiakKv, bucket: string): Promise<void> {
  const at = { type: 'posts', bucket, key: 'indexed' }
  const content = { value: Buffer.from('probe'), contentType: 'text/plain' }
  await riak.put(at, { ...content, indexes: [{ field: 'probe_int', value: '1' }] }, { dw: 'all' })
  const query = { type: 'posts', bucket, field: 'probe_int', equals: '1' }
  let found: readonly string[]
  try {
    found = (await riak.queryIndex(query)).entries.map(({ key }) => key)
  } catch (error) {
    throw new Error(
      `the storage backend has no secondary indexes (${wordsOf(error)}): ` +
        'set storage_backend = leveled (or leveldb) in riak.conf; bitcask cannot carry Ringpost',
      { cause: error },
    )
  }
  if (found.join() !== at.key) throw new Error('an index query does not find what was just stored')
}

/** In which languages index jobs run on every node: asked over keys that meet every partition. */
export async function languagesOf(
  riak: RiakKv,
  bucket: string,
): Promise<{ readonly languages: readonly JobLanguage[]; readonly refusals: readonly string[] }> {
  const languages: JobLanguage[] = []
  const refusals: string[] = []
  const of = { type: 'posts', bucket }
  for (const language of ['erlang', 'javascript'] as const) {
    try {
      await riak.mapReduce({
        inputs: jobInputs(of, manyKeys),
        query: jobPhases(language, 'map_posts', of, true),
      })
      languages.push(language)
    } catch (error) {
      refusals.push(`${language}: ${wordsOf(error)}`)
    }
  }
  return { languages, refusals }
}

export async function reapsTombstones(riak: RiakKv, bucket: string): Promise<Can> {
  const at = { type: 'posts', bucket, key: 'reaped' }
  await riak.put(at, { value: Buffer.from('probe'), contentType: 'text/plain' }, { dw: 'all' })
  await riak.delete(at, { rw: 'all' })
  try {
    await until('the tombstone is gone', reapMsMax, async () => (await riak.get(at)) === undefined)
    return true
  } catch {
    return `a tombstone was there after ${reapMsMax / 1_000} s: delete_mode is not Riak’s default`
  }
}

/** Whether the functions that the contract’s jobs name are loaded, on every node. */
export async function hasContractJobs(riak: RiakKv, bucket: string): Promise<Can> {
  const phase = { language: 'erlang', module: 'contract_jobs', function: 'keys' } as const
  const inputs = manyKeys.map((key) => ({ type: 'posts', bucket, key }))
  try {
    await riak.mapReduce({ inputs, query: [{ map: phase }] })
    return true
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return 'the functions they name (contract_jobs) are not loaded on this cluster'
  }
}

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
