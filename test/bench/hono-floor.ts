/** Worker: a bare Hono app that answers one Buffer with the headers it is given, on the server the pages use. */

import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { answerParent } from './worker.ts'

export interface Answer {
  readonly headers: Readonly<Record<string, string>>
  /** Base64. */
  readonly body: string
}

export type HonoFloor = {
  /** @returns its URL. */
  start: (answer: Answer) => Promise<string>
  change: (answer: Answer) => void
}

let headers: Record<string, string> = {}
let body = Buffer.alloc(0)

function change(answer: Answer): void {
  headers = { ...answer.headers }
  body = Buffer.from(answer.body, 'base64')
}

answerParent({
  start(answer) {
    change(answer)
    const app = new Hono()
    app.get('*', (c) => c.body(body, 200, headers))
    return new Promise((resolve) => {
      serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
        resolve(`http://127.0.0.1:${port}`)
      })
    })
  },
  change,
} satisfies HonoFloor)
