/** Bytes to an HTTP server as they stand, which no HTTP client would send, and all that comes back. */

import { once } from 'node:events'
import { connect } from 'node:net'

export interface RawAnswer {
  readonly status: number
  /** Lower-case names, in their order. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** @returns what the server said until it closed: latin1. A peer that resets has said all it wants to. */
export async function sendRaw(port: number, bytes: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  let said = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => (said += chunk))
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(Buffer.from(bytes, 'latin1'))
  await once(socket, 'close')
  return said
}

/** @param said - answers one behind the other, each with its length. @throws where a head is none. */
export function answersIn(said: string): readonly RawAnswer[] {
  const answers: RawAnswer[] = []
  for (let rest = said; rest !== '';) {
    const end = rest.indexOf('\r\n\r\n')
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n')
    const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(first) ?? []
    if (end === -1 || status === undefined) throw new Error(`no head of an answer: ${rest}`)
    const headers = lines.map((line) => {
      const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+): ([\t\x20-\x7e\x80-\xff]*)$/.exec(line) ?? []
      if (name === undefined || value === undefined) throw new Error(`no header: ${line}`)
      return [name.toLowerCase(), value] as const
    })
    const length = Number(headers.find(([name]) => name === 'content-length')?.[1] ?? Infinity)
    answers.push({ status: Number(status), headers, body: rest.slice(end + 4, end + 4 + length) })
    rest = rest.slice(end + 4 + length)
  }
  return answers
}

/** One request, after which the server is to close. */
export function closing(method: string, target: string, more: readonly string[] = []): string {
  const host = more.some((line) => /^host\s*:/i.test(line)) ? [] : ['Host: blog.example']
  return [`${method} ${target} HTTP/1.1`, ...host, ...more, 'Connection: close', '', ''].join(
    '\r\n',
  )
}
