/** Who is asking, as far as we may believe it. */

import { isIP, isIPv4 } from 'node:net'

import type { NodeBindings } from './web.ts'

/**
 * @param hops - trusted proxies (TRUST_PROXY). Each appends the address it saw to `X-Forwarded-For`,
 *   so the visitor is the entry that many from the right; what stands left of it is the visitor's own
 *   invention. 0: the peer of the socket.
 * @returns an address without port, brackets or zone; the peer, where the proxy named none.
 */
export function clientAddress(
  headers: Headers,
  bindings: NodeBindings | undefined,
  hops: number,
): string {
  const peer = bindings?.incoming?.socket.remoteAddress ?? 'unknown'
  const own = bareAddress(peer) ?? peer
  if (hops <= 0) return own
  const seen = (headers.get('x-forwarded-for') ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  return bareAddress(seen[Math.max(0, seen.length - hops)] ?? '') ?? own
}

/** Some proxies write a port, brackets or quotes. @returns undefined where it is no address. */
function bareAddress(text: string): string | undefined {
  const [, bracketed, , dotted] =
    /^"?(?:\[([^\]]*)\](:\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)"?$/.exec(text) ?? []
  const bare = (bracketed ?? dotted ?? text).split('%', 1)[0] ?? ''
  if (isIP(bare) === 0) return undefined
  if (isIPv4(bare)) return bare
  const groups = groupsOf(bare.toLowerCase())
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (!isMapped) return bare.toLowerCase()
  const [high = 0, low = 0] = groups.slice(6)
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** One household is one visitor: IPv4 as it is, IPv6 by its /64. */
export function addressGroup(address: string): string {
  const bare = bareAddress(address)
  if (bare === undefined || isIPv4(bare)) return bare ?? address
  const network = groupsOf(bare).slice(0, 4)
  return `${network.map((group) => group.toString(16)).join(':')}::/64`
}

/** @param address - IPv6, whole or shortened; it may end in four bytes with dots. */
function groupsOf(address: string): readonly number[] {
  const [head = '', tail = ''] = address.split('::')
  const before = numbersOf(head)
  const after = numbersOf(tail)
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => 0)
  return address.includes('::') ? [...before, ...zeros, ...after] : before
}

function numbersOf(part: string): readonly number[] {
  if (part === '') return []
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [a * 256 + b, c * 256 + d]
  })
}
