/**
 * The calls to Akismet, by `akismet-api`, with what the package leaves out: a deadline that closes the
 * connection, the pro-tip of an answer, bounds on connections and on what an answer may weigh, and no
 * redirects (they would carry a commenter's address to wherever they point).
 *
 *     call ─▶ akismet-api ─▶ superagent.post ─▶ dressed here ─▶ HTTP
 *                                                   │ response: status, text, headers
 *                                                   └ deadline: aborted
 *
 * The package makes its request within the call, at once, and keeps it to itself: so superagent's `post`
 * is another one for the length of that call, and the usual one before the next statement.
 *
 * The key travels in the body, and never in a host name, where DNS and TLS would show it.
 *
 * Invariants: a call settles once, within its deadline; nothing of it is left open then. Nothing that is
 * told to Akismet, the key least of all, is in what comes back.
 *
 * Source: akismet-api 6.0.0 lib/akismet.js; Akismet API, comment check.
 */

import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { createRequire } from 'node:module'

import { AkismetClient } from 'akismet-api'

import { assert } from '../kernel/assert.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock } from '../kernel/ports.ts'
import type { Submission } from './spam-check.ts'

export type AkismetAnswer =
  | {
      readonly kind: 'answered'
      readonly text: string
      /** Spam beyond doubt. */
      readonly isDiscard: boolean
      /** Something about the account: a code of Akismet's, else empty. */
      readonly alert: string
    }
  /** `why` is for people, and names no address but Akismet's own errors. */
  | { readonly kind: 'failed'; readonly why: string }

export interface AkismetCalls {
  verifyKey(): Promise<AkismetAnswer>
  checkSpam(submission: Submission): Promise<AkismetAnswer>
  submit(kind: 'spam' | 'ham', submission: Submission): Promise<AkismetAnswer>
  /** Ends what is under way, and closes the connections. */
  stop(): void
}

export interface AkismetCallsOptions {
  readonly key: string
  /** Public address of the blog's front page. */
  readonly blog: string
  /** Another endpoint (AKISMET_URL); default: Akismet's own. */
  readonly url?: string | undefined
  readonly clock: Clock
}

/** What of superagent is used: documented, and the same since its version 3. */
interface SuperRequest {
  redirects(max: number): unknown
  set(header: string, value: string): unknown
  buffer(isWhole: boolean): unknown
  /** @param read - of every answer, whatever its type says it is. */
  parse(read: (answer: RawAnswer, done: (error: Error | null) => void) => void): unknown
  agent(agent: HttpAgent | HttpsAgent): unknown
  on(event: 'response', listener: (response: SuperResponse) => void): unknown
  abort(): unknown
}
interface RawAnswer {
  text?: string
  setEncoding(encoding: 'utf8'): unknown
  on(event: 'data', listener: (text: string) => void): unknown
  on(event: 'end', listener: () => void): unknown
}
interface SuperResponse {
  readonly status: number
  readonly text?: string
  readonly headers: Readonly<Record<string, string | undefined>>
}
interface SuperAgent {
  post: (url: string) => SuperRequest
}

/** What the package's own types leave out. */
interface Client {
  rootEndpoint: string
  endpoint: string
  requestOpts: Readonly<Record<string, string>>
  verifyKey(): PromiseLike<unknown>
  checkSpam(comment: object): PromiseLike<unknown>
  submitSpam(comment: object): PromiseLike<unknown>
  submitHam(comment: object): PromiseLike<unknown>
}

const ownEndpoint = 'https://rest.akismet.com/1.1/'
const userAgent = 'Ringpost | Akismet-api/6.0.0'

/** The one that the package uses: its own, wherever it was installed. */
const superagent = createRequire(createRequire(import.meta.url).resolve('akismet-api'))(
  'superagent',
) as SuperAgent

