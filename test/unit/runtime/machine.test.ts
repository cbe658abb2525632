import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { Connection } from '../../../src/kernel/ports.ts'
import { cryptoDice } from '../../../src/runtime/crypto-dice.ts'
import { openLog } from '../../../src/runtime/log.ts'
import { systemClock } from '../../../src/runtime/system-clock.ts'
import { tcpNetwork } from '../../../src/runtime/tcp-network.ts'

describe('system clock', () => {
  test('a task runs once, not before its time; a cancelled one never', async () => {
    const clock = systemClock()
    const startMs = clock.monotonicMs()
    const ran: string[] = []
    const cancelled = clock.after(5, () => ran.push('cancelled'))
    cancelled.cancel()
    cancelled.cancel()
    await new Promise<void>((resolve) => clock.after(20, resolve))
    // Timers of Node are cut to whole milliseconds.
    expect(clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(19)
    expect(ran).toEqual([])
  })

  test('a delay beyond 24 days does not fire at once', async () => {
    const clock = systemClock()
    let fired = false
    const timer = clock.after(2 ** 40, () => (fired = true))
    await new Promise<void>((resolve) => clock.after(10, resolve))
    expect(fired).toBe(false)
    timer.cancel()
  })
})

test('crypto dice throw whole numbers below 2^32 and bytes of the asked count', () => {
  const dice = cryptoDice()
  const throws = Array.from({ length: 1_000 }, () => dice.uint32())
  expect(throws.every((n) => Number.isInteger(n) && n >= 0 && n < 2 ** 32)).toBe(true)
  expect(new Set(throws).size).toBeGreaterThan(990)
  expect(dice.bytes(20).length).toBe(20)
  expect(dice.bytes(20)).not.toEqual(dice.bytes(20))
})

test('a log line is one JSON object, below its level nothing, errors with cause', () => {
  const lines: string[] = []
  const log = openLog({ level: 'info', to: { write: (line) => void lines.push(line) } })
  log.write('debug', 'dropped')
  log.write('error', 'it broke', { n: 1, error: new Error('outer', { cause: new Error('inner') }) })
  expect(lines.length).toBe(1)
  const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>
  expect(line).toMatchObject({ level: 'error', event: 'it broke', n: 1 })
  expect(line['error']).toMatchObject({ message: 'outer', cause: { message: 'inner' } })
})

describe('TCP network', () => {
  const listen = (accept: (connection: Connection) => void, connectionsMax?: number) =>
    tcpNetwork(connectionsMax === undefined ? {} : { connectionsMax }).listen(
      { host: '127.0.0.1', port: 0 },
      accept,
    )

  test('bytes go both ways, and both ends hear of the close', async () => {
    const heard: string[] = []
    let closed = (): void => undefined
    const isClosed = new Promise<void>((resolve) => (closed = resolve))
    const listening = await listen((connection) => {
      connection.onData((chunk) => {
        heard.push(Buffer.from(chunk).toString())
        connection.write(Buffer.from('pong'))
        connection.end()
      })
      connection.onClose(closed)
    })
    const answer = await new Promise<string>((resolve) => {
      let text = ''
      const socket = connect(listening.port, listening.host, () => socket.write('ping'))
      socket.on('data', (chunk) => (text += chunk.toString()))
      socket.on('close', () => {
        resolve(text)
      })
    })
    await isClosed
    expect([heard, answer]).toEqual([['ping'], 'pong'])
    await listening.close()
  })

  test('a reader that is slow is told by write, and onDrain comes', async () => {
    const drained = new Promise<boolean>((resolve) => {
      void listen((connection) => {
        const chunk = Buffer.alloc(1_048_576)
        let isFull = false
        for (let n = 0; n < 64 && !isFull; n++) isFull = !connection.write(chunk)
        connection.onDrain(() => {
          connection.destroy()
          resolve(isFull)
        })
      }).then((listening) => {
        const socket = connect(listening.port, listening.host)
        socket.on('close', () => void listening.close())
        socket.resume()
      })
    })
    expect(await drained).toBe(true)
  })

  test('connections beyond the limit are closed, closing the listener closes the rest', async () => {
    let accepted = 0
    const listening = await listen(() => accepted++, 2)
    const sockets = Array.from({ length: 4 }, () => connect(listening.port, listening.host))
    const closes = sockets.map(
      (socket) => new Promise<void>((resolve) => socket.on('close', resolve)),
    )
    for (const socket of sockets) socket.on('error', () => undefined)
    await expect
      .poll(() => sockets.filter((socket) => socket.destroyed).length, { timeout: 5_000 })
      .toBe(2)
    expect(accepted).toBe(2)
    await listening.close()
    await Promise.all(closes)
  })

  // The kernel shows its timers on Linux alone.
  test('a silent connection is asked whether its peer is still there, as Riak does', async ({
    skip,
  }) => {
    if (!existsSync('/proc/net/tcp')) {
      console.log('skipped: keepalive (the kernel shows its timers on Linux only)')
      skip('the kernel shows its timers on Linux only')
    }
    const listening = await listen(() => undefined)
    const socket = connect(listening.port, listening.host)
    socket.on('error', () => undefined)
    await new Promise((resolve) => socket.once('connect', resolve))
    const ends = [listening.port, Number(socket.localPort)].map((port) => {
      return `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
    })
    const timerOf = (): string | undefined => {
      const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n')
      const row = rows.find((line) => line.includes(ends.join(' '))) ?? ''
      return /^(?:\s*\S+){5}\s+(\w\w):/.exec(row)?.[1]
    }
    await expect.poll(timerOf, { timeout: 5_000 }).toBe('02')
    await listening.close()
  })

  test('a port in use is an error that names it', async () => {
    const listening = await listen(() => undefined)
    const again = tcpNetwork().listen({ host: '127.0.0.1', port: listening.port }, () => undefined)
    await expect(again).rejects.toThrow(`port ${listening.port} at 127.0.0.1 is in use`)
    await listening.close()
  })
})
