/** Who is asking, as far as we may believe it. */

import type { NodeBindings } from './web.ts'

/**
 * @param hops - trusted proxies (TRUST_PROXY). Each appends the address it saw to `X-Forwarded-For`,
 *   so the visitor is the entry that many from the right; what stands left of it is the visitor's own
 *   invention. 0: the peer of the socket.
 */
export function clientAddress(
  headers: Headers,
  bindings: NodeBindings | undefined,
  hops: number,
): string {
  const peer = bindings?.incoming?.socket.remoteAddress ?? 'unknown'
  if (hops <= 0) return peer
  const seen = (headers.get('x-forwarded-for') ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  return seen[Math.max(0, seen.length - hops)] ?? peer
}

/** One household is one visitor: IPv4 as it is, IPv6 by its /64. */
export function addressGroup(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!address.includes(':')) return address
  const [head = '', tail = ''] = address.toLowerCase().split('%')[0]?.split('::') ?? []
  const before = head === '' ? [] : head.split(':')
  const after = tail === '' ? [] : tail.split(':')
  const zeros = address.includes('::') ? Math.max(0, 8 - before.length - after.length) : 0
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after]
  return `${groups.slice(0, 4).join(':')}::/64`
}
