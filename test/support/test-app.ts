/** The HTTP side over a fake blog and a standing clock, as most of its tests want it. */

import type { Log } from '../../src/kernel/ports.ts'
import type { SetupOffer } from '../../src/http/admin/setup-offer.ts'
import { createApp } from '../../src/http/app.tsx'
import type { Search } from '../../src/search/search.ts'
import type { AppDeps } from '../../src/http/web.ts'
import { createFakeBlog } from './fake-blog.ts'
import type { FakeBlog } from './fake-blog.ts'
import { createVirtualClock } from './virtual-clock.ts'
import type { VirtualClock } from './virtual-clock.ts'

export interface TestApp {
  readonly blog: FakeBlog
  readonly clock: VirtualClock
  /** Events of level warn and above. */
  readonly logged: string[]
  /** Takes up the pages that were kept, and begins to keep them. */
  start(): Promise<void>
  close(): Promise<void>
  /** The app itself, for a server. */
  readonly fetch: (request: Request) => Response | Promise<Response>
  get(path: string, headers?: Record<string, string>): Promise<Response>
  /** JSON in, with the token `W` (scope write) unless another is named; '' for none. */
  send(
    method: string,
    path: string,
    body?: unknown,
    options?: { token?: string; headers?: Record<string, string> },
  ): Promise<Response>
  /** A JSON body of unknown length, with the token `W`. */
  stream(
    path: string,
    body: ReadableStream<Uint8Array>,
    headers: Record<string, string>,
  ): Promise<Response>
  form(
    path: string,
    fields: Record<string, string> | URLSearchParams,
    headers?: Record<string, string>,
  ): Promise<Response>
}

export function openTestApp(
  options: {
    publicUrl?: string
    trustProxy?: number
    setup?: SetupOffer
    spam?: NonNullable<AppDeps['spam']>
    copies?: NonNullable<AppDeps['copies']>
    /** Default: only `logged` is kept. */
    log?: Log
    /** Opened over what the app has. */
    search?: (deps: Pick<AppDeps, 'clock' | 'log'> & { readonly blog: FakeBlog }) => Search
  } = {},
): TestApp {
  const clock = createVirtualClock()
  const blog = createFakeBlog(clock)
  blog.addToken('R', 'read')
  blog.addToken('W', 'write')
  const logged: string[] = []
  const log: Log = options.log ?? {
    write(level, event, fields) {
      if (level === 'warn' || level === 'error') logged.push(`${event} ${JSON.stringify(fields)}`)
    },
  }
  const search = options.search?.({ blog, clock, log })
  const app = createApp({
    blog,
    clock,
    log,
    ...(search === undefined ? {} : { search }),
    config: {
      publicUrl: options.publicUrl ?? 'https://blog.example',
      trustProxy: options.trustProxy ?? 0,
      secret: 'a secret of tests',
      ...(options.setup === undefined ? {} : { setup: options.setup }),
    },
    ...(options.spam === undefined ? {} : { spam: options.spam }),
    ...(options.copies === undefined ? {} : { copies: options.copies }),
  })
  return {
    blog,
    clock,
    logged,
    start: () => app.start(),
    close: () => app.close(),
    fetch: (request) => app.fetch(request),
    get: async (path, headers = {}) => app.request(path, { headers }),
    send: async (method, path, body, { token = 'W', headers = {} } = {}) =>
      app.request(path, {
        method,
        headers: {
          ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    stream: async (path, body, headers) =>
      app.request(path, {
        method: 'POST',
        headers: {
          authorization: 'Bearer W',
          'content-type': 'application/json',
          ...headers,
        },
        body,
        duplex: 'half',
      } as RequestInit),
    form: async (path, fields, headers = {}) =>
      app.request(path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams(fields).toString(),
      }),
  }
}
