import { createServer, connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { limits } from '../../../src/kernel/limits.ts'
import { CommandError } from '../../../src/commands/command-error.ts'
import { type PageServer, startPageServer } from '../../../src/commands/page-server.ts'
import { until } from '../../support/program.ts'

describe('the page server', () => {
  let server: PageServer | undefined
  afterEach(async () => {
    await server?.close()
    server = undefined
  })
  const start = async (): Promise<PageServer> => {
    server = await startPageServer({ host: '127.0.0.1', port: 0 })
    return server
  }

  test('a request that comes before the pages are ready waits for them', async () => {
    const { port, show } = await start()
    const early = fetch(`http://127.0.0.1:${port}/x`)
    show({ fetch: (request) => new Response(new URL(request.url).pathname) })
    expect(await (await early).text()).toBe('/x')
    expect(await (await fetch(`http://127.0.0.1:${port}/y`)).text()).toBe('/y')
  })

  test('a port in use is an error that names PORT, the number and the address', async () => {
    const other = createServer()
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const refused = await startPageServer({ host: '127.0.0.1', port }).catch(
      (error: unknown) => error,
    )
    other.close()
    expect(refused).toBeInstanceOf(CommandError)
    expect((refused as CommandError).message).toBe(
      `PORT ${port} on 127.0.0.1 is in use by another program: set PORT to a free one`,
    )
  })

  test('an address that is not of this machine is an error that names HOST', async () => {
    const refused = await startPageServer({ host: '203.0.113.7', port: 0 }).catch(
      (error: unknown) => error,
    )
    expect((refused as CommandError).message).toContain('HOST 203.0.113.7 is no address of this')
  })

  test('close lets a request under way end, and refuses new ones', async () => {
    const { port, show, close } = await start()
    let finish: () => void = () => undefined
    const arrived = new Promise<void>((resolve) => {
      show({
        fetch: async () => {
          resolve()
          await new Promise<void>((done) => {
            finish = done
          })
          return new Response('whole')
        },
      })
    })
    const under = fetch(`http://127.0.0.1:${port}/`)
    await arrived
    const closed = close()
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
    finish()
    expect(await (await under).text()).toBe('whole')
    await closed
    await close()
  })

  test('close ends connections that are only kept alive', async () => {
    const { port, show, close } = await start()
    show({ fetch: () => new Response('x') })
    const socket: Socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(socket, 'data')
    const ended = once(socket, 'close')
    await close()
    await ended
  })

  test('a crowd of requests does not hold up what one of them waits for: a few begin in a turn', async () => {
    const { port, show } = await start()
    const perTurn: number[] = []
    let begun = 0
    const count = async (): Promise<void> => {
      // One turn of the event loop, as an answer of the store takes it.
      await new Promise((done) => setImmediate(done))
      perTurn.push(begun)
      begun = 0
    }
    let counting: Promise<void> | undefined
    show({
      fetch: () => {
        begun += 1
        counting ??= count().finally(() => {
          counting = undefined
        })
        return new Response('x')
      },
    })
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    // Ahead of their answers, in one piece: all of them are there in one turn.
    const crowd = 40
    let answered = ''
    socket.setEncoding('latin1').on('data', (chunk: string) => (answered += chunk))
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(crowd))
    await until('all are answered', 10_000, () => answered.split('HTTP/1.1 200').length > crowd)
    socket.destroy()
    await counting
    expect(perTurn.reduce((sum, each) => sum + each, 0)).toBe(crowd)
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(2 * limits.httpRequestsPerTurn)
  })

  test('heads larger than the limit are refused, the next request is served', async () => {
    const { port, show } = await start()
    show({ fetch: () => new Response('x') })
    const answer = await fetch(`http://127.0.0.1:${port}/`, {
      headers: { 'x-long': 'y'.repeat(20_000) },
    })
    expect(answer.status).toBe(431)
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200)
  })
})
