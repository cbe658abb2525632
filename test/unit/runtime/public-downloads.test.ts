import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { isPublicAddress } from '../../../src/runtime/public-addresses.ts'
import { publicDownloads, type DownloadOptions } from '../../../src/runtime/public-downloads.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A server on this machine, and how many sockets it was asked over. */
async function served(
  answer: RequestListener,
): Promise<{ readonly port: number; sockets: () => number }> {
  let sockets = 0
  const server = createServer(answer)
  server.on('connection', () => (sockets += 1))
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, sockets: () => sockets }
}

const allowsAll: DownloadOptions = {
  isAllowed: () => true,
  resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
}
async function get(address: string, options: DownloadOptions = allowsAll): Promise<string> {
  const got = await publicDownloads(options).get(address, 1_000)
  return got instanceof Uint8Array ? Buffer.from(got).toString() : `not: ${got.reason}`
}

describe('addresses of the public internet', () => {
  test.each([
    ...['8.8.8.8', '93.184.216.34', '172.32.0.1', '100.63.255.255', '223.255.255.255'],
    ...['2606:4700:4700::1111', '2a00:1450:4001:82a::200e'],
  ])('%s is one', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  test.each([
    ...['127.0.0.1', '127.9.9.9', '0.0.0.0', '10.1.2.3', '172.16.0.1', '172.31.255.255'],
    ...['192.168.1.1', '169.254.169.254', '100.64.0.1', '100.127.255.255', '198.18.0.1'],
    ...['224.0.0.1', '239.1.1.1', '240.0.0.1', '255.255.255.255', '192.0.0.8', '203.0.113.5'],
    ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd12:3456::1', 'ff02::1'],
    ...['::ffff:127.0.0.1', '::ffff:8.8.8.8', '::127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::'],
    ...['2001::1', '2001:db8::1', '3fff::1', 'localhost', '', '1.2.3'],
  ])('%s is none', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })
})

describe('a file of the public internet', () => {
  test('is fetched, also where it was moved to', async () => {
    const { port } = await served((request, response) => {
      if (request.url === '/b') response.end('bytes')
      else response.writeHead(301, { Location: '/b' }).end()
    })
    expect(await get(`http://old.example:${port}/a`)).toBe('bytes')
  })

  test.each(['127.0.0.1', '0x7f.1', '2130706433', 'localhost', '[::1]', '[::ffff:127.0.0.1]'])(
    'of %s, which is this machine, no socket is opened for',
    async (host) => {
      const { port, sockets } = await served((_request, response) => response.end('secret'))
      expect(await get(`http://${host}:${port}/`, {})).toContain(
        'is not an address of the public internet',
      )
      expect(sockets()).toBe(0)
    },
  )

  test('that redirects to this machine, by number or by name, is refused there', async () => {
    const { port, sockets } = await served((_request, response) => response.end('secret'))
    for (const host of ['127.0.0.2', 'inside.example']) {
      const outside = await served((_request, response) => {
        response.writeHead(302, { Location: `http://${host}:${port}/` }).end()
      })
      const options: DownloadOptions = {
        isAllowed: (address) => address === '127.0.0.1',
        resolve: (name) =>
          Promise.resolve([
            { address: name === 'inside.example' ? '127.0.0.2' : '127.0.0.1', family: 4 },
          ]),
      }
      expect(await get(`http://old.example:${outside.port}/`, options)).toBe(
        'not: 127.0.0.2 is not an address of the public internet',
      )
    }
    expect(sockets()).toBe(0)
  })

  test('of a name with several addresses, one of them private, is refused', async () => {
    const resolve = () =>
      Promise.resolve([
        { address: '93.184.216.34', family: 4 },
        { address: '10.0.0.1', family: 4 },
      ])
    expect(await get('http://both.example/', { resolve })).toBe(
      'not: 10.0.0.1 is not an address of the public internet',
    )
  })

  test('is asked of the address that was checked: a name is looked up once for a connection', async () => {
    const { port } = await served((_request, response) => response.end('first'))
    let asked = 0
    const options: DownloadOptions = {
      isAllowed: (address) => address === '127.0.0.1',
      // The second answer of a rebinding name would be the one inside.
      resolve: () => Promise.resolve([{ address: `127.0.0.${(asked += 1)}`, family: 4 }]),
    }
    expect(await get(`http://rebinding.example:${port}/`, options)).toBe('first')
    expect(asked).toBe(1)
  })

  test.each(['ftp://old.example/a', 'file:///etc/passwd', 'data:,x', 'not an address'])(
    '%s is not asked for',
    async (address) => {
      expect(await get(address)).toMatch(/^not: it (?:leads to|is no address)/)
    },
  )

  test('is not asked for with a password', async () => {
    expect(await get('http://u:p@old.example/a')).toBe('not: it has a password in it')
  })

  test('is not read beyond its bound, whether its length is told or not', async () => {
    const told = await served((_request, response) => response.end('x'.repeat(2_000)))
    const untold = await served((_request, response) => {
      response.flushHeaders()
      for (let n = 0; n < 20; n++) response.write('x'.repeat(200))
      response.end()
    })
    for (const { port } of [told, untold]) {
      expect(await get(`http://old.example:${port}/`)).toBe('not: it is larger than 1000 bytes')
    }
  })

  test('is given up where it is silent, slow without end, cut off, compressed, or moved for ever', async () => {
    const silent = await served(() => undefined)
    expect(await get(`http://a.example:${silent.port}/`, { ...allowsAll, silentMs: 50 })).toContain(
      'silent',
    )
    const drip = await served((_request, response) => {
      const dripping = setInterval(() => response.write('x'), 10)
      response.on('close', () => {
        clearInterval(dripping)
      })
    })
    expect(await get(`http://a.example:${drip.port}/`, { ...allowsAll, wholeMs: 200 })).toBe(
      'not: it took too long',
    )
    const cut = await served((_request, response) => {
      response.writeHead(200, { 'Content-Length': '100' })
      response.write('x', () => response.destroy())
    })
    expect(await get(`http://a.example:${cut.port}/`)).toBe('not: its server broke off')
    const packed = await served((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('x')
    })
    expect(await get(`http://a.example:${packed.port}/`)).toContain('compressed')
    const circle = await served((_request, response) => {
      response.writeHead(302, { Location: '/' }).end()
    })
    expect(await get(`http://a.example:${circle.port}/`)).toContain('moved more than 5 times')
  })

  test('that is not there is told with the answer of its server', async () => {
    const { port } = await served((_request, response) => response.writeHead(404).end())
    expect(await get(`http://old.example:${port}/`)).toBe('not: its server answers 404')
  })
})
