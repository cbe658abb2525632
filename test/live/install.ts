/** Bucket types and the MapReduce module: installed through RIAK_ADMIN, or found to be there. */

import { fileURLToPath } from 'node:url'
import { bucketTypeAdvice, bucketTypeFaults } from '../../src/commands/bucket-types.ts'
import type { BucketTypeFault } from '../../src/commands/bucket-types.ts'
import type { RiakKv } from '../../src/riak/riak-kv.ts'
import { runToEnd } from '../support/program.ts'
import { commandEnv } from './own-node.ts'
import { shell } from './power.ts'

type Tell = (text: string) => void

/** @throws Error with what the script said. */
export async function installTypes(riakAdmin: string, tell: Tell): Promise<void> {
  const types = await runToEnd(['riak', 'bucket-types'])
  await script('cluster/bucket-types.sh', riakAdmin, tell, types.stdout)
}

export async function installModule(riakAdmin: string, tell: Tell): Promise<void> {
  await script('cluster/install-module.sh', riakAdmin, tell)
}

/**
 * The functions of the contract's jobs: in the memory of each node alone, until `unloadContractJobs`.
 *
 * @returns whether they could be: a node that Ringpost runs, and Riak 2.x, take none.
 */
export async function loadContractJobs(riakAdmin: string): Promise<boolean> {
  return (await contractJobs('load', riakAdmin)).code === 0
}

/** @throws Error with what the script said. */
export async function unloadContractJobs(riakAdmin: string): Promise<void> {
  const { code, output } = await contractJobs('unload', riakAdmin)
  if (code !== 0) throw new Error(`contract-jobs.sh unload ended with ${code}: ${output.trim()}`)
}

function contractJobs(verb: 'load' | 'unload', riakAdmin: string): ReturnType<typeof shell> {
  const file = fileURLToPath(new URL('contract-jobs.sh', import.meta.url))
  return shell(`sh '${file}' ${verb}`, [], { env: { ...commandEnv, RIAK_ADMIN: riakAdmin } })
}

async function script(path: string, riakAdmin: string, tell: Tell, input = ''): Promise<void> {
  const file = fileURLToPath(new URL(`../../${path}`, import.meta.url))
  tell(`${path} (RIAK_ADMIN="${riakAdmin}")`)
  const env = { ...commandEnv, RIAK_ADMIN: riakAdmin }
  const { code, output } = await shell(`sh '${file}'`, [], { env, input })
  for (const line of output.trimEnd().split('\n')) tell(`  ${line}`)
  if (code !== 0) throw new Error(`${path} ended with ${code}: ${output.trim()}`)
}

/** @throws Error that names each type that is missing or other, and the command that makes them. */
export async function assertTypes(
  riak: RiakKv,
  site: string,
  riakAdmin: string | undefined,
): Promise<void> {
  const wrong = (await bucketTypeFaults(riak, site)).map(sayFault)
  if (wrong.length === 0) return
  const how =
    riakAdmin === undefined
      ? `run \`RIAK_ADMIN='riak admin' sh -c '${bucketTypeAdvice}'\` on a node, or set RIAK_ADMIN`
      : 'the script ended well all the same'
  throw new Error(`the bucket types are not as they must be: ${wrong.join('; ')}: ${how}`)
}

function sayFault(fault: BucketTypeFault): string {
  if (fault.kind === 'missing') return `${fault.type} does not exist, or is not active`
  const { type, property, shown, wanted } = fault
  return `${type}: ${property} is ${shown}, must be ${String(wanted)}`
}

/** @throws Error where index jobs run in no language: they are what a run is to prove. */
export function assertJobs(
  languages: readonly string[],
  refusals: readonly string[],
  riakAdmin: string | undefined,
): void {
  if (languages.length > 0) return
  const how =
    riakAdmin === undefined
      ? "run `RIAK_ADMIN='riak admin' cluster/install-module.sh`, or set RIAK_ADMIN"
      : 'cluster/install-module.sh ended well all the same'
  throw new Error(`index jobs run in no language (${refusals.join('; ')}): ${how}`)
}
