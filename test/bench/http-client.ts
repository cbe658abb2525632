/**
 * One connection that is kept open, one request at a time on it.
 *
 * As light as can be, so that the server is what is measured: requests are bytes made beforehand, of an answer
 * only the head is read, and the body is counted.
 */

import { type Socket, connect } from 'node:net'

export interface Answered {
  readonly status: number
  readonly head: string
  /** From the first byte sent to the last one received. */
  readonly ms: number
}

export interface Script {
  /** The bytes of the next request; undefined: nothing to ask for until `wake`. */
  readonly next: () => Buffer | undefined
  /** @throws Error for an answer that must not be: the client then ends with it. */
  readonly took: (answer: Answered) => void
}

const endOfHead = Buffer.from('\r\n\r\n')
/** Of a chunked body; a text that ends so by itself is none of ours. */
const lastChunk = Buffer.from('0\r\n\r\n')
/** A server that does not answer at all is not waited for. */
const silenceMsMax = 20_000

export class HttpClient {
  readonly #url: URL
  readonly #script: Script
  readonly #endMs: number
  #socket: Socket | undefined
  #sentMs = 0
  #status = 0
  #head = ''
  /** Bytes of a head that has not ended yet. */
  #begun: Buffer | undefined
  /** Bytes of the body that are still to come; undefined: until the last chunk. */
  #left: number | undefined = 0
  #isInBody = false
  /** The server closes after this answer: it renews connections now and then. */
  #isLast = false
  /** Open, and nothing was left to ask for. */
  #isIdle = false
  #resolve: () => void = () => undefined
  #reject: (error: Error) => void = () => undefined

  /** @param endMs - on `performance.now()`: the request that is under way then is the last. */
  constructor(url: URL, endMs: number, script: Script) {
    this.#url = url
    this.#endMs = endMs
    this.#script = script
  }

  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#open()
    })
  }

  /** There is something to ask for. Does nothing where a request is under way. */
  wake(): void {
    if (!this.#isIdle || this.#socket === undefined) return
    this.#isIdle = false
    this.#send(this.#socket)
  }

  /** Ends it where it is idle; else when its answer is there. */
  finish(): void {
    if (!this.#isIdle) return
    this.#isIdle = false
    this.#leave()
    this.#resolve()
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
      try {
        this.#take(socket, chunk)
      } catch (error) {
        this.#reject(error instanceof Error ? error : new Error(String(error)))
      }
    })
    socket.on('error', this.#reject)
    socket.on('close', () => {
      if (this.#socket === socket) this.#reject(new Error('the server closed the connection'))
    })
    socket.setTimeout(silenceMsMax, () => {
      if (!this.#isIdle) this.#reject(new Error('the server does not answer'))
    })
  }

  #send(socket: Socket): void {
    const request = this.#script.next()
    if (request === undefined) {
      this.#isIdle = true
      if (performance.now() >= this.#endMs) this.finish()
      return
    }
    this.#sentMs = performance.now()
    socket.write(request)
  }

  #take(socket: Socket, chunk: Buffer): void {
    if (this.#isInBody) {
      this.#takeBody(socket, chunk)
      return
    }
    const bytes = this.#begun === undefined ? chunk : Buffer.concat([this.#begun, chunk])
    const end = bytes.indexOf(endOfHead)
    if (end === -1) {
      this.#begun = bytes
      return
    }
    this.#begun = undefined
    this.#head = bytes.toString('latin1', 0, end)
    this.#status = Number(this.#head.slice(9, 12))
    this.#isLast = /\r\nconnection: *close/i.test(this.#head)
    this.#left = lengthOf(this.#head, this.#status)
    this.#isInBody = true
    this.#takeBody(socket, bytes.subarray(end + endOfHead.length))
  }

  #takeBody(socket: Socket, bytes: Buffer): void {
    if (this.#left === undefined) {
      if (bytes.subarray(-lastChunk.length).equals(lastChunk)) this.#ended(socket)
      return
    }
    this.#left -= bytes.length
    if (this.#left < 0) throw new Error('the answer has more bytes than it said')
    if (this.#left === 0) this.#ended(socket)
  }

  #ended(socket: Socket): void {
    this.#isInBody = false
    const now = performance.now()
    this.#script.took({ status: this.#status, head: this.#head, ms: now - this.#sentMs })
    if (now < this.#endMs && !this.#isLast) {
      this.#send(socket)
      return
    }
    this.#leave()
    if (now >= this.#endMs) this.#resolve()
    else this.#open()
  }

  #leave(): void {
    const socket = this.#socket
    this.#socket = undefined
    socket?.destroy()
  }
}

/** @returns undefined where the body comes in chunks. */
function lengthOf(head: string, status: number): number | undefined {
  if (status === 304 || status === 204) return 0
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length !== undefined) return Number(length)
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) return undefined
  throw new Error(`an answer without a length:\n${head}`)
}

/** @param body - of a form; its length and type are said. */
export function requestBytes(
  url: URL,
  method: 'GET' | 'POST',
  path: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): Buffer {
  const ofBody =
    method === 'GET'
      ? {}
      : {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': String(Buffer.byteLength(body)),
        }
  const fields = Object.entries({ host: url.host, ...headers, ...ofBody })
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines}\r\n${body}`)
}
