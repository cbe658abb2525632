/**
 * What `riak-admin` says of the ring and its members, in Riak's words. Pure.
 *
 * Invariant: a `RingView` comes from a running node, so its members are up; with more nodes the view
 * will say who is not, and what is pending.
 *
 * Source: basho/riak_core src/riak_core_console.erl, basho/riak_kv src/riak_kv_console.erl;
 * captures/admin-single.
 */

import { printAtom } from '../../causality/print-term.ts'
import type { RingView } from '../node.ts'
import { ok } from './answer.ts'
import type { ConsoleAnswer } from './answer.ts'

const columns = 79
const rule = '-'.repeat(columns)

/** A title in the middle of a line of `=`. */
function titled(title: string): string {
  const bars = columns - title.length - 2
  const left = Math.floor(bars / 2)
  return `${'='.repeat(left)} ${title} ${'='.repeat(bars - left)}`
}

/** `['dev1@127.0.0.1','dev2@127.0.0.1']` */
export function printNodes(names: readonly string[]): string {
  return `[${names.map(printAtom).join(',')}]`
}

/** Share of the ring in percent, one digit after the point. */
function share(ring: RingView, member: string): string {
  const owned = ring.owners.filter((owner) => owner === member).length
  return ((owned * 100) / ring.size).toFixed(1)
}

export function ringReady(ring: RingView): ConsoleAnswer {
  return ok(`TRUE All nodes agree on the ring ${printNodes(ring.members)}`)
}

export function memberStatus(ring: RingView): ConsoleAnswer {
  const rows = ring.members
    .toSorted()
    .map((name) => `valid     ${share(ring, name).padStart(5)}%      --      ${name}`)
  return ok(
    titled('Membership'),
    'Status     Ring    Pending    Node',
    rule,
    ...rows,
    rule,
    `Valid:${ring.members.length} / Leaving:0 / Exiting:0 / Joining:0 / Down:0`,
  )
}

export function ringStatus(ring: RingView): ConsoleAnswer {
  return ok(
    titled('Claimant'),
    `Claimant:  ${printAtom(ring.claimant)}`,
    'Status:     up',
    'Ring Ready: true',
    '',
    titled('Ownership Handoff'),
    'No pending changes.',
    '',
    titled('Unreachable Nodes'),
    'All nodes are up and reachable',
    '',
  )
}

export function transfers(): ConsoleAnswer {
  return ok('No transfers active', '', 'Active Transfers:', '', '')
}

export function clusterStatus(ring: RingView): ConsoleAnswer {
  const width = Math.max(...ring.members.map((name) => name.length)) + 6
  const edge = `+${'-'.repeat(width)}+------+-------+-----+-------+`
  const spare = width - 'node'.length
  const header = `${' '.repeat(Math.floor(spare / 2))}node${' '.repeat(Math.ceil(spare / 2))}`
  const rows = ring.members.toSorted().map((name) => {
    const node = ` ${name === ring.claimant ? '(C)' : '   '} ${name} `
    return `|${node.padEnd(width)}|valid |  up   |${share(ring, name).padStart(5)}|  --   |`
  })
  return ok(
    '---- Cluster Status ----',
    'Ring ready: true',
    '',
    edge,
    `|${header}|status| avail |ring |pending|`,
    edge,
    ...rows,
    edge,
    '',
    "Key: (C) = Claimant; availability marked with '!' is unexpected",
  )
}

export function clusterPlan(): ConsoleAnswer {
  return ok('There are no staged changes')
}

export function partitionCount(ring: RingView): ConsoleAnswer {
  return ok(`Cluster-wide partition-count: ${ring.size}`)
}
