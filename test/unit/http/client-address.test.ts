import { describe, expect, test } from 'vitest'

import { addressGroup, clientAddress } from '../../../src/http/client-address.ts'

const from = (remoteAddress: string): Parameters<typeof clientAddress>[1] => ({
  incoming: { headers: {}, socket: { remoteAddress } },
})
const forwarded = (value: string): Headers => new Headers({ 'x-forwarded-for': value })

describe('who is asking', () => {
  test("without trusted proxies the header is nobody's word (TRUST_PROXY=0)", () => {
    expect(clientAddress(forwarded('6.6.6.6'), from('10.0.0.1'), 0)).toBe('10.0.0.1')
  })

  test('behind n proxies it is the nth address from the right (TRUST_PROXY=1, 2)', () => {
    const headers = forwarded('6.6.6.6, 1.2.3.4, 10.0.0.2')
    expect(clientAddress(headers, from('10.0.0.1'), 1)).toBe('10.0.0.2')
    expect(clientAddress(headers, from('10.0.0.1'), 2)).toBe('1.2.3.4')
  })

  test('a proxy that sends no header leaves the peer', () => {
    expect(clientAddress(new Headers(), from('10.0.0.1'), 1)).toBe('10.0.0.1')
  })

  test('a claim of the visitor moves nothing, however long or odd it is', () => {
    for (const claim of ['6.6.6.6', ',,,', 'x'.repeat(10_000), '"6.6.6.6', '::1, 6.6.6.6']) {
      const headers = forwarded(`${claim}, 1.2.3.4`)
      expect(clientAddress(headers, from('10.0.0.1'), 1)).toBe('1.2.3.4')
    }
  })

  test.each([
    ['1.2.3.4:5678', '1.2.3.4'],
    ['[2001:DB8::1]:443', '2001:db8::1'],
    ['"[2001:db8::1]"', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::ffff:102:304', '1.2.3.4'],
    ['unknown', '10.0.0.1'],
    ['_hidden', '10.0.0.1'],
    ['1.2.3.4.5', '10.0.0.1'],
    ['999.1.1.1', '10.0.0.1'],
    ['[::1', '10.0.0.1'],
  ])('what a proxy writes as %s is %s', (written, address) => {
    expect(clientAddress(forwarded(written), from('10.0.0.1'), 1)).toBe(address)
  })

  test('a peer over IPv6 that is really IPv4 is one visitor however it came', () => {
    expect(clientAddress(new Headers(), from('::ffff:1.2.3.4'), 0)).toBe('1.2.3.4')
  })

  test.each([
    ['1.2.3.4', '1.2.3.4'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:0DB8:0000::1', '2001:db8:0:0::/64'],
    ['64:ff9b::1.2.3.4', '64:ff9b:0:0::/64'],
    ['unknown', 'unknown'],
    ['::1', '0:0:0:0::/64'],
  ])('%s is one visitor as %s', (address, group) => {
    expect(addressGroup(address)).toBe(group)
  })
})
