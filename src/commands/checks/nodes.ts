/** Whether each node of RIAK_NODES answers, and what to do about one that does not. */

import type { StoreError } from '../../kernel/errors.ts'
import type { NodeFacts } from './ask-nodes.ts'
import type { Check } from './check.ts'
import { ok, wrong } from './finding.ts'
import type { Finding } from './finding.ts'

export const nodesCheck: Check = {
  name: 'nodes',
  isQuick: true,
  run: ({ nodes, isEmbedded, admin }) => Promise.resolve(judgeNodes(nodes, { isEmbedded, admin })),
}

export function judgeNodes(
  nodes: readonly NodeFacts[],
  of: { readonly isEmbedded: boolean; readonly admin: string },
): readonly Finding[] {
  return nodes.map((node) => {
    if (node.kind === 'answers') {
      const { address, node: name, version, roundTripMs } = node
      const kind = of.isEmbedded ? 'the embedded node' : 'node'
      return ok(
        'nodes',
        `${kind} ${address}: ${name}, Riak ${version}, answers in ${showMs(roundTripMs)}`,
      )
    }
    return judgeSilent(node.address, node.error, of)
  })
}

function judgeSilent(
  address: string,
  error: StoreError,
  { isEmbedded, admin }: { readonly isEmbedded: boolean; readonly admin: string },
): Finding {
  if (error.code === 'BLOG_SECURITY_ON' || /Security is enabled/.test(error.message)) {
    return wrong(
      'security',
      `node ${address}: Riak’s security is on, and Ringpost speaks no TLS to Riak`,
      `${admin} security disable, on any one node; and let only the blog’s servers reach the ports ` +
        'of Riak (a firewall, or a private network)',
    )
  }
  const reason = reasonOf(error, address)
  const what = `node ${address} does not answer: ${reason}`
  return wrong('nodes', what, isEmbedded ? 'start it: npm start' : adviceFor(reason, address))
}

/** The facade names every address with its own reason. */
function reasonOf(error: StoreError, address: string): string {
  const { message } = error
  const named = `${address} (`
  const from = message.indexOf(named)
  return from < 0 ? message : message.slice(from + named.length).replace(/\)$/, '')
}

function adviceFor(reason: string, address: string): string {
  if (/ENOTFOUND|EAI_AGAIN/.test(reason)) {
    return 'no machine is known by that name here: correct RIAK_NODES, or the name service'
  }
  if (/ECONNREFUSED/.test(reason)) {
    return (
      `nothing listens there: on that machine, riak ping, and riak start; else ` +
      `compare listener.protobuf.internal of its riak.conf with ${address} in RIAK_NODES`
    )
  }
  if (/EHOSTUNREACH|ENETUNREACH/.test(reason)) {
    return 'the machine cannot be reached: is it up, and is there a route from here?'
  }
  return (
    'it hangs, or something between drops what is sent: on that machine, riak ping; from here, the ' +
    `port of ${address} (firewall?)`
  )
}

export function showMs(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`
}
