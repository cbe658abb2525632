/**
 * `riak-admin` inside the node: a command line in, Riak's text and an exit code out.
 *
 * Depends on the world through the node alone.
 *
 * Not here: how a command line gets here (`listen/control-listener.ts`).
 *
 * Source: basho/riak rel/files/riak-admin; captures/admin-single; RIAK.md §8.
 */

import { printAtom } from '../../causality/print-term.ts'
import type { EmbeddedRiakNode } from '../node.ts'
import { RiakError } from '../requests.ts'
import { failed, plain, usage } from './answer.ts'
import type { ConsoleAnswer } from './answer.ts'
import { bucketType } from './bucket-type.ts'
import {
  clusterPlan,
  clusterStatus,
  memberStatus,
  partitionCount,
  ringReady,
  ringStatus,
  transfers,
} from './ring-reports.ts'
import { statusReport } from './status-report.ts'
import { adminUsage, clusterUsage, waitForServiceUsage } from './usage.ts'

/** The part of the node that the console asks. */
export type ConsoleNode = Pick<
  EmbeddedRiakNode,
  'name' | 'bucketTypes' | 'ring' | 'stats' | 'get' | 'put'
>

/** What Riak's node runs and ours answers for. */
const services: readonly string[] = ['riak_kv', 'riak_pipe']
/** How often `wait-for-service` asks. */
const servicePollMs = 3_000

/** @param argv - what follows `riak-admin`. */
export async function runConsole(
  node: ConsoleNode,
  argv: readonly string[],
): Promise<ConsoleAnswer> {
  const [command = '', ...args] = argv
  switch (command) {
    case 'bucket-type':
      return bucketType(node.bucketTypes, args)
    case 'wait-for-service':
      return waitForService(args)
    case 'cluster':
      return cluster(node, args)
    default:
      return args.length === 0 ? report(node, command) : usage(adminUsage)
  }
}

/** Commands without arguments. */
async function report(node: ConsoleNode, command: string): Promise<ConsoleAnswer> {
  switch (command) {
    case 'status':
      return statusReport(node)
    case 'ringready':
      return ringReady(node.ring())
    case 'member-status':
    case 'member_status':
      return memberStatus(node.ring())
    case 'ring-status':
    case 'ring_status':
      return ringStatus(node.ring())
    case 'transfers':
      return transfers()
    case 'services':
      return plain(`[${services.join(',')}]`)
    case 'test':
      return test(node)
    default:
      return usage(adminUsage)
  }
}

function cluster(node: ConsoleNode, args: readonly string[]): ConsoleAnswer {
  if (args.length === 1) {
    if (args[0] === 'status') return clusterStatus(node.ring())
    if (args[0] === 'plan') return clusterPlan()
    if (args[0] === 'partition-count') return partitionCount(node.ring())
  }
  return usage(clusterUsage)
}

function waitForService(args: readonly string[]): ConsoleAnswer {
  const [service] = args
  if (service === undefined || args.length > 2) return usage(waitForServiceUsage)
  if (services.includes(service)) return plain(`${service} is up`)
  return {
    ...plain(`${service} is not up: [${services.join(',')}]`),
    retryAfterMs: servicePollMs,
  }
}

/** One write and one read of a key of its own, as any client would. */
async function test(node: ConsoleNode): Promise<ConsoleAnswer> {
  const of = { type: Buffer.from('default'), bucket: Buffer.from('__riak_client_test__') }
  const key = Buffer.from('key1')
  try {
    await node.put(of, key, { value: Buffer.from('value') }, {})
    const found = await node.get(of, key, {})
    if (found.kind === 'found') {
      return plain(`Successfully completed 1 read/write cycle to ${printAtom(node.name)}`)
    }
    return failed(['Failed to read test value: notfound'])
  } catch (error) {
    if (!(error instanceof RiakError)) throw error
    return failed([`Failed to write test value: ${error.text}`])
  }
}