export function openAkismetCalls({ key, blog, url, clock }: AkismetCallsOptions): AkismetCalls {
  const endpoint = endpointOf(url)
  const pool = { keepAlive: true, maxSockets: limits.akismetCallsMax, maxFreeSockets: 2 }
  const agent = endpoint.startsWith('https:') ? new HttpsAgent(pool) : new HttpAgent(pool)
  const running = new Set<() => void>()

  const clientFor = (more: Readonly<Record<string, string>>): Client => {
    const client = new AkismetClient({ key, blog, userAgent }) as unknown as Client
    client.rootEndpoint = endpoint
    client.endpoint = endpoint
    // These go with every call, past the package's own list of fields, which knows neither.
    client.requestOpts = { ...client.requestOpts, blog_charset: 'UTF-8', api_key: key, ...more }
    return client
  }

  const run = (deadlineMs: number, call: () => PromiseLike<unknown>): Promise<AkismetAnswer> =>
    new Promise((settle) => {
      let request: SuperRequest | undefined
      let answer: SuperResponse | undefined
      const end = (result: AkismetAnswer): void => {
        timer.cancel()
        running.delete(stop)
        settle(result)
      }
      const give = (why: string) => (): void => {
        request?.abort()
        end({ kind: 'failed', why })
      }
      const stop = give('the server stops')
      const seconds = Math.round(deadlineMs / 1_000)
      const timer = clock.after(deadlineMs, give(`Akismet did not answer within ${seconds} s`))
      running.add(stop)
      const dress = (made: SuperRequest): SuperRequest => {
        request = made
        made.redirects(0)
        made.agent(agent)
        made.set('Accept-Encoding', 'identity')
        made.buffer(true)
        made.parse((raw, read) => {
          takeText(raw, read, give('Akismet’s answer makes no sense'))
        })
        made.on('response', (response) => {
          answer = response
        })
        return made
      }
      // The package's own reading of an answer is not asked: it drops what is read here.
      const done = (error?: unknown): void => {
        end(answer === undefined ? { kind: 'failed', why: whyOf(error) } : read(answer))
      }
      withPost(dress, call).then(() => {
        done()
      }, done)
      assert(request !== undefined, 'akismet-api sends by superagent.post, within the call')
    })

  return {
    verifyKey: () => run(limits.akismetReportMs, () => clientFor({}).verifyKey()),

    checkSpam(submission) {
      const client = clientFor(submission.isEdit ? { recheck_reason: 'edit' } : {})
      return run(limits.akismetCheckMs, () => client.checkSpam(commentOf(submission)))
    },

    submit(kind, submission) {
      const client = clientFor({})
      const comment = commentOf(submission)
      return run(limits.akismetReportMs, () =>
        kind === 'spam' ? client.submitSpam(comment) : client.submitHam(comment),
      )
    },

    stop() {
      for (const end of [...running]) end()
      agent.destroy()
    },
  }
}

/** @param url - with a path: the folder of the calls; without: version 1.1 of them. */
function endpointOf(url: string | undefined): string {
  if (url === undefined) return ownEndpoint
  const { origin, pathname } = new URL(url)
  const folder = pathname.replace(/\/+$/, '')
  return `${origin}${folder === '' ? '/1.1' : folder}/`
}

/** Synchronous: nobody else's request can fall into it. */
function withPost<T>(dress: (request: SuperRequest) => SuperRequest, call: () => T): T {
  const { post } = superagent
  superagent.post = (url) => dress(post(url))
  try {
    return call()
  } finally {
    superagent.post = post
  }
}

/** A word or a sentence is kept; superagent's own readers would make files of parts, or end twice. */
function takeText(raw: RawAnswer, done: (error: Error | null) => void, tooLong: () => void): void {
  let text = ''
  raw.setEncoding('utf8')
  raw.on('data', (piece) => {
    text += piece
    if (text.length > limits.akismetAnswerBytesMax) tooLong()
  })
  raw.on('end', () => {
    raw.text = text
    done(null)
  })
}

function read({ status, text, headers }: SuperResponse): AkismetAnswer {
  if (status !== 200) return { kind: 'failed', why: `Akismet answered with status ${status}` }
  const alert = headers['x-akismet-alert-code'] ?? ''
  return {
    kind: 'answered',
    text: (text ?? '').trim(),
    isDiscard: headers['x-akismet-pro-tip'] === 'discard',
    alert: /^\d{1,6}$/.test(alert) ? alert : '',
  }
}

/** Never the error itself: superagent's carries the request with all that was sent. */
function whyOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const isCode = typeof code === 'string' && /^[A-Z_]{2,40}$/.test(code)
  return isCode ? `Akismet cannot be reached (${code})` : 'Akismet gave no answer that can be read'
}

function commentOf(submission: Submission): Readonly<Record<string, string>> {
  const { author, email, url, body, createdAtMs, permalink, address, userAgent, referrer } =
    submission
  const fields = {
    user_ip: address,
    user_agent: userAgent,
    referrer,
    permalink,
    comment_type: 'comment',
    comment_author: author,
    comment_author_email: email,
    comment_author_url: url,
    comment_content: body,
    comment_date_gmt: new Date(createdAtMs).toISOString(),
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
}
