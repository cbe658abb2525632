/**
 * Worker: the floor of the mix: a bare Hono app, on the server the pages use, that answers each kind of request
 * with bytes it was given. What the load itself costs, and how late it sees an answer that takes no time.
 */

import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import type { Answer } from './hono-floor.ts'
import type { Kind } from './mix-load.ts'
import { answerParent } from './worker.ts'

export type MixFloor = {
  /** @returns its URL. */
  start: (answers: Readonly<Record<Exclude<Kind, 'comment'>, Answer>>) => Promise<string>
}

answerParent({
  start(answers) {
    const app = new Hono()
    const answer = (path: string, { headers, body }: Answer): void => {
      const bytes = Buffer.from(body, 'base64')
      app.get(path, (c) => c.body(bytes, 200, { ...headers }))
    }
    answer('/', answers.home)
    answer('/posts/:slug', answers.post)
    answer('/tags/:tag', answers.tag)
    answer('/search', answers.search)
    answer('/:feed{feed\\..+}', answers.feed)
    // Form and all: what is read and never looked at is still a request.
    app.post('/posts/:slug/comments', async (c) => {
      await c.req.text()
      return c.redirect('/', 303)
    })
    return new Promise((resolve) => {
      serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
        resolve(`http://127.0.0.1:${port}`)
      })
    })
  },
} satisfies MixFloor)
