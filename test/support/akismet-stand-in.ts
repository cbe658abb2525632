/**
 * Akismet as far as a blog can tell, as a real HTTP server that also misbehaves. It answers by what it is
 * sent, keeps what it was sent, and counts the connections that are open to it.
 *
 * Its words are those of the documented API: `true`, `false`, `invalid`, `valid`, "Thanks for making the
 * web a better place."; the headers `X-akismet-pro-tip` and `X-akismet-debug-help`.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export type Behaviour =
  | 'well'
  /** Takes the request and never answers. */
  | 'hangs'
  /** Begins an answer and never ends it. */
  | 'half'
  /** Breaks the connection. */
  | 'resets'
  /** Says more than it sends. */
  | 'truncates'
  | 'fails'
  | 'too many'
  | 'redirects'
  /** 200, and a page of somebody else. */
  | 'portal'
  /** 200, and more of it than anybody wants. */
  | 'floods'
  | 'empty'

export interface AkismetCall {
  /** `comment-check`, `submit-spam`, … */
  readonly name: string
  readonly fields: Readonly<Record<string, string>>
  readonly userAgent: string
}

export interface AkismetStandIn {
  /** For AKISMET_URL. */
  readonly url: string
  readonly port: number
  /** Those that were answered, or would have been, in order. */
  readonly calls: readonly AkismetCall[]
  behave(as: Behaviour): void
  /** Answers that wait (`hangs`) are given now. */
  release(): void
  /** Connections open now. */
  connections(): number
  callsOf(name: string): readonly AkismetCall[]
  close(): Promise<void>
}

export const rightKey = 'c0ffee123456'
/** The words by which Akismet's own documentation has comments judged. */
export const spamAuthor = 'viagra-test-123'
export const spamMail = 'akismet-guaranteed-spam@example.com'
export const discardWord = 'discard-me-test'

/** @param port - 0: any free one; another: a stand-in that comes back where it was. */
export async function startAkismet(port = 0): Promise<AkismetStandIn> {
  const calls: AkismetCall[] = []
  const sockets = new Set<Socket>()
  const held = new Set<() => void>()
  let behaviour: Behaviour = 'well'

  const answer = (call: AkismetCall, response: ServerResponse): void => {
    const { body, headers } = wordsFor(call)
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', ...headers }).end(body)
  }

  const server = createServer((request, response) => {
    void readForm(request).then((fields) => {
      const path = (request.url ?? '').split('/')
      const name = path.at(-1) ?? ''
      const call = { name, fields, userAgent: request.headers['user-agent'] ?? '' }
      calls.push(call)
      if (behaviour === 'well') answer(call, response)
      else misbehave(behaviour, { call, response, answer, held })
    })
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening))
  const bound = (server.address() as AddressInfo).port
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    calls,
    behave(as) {
      behaviour = as
    },
    release() {
      for (const go of held) go()
      held.clear()
    },
    connections: () => sockets.size,
    callsOf: (name) => calls.filter((call) => call.name === name),
    close: () =>
      new Promise((closed) => {
        server.close(() => {
          closed()
        })
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function wordsFor({ name, fields }: AkismetCall): {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
} {
  if (name === 'verify-key') {
    return { body: fields['key'] === rightKey ? 'valid' : 'invalid', headers: {} }
  }
  if (fields['api_key'] !== rightKey) {
    const help = 'We were unable to parse your blog URI'
    return { body: 'invalid', headers: { 'x-akismet-debug-help': help } }
  }
  if (fields['blog'] === undefined || fields['user_ip'] === undefined) {
    return { body: 'Missing required field: user_ip.', headers: {} }
  }
  if (name === 'submit-spam' || name === 'submit-ham') {
    return { body: 'Thanks for making the web a better place.', headers: {} }
  }
  const isDiscard = fields['comment_content']?.includes(discardWord) === true
  const isSpam =
    isDiscard ||
    fields['comment_author'] === spamAuthor ||
    fields['comment_author_email'] === spamMail
  return {
    body: String(isSpam),
    headers: isDiscard ? { 'x-akismet-pro-tip': 'discard' } : {},
  }
}

interface Misbehaving {
  readonly call: AkismetCall
  readonly response: ServerResponse
  readonly answer: (call: AkismetCall, response: ServerResponse) => void
  readonly held: Set<() => void>
}

function misbehave(how: Exclude<Behaviour, 'well'>, at: Misbehaving): void {
  const { call, response, answer, held } = at
  switch (how) {
    case 'hangs':
      held.add(() => {
        answer(call, response)
      })
      return
    case 'half':
      response.writeHead(200, { 'content-length': '5' }).write('fa')
      return
    case 'resets':
      response.socket?.resetAndDestroy()
      return
    case 'truncates':
      response.writeHead(200, { 'content-length': '5' })
      response.write('fa', () => response.socket?.end())
      return
    case 'fails':
      response.writeHead(500, { 'content-type': 'text/html' }).end('<h1>Oops</h1>')
      return
    case 'too many':
      response.writeHead(429, { 'retry-after': '60' }).end('slow down')
      return
    case 'redirects':
      response.writeHead(307, { location: '/elsewhere/1.1/comment-check' }).end()
      return
    case 'portal':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Please sign in</p>')
      return
    case 'floods':
      flood(response)
      return
    case 'empty':
      response.writeHead(200).end()
  }
}

/** Until nobody listens any more. */
function flood(response: ServerResponse): void {
  const more = (): void => {
    while (!response.destroyed && response.write('true'.repeat(4_096)));
  }
  response.writeHead(200, { 'content-type': 'text/plain' }).on('drain', more)
  more()
}

async function readForm(request: IncomingMessage): Promise<Readonly<Record<string, string>>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString('utf8')))
}
