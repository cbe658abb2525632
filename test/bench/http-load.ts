/** Worker: the same few pages, asked for in turn over connections that are kept open. */

import { HttpClient, requestBytes } from './http-client.ts'
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

answerParent({
  async round({ url: text, paths, headers, connections, seconds }) {
    const url = new URL(text)
    const requests = paths.map((path) => requestBytes(url, 'GET', path, headers))
    const latencies: number[] = []
    const beganMs = performance.now()
    const clients = Array.from({ length: connections }, (_, n) => {
      let next = Math.floor((n * requests.length) / connections)
      return new HttpClient(url, beganMs + seconds * 1_000, {
        next() {
          const request = requests[next++ % requests.length]
          if (request === undefined) throw new Error('nothing to ask for')
          return request
        },
        took({ status, head, ms }) {
          if (status !== 200) throw new Error(`not an answer of 200:\n${head}`)
          latencies.push(ms)
        },
      })
    })
    try {
      await Promise.all(clients.map((client) => client.run()))
      return roundOf(Float64Array.from(latencies), (performance.now() - beganMs) / 1_000)
    } finally {
      for (const client of clients) client.close()
    }
  },
} satisfies HttpLoad)
