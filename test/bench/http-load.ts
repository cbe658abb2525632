/**
 * Worker: requests over connections that are kept open, one at a time on each.
 *
 * As light as can be, so that the server is what is measured: requests are bytes made beforehand, of an answer
 * only the head is read, and the body is counted.
 */

import { type Socket, connect } from 'node:net'
import { type Round, roundOf } from './statistics.ts'
import { answerParent } from './worker.ts'

export interface LoadOf {
  readonly url: string
  /** Asked for in turn. */
  readonly paths: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  readonly connections: number
  readonly seconds: number
}

export type HttpLoad = {
  round: (of: LoadOf) => Promise<Round>
}

const endOfHead = Buffer.from('\r\n\r\n')
/** A server that does not answer at all is not waited for. */
const silenceMsMax = 20_000

class Client {
  readonly #url: URL
  readonly #requests: readonly Buffer[]
  readonly #endMs: number
  readonly #latencies: number[] = []
  #socket: Socket | undefined
  #next: number
  #sentMs = 0
  /** Bytes of a head that has not ended yet. */
  #head: Buffer | undefined
  /** Bytes of the body that are still to come. */
  #left = 0
  /** The server closes after this answer: it renews connections now and then. */
  #isLast = false
  #resolve: (latencies: readonly number[]) => void = () => undefined
  #reject: (error: Error) => void = () => undefined

  /** @param first - which of the requests to begin with. */
  constructor(url: URL, requests: readonly Buffer[], first: number, endMs: number) {
    this.#url = url
    this.#requests = requests
    this.#next = first
    this.#endMs = endMs
  }

  /** @returns ms of each request. */
  run(): Promise<readonly number[]> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#open()
    })
  }

  close(): void {
    this.#socket?.destroy()
  }

  #open(): void {
    const { port, hostname } = this.#url
    const socket = connect({ port: Number(port), host: hostname, noDelay: true })
    this.#socket = socket
    this.#isLast = false
    socket.on('connect', () => {
      this.#send(socket)
    })
    socket.on('data', (chunk) => {
      this.#take(socket, chunk)
    })
    socket.on('error', this.#reject)
    socket.on('close', () => {
      if (this.#socket === socket) this.#reject(new Error('the server closed the connection'))
    })
    socket.setTimeout(silenceMsMax, () => {
      this.#reject(new Error('the server does not answer'))
    })
  }

  #send(socket: Socket): void {
    const request = this.#requests[this.#next++ % this.#requests.length]
    if (request === undefined) throw new Error('nothing to ask for')
    this.#sentMs = performance.now()
    socket.write(request)
  }

  #take(socket: Socket, chunk: Buffer): void {
    if (this.#left > 0) {
      this.#left -= chunk.length
      if (this.#left <= 0) this.#ended(socket)
      return
    }
    const bytes = this.#head === undefined ? chunk : Buffer.concat([this.#head, chunk])
    const end = bytes.indexOf(endOfHead)
    if (end === -1) {
      this.#head = bytes
      return
    }
    this.#head = undefined
    const head = bytes.toString('latin1', 0, end)
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    if (!head.startsWith('HTTP/1.1 200 ') || length === undefined) {
      this.#reject(new Error(`not an answer of 200 with a length:\n${head}`))
      return
    }
    this.#isLast = /\r\nconnection: *close/i.test(head)
    this.#left = Number(length) - (bytes.length - end - endOfHead.length)
    if (this.#left <= 0) this.#ended(socket)
  }

  #ended(socket: Socket): void {
    if (this.#left < 0) {
      this.#reject(new Error('the answer has more bytes than it said'))
      return
    }
    const now = performance.now()
    this.#latencies.push(now - this.#sentMs)
    if (now >= this.#endMs) {
      this.#socket = undefined
      socket.destroy()
      this.#resolve(this.#latencies)
    } else if (this.#isLast) {
      this.#socket = undefined
      socket.destroy()
      this.#open()
    } else {
      this.#send(socket)
    }
  }
}

function requestFor(url: URL, path: string, headers: LoadOf['headers']): Buffer {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`GET ${path} HTTP/1.1\r\nhost: ${url.host}\r\n${fields.join('')}\r\n`)
}

answerParent({
  async round({ url: text, paths, headers, connections, seconds }) {
    const url = new URL(text)
    const requests = paths.map((path) => requestFor(url, path, headers))
    const beganMs = performance.now()
    const endMs = beganMs + seconds * 1_000
    const clients = Array.from({ length: connections }, (_, n) => {
      const first = Math.floor((n * requests.length) / connections)
      return new Client(url, requests, first, endMs)
    })
    try {
      const all = await Promise.all(clients.map((client) => client.run()))
      return roundOf(Float64Array.from(all.flat()), (performance.now() - beganMs) / 1_000)
    } finally {
      for (const client of clients) client.close()
    }
  },
} satisfies HttpLoad)
