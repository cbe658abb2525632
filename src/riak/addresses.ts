/** Addresses of Riak nodes as an operator writes them: `RIAK_NODES=10.0.0.1:8087,[::1]:8087,riak3`. */

import { isIPv6 } from 'node:net'
import { OperationError } from '../kernel/errors.ts'

export interface NodeAddress {
  readonly host: string
  readonly port: number
}

export const defaultPbPort = 8_087
const portMax = 65_535

/** `host`, `host:port`, `[ipv6]`, `[ipv6]:port`; an IPv6 address alone has at least two colons. */
const bracketed = /^\[([^\]]+)\](?::(.+))?$/
const plain = /^([^:[\]\s/@]+)(?::(.+))?$/

/** @throws OperationError `BLOG_BAD_REQUEST`; the message names the address. */
function parseAddress(text: string): NodeAddress {
  const trimmed = text.trim()
  const inBrackets = bracketed.exec(trimmed)
  const bare = isIPv6(trimmed) ? [trimmed, trimmed] : plain.exec(trimmed)
  const match = inBrackets === null ? bare : isIPv6(inBrackets[1] ?? '') ? inBrackets : null
  const host = match?.[1]
  if (host === undefined) {
    throw new OperationError(
      'BLOG_BAD_REQUEST',
      `not the address of a Riak node: "${text}" (host:port, e.g. 127.0.0.1:8087 or [::1]:8087)`,
    )
  }
  const portText = match?.[2]
  const port = portText === undefined ? defaultPbPort : Number(portText)
  if (!/^\d+$/.test(portText ?? '0') || port < 1 || port > portMax) {
    throw new OperationError(
      'BLOG_BAD_REQUEST',
      `not a port number from 1 to ${portMax} in "${text}"`,
    )
  }
  return { host, port }
}

/**
 * @returns each address once.
 * @throws OperationError `BLOG_BAD_REQUEST` on an empty list or an address that cannot be read.
 */
export function parseAddresses(texts: readonly string[]): readonly NodeAddress[] {
  const byName = new Map<string, NodeAddress>()
  for (const text of texts) {
    const address = parseAddress(text)
    byName.set(showAddress(address), address)
  }
  if (byName.size === 0) {
    throw new OperationError('BLOG_BAD_REQUEST', 'no address of a Riak node was given')
  }
  return [...byName.values()]
}

export function showAddress(address: NodeAddress): string {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${host}:${address.port}`
}
