/**
 * Which IP addresses belong to the public internet: what a file of a stranger may make this machine ask.
 *
 * Source: IANA IPv4 and IPv6 Special-Purpose Address Registries.
 */

import { BlockList, isIP } from 'node:net'

const special4 = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  // Multicast, and all that was never given out.
  ['224.0.0.0', 3],
] as const) {
  special4.addSubnet(net, bits, 'ipv4')
}

/** All of IPv6 that is given out; loopback, unique local, link-local, mapped and multicast lie elsewhere. */
const global6 = new BlockList()
global6.addSubnet('2000::', 3, 'ipv6')
const special6 = new BlockList()
for (const [net, bits] of [
  // Teredo and other protocols; documentation; 6to4, which has an IPv4 address inside.
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  special6.addSubnet(net, bits, 'ipv6')
}

/** @param address - an IPv4 or IPv6 address; anything else is none. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !special4.check(address, 'ipv4')
  // A zone names a link of this machine.
  if (family !== 6 || address.includes('%')) return false
  return global6.check(address, 'ipv6') && !special6.check(address, 'ipv6')
}
