/** A bare HTTP client: it sends headers as they are given, and keeps those it gets in their case and order. */

import { request } from 'node:http'
import type { CapturedHttp } from './http-captures.ts'

export interface HttpSent {
  readonly method?: string
  readonly target: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly body?: string | Uint8Array
}

export interface HttpGot extends CapturedHttp {
  readonly bytes: Buffer
  /** The value of a header, or undefined; @param name in any case. */
  readonly header: (name: string) => string | undefined
}

/** One request on a connection of its own. */
export function exchange(port: number, sent: HttpSent): Promise<HttpGot> {
  return new Promise((resolve, reject) => {
    const headers = (sent.headers ?? []).flat()
    const isNamed = headers.some((name, at) => at % 2 === 0 && name.toLowerCase() === 'host')
    const body = typeof sent.body === 'string' ? Buffer.from(sent.body, 'latin1') : sent.body
    const hasLength = headers.some((name) => /^(content-length|transfer-encoding)$/i.test(name))
    const outgoing = request({
      host: '127.0.0.1',
      port,
      agent: false,
      method: sent.method ?? 'GET',
      path: sent.target,
      headers: [
        ...(isNamed ? [] : ['Host', `127.0.0.1:${port}`]),
        ...headers,
        ...(body === undefined || hasLength ? [] : ['Content-Length', String(body.length)]),
      ],
    })
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => {
      const pieces: Buffer[] = []
      incoming.on('error', reject)
      incoming.on('data', (piece: Buffer) => pieces.push(piece))
      incoming.on('end', () => {
        const bytes = Buffer.concat(pieces)
        const raw = incoming.rawHeaders
        const fields = raw.flatMap((name, at): (readonly [string, string])[] =>
          at % 2 === 0 ? [[name, raw[at + 1] ?? '']] : [],
        )
        resolve({
          status: incoming.statusCode ?? 0,
          reason: incoming.statusMessage ?? '',
          headers: fields,
          body: bytes.toString('latin1'),
          bytes,
          header: (name) => fields.find(([each]) => each.toLowerCase() === name.toLowerCase())?.[1],
        })
      })
    })
    outgoing.end(body)
  })
}
