/**
 * `riak-admin status`: every number the node keeps, one a line. Pure.
 *
 * Source: basho/riak_kv src/riak_kv_console.erl `status/1`; captures/admin-single/status.out.
 */

import { printAtom, printTerm } from '../../causality/print-term.ts'
import type { RiakNode } from '../riak-node.ts'
import { ok } from './answer.ts'
import type { ConsoleAnswer } from './answer.ts'
import { printNodes } from './ring-reports.ts'

type Stat = ReturnType<RiakNode['stats']>[string]

/** Texts that are atoms in Riak; every other text is a binary. */
const atoms = new Set(['nodename', 'storage_backend', 'sys_heap_type'])
/** Shown after all others. */
const isVersion = (name: string): boolean => name.endsWith('_version') && !name.startsWith('sys_')

export function statusReport(node: Pick<RiakNode, 'name' | 'stats'>): ConsoleAnswer {
  const stats = Object.entries(node.stats()).toSorted(([a], [b]) =>
    isVersion(a) === isVersion(b) ? (a < b ? -1 : 1) : isVersion(a) ? 1 : -1,
  )
  return ok(
    `1-minute stats for ${printAtom(node.name)}`,
    '-'.repeat(43),
    ...stats.map(([name, value]) => `${name} : ${printStat(name, value)}`),
    '',
  )
}

function printStat(name: string, value: Stat): string {
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string') return printNodes(value)
  return atoms.has(name) ? printAtom(value) : printTerm(Buffer.from(value))
}
