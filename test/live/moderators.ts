/**
 * Two servers on the cluster with those who moderate: signed in at the one and known at the other, with
 * Akismet as a stand-in; what they do by forms, and lists read to their end.
 */

import { expect } from 'vitest'
import { rightKey, startAkismet } from '../support/akismet-stand-in.ts'
import type { AkismetStandIn } from '../support/akismet-stand-in.ts'
import { FormBrowser } from '../support/form-browser.ts'
import { createToken, freshFolder, runToEnd, serve } from '../support/program.ts'
import type { Served } from '../support/program.ts'
import { sentForm } from '../support/sent-form.ts'
import type { CommentStatus } from '../../src/store/blog.ts'
import { serverEnv } from './blog.ts'
import type { LiveCluster } from './cluster.ts'

const password = 'seven quiet herons at dawn'
const jsonType = { 'content-type': 'application/json' }

export interface ListedComment {
  readonly id: string
  readonly body: string
  readonly status: CommentStatus
}

/** What the page said after a decision, by ids. */
export interface Told {
  readonly to: CommentStatus
  readonly done: readonly string[]
  readonly changed: readonly string[]
  readonly gone: readonly string[]
  readonly failed: readonly string[]
}

export class ModeratedBlog {
  readonly #folder: ReturnType<typeof freshFolder>
  readonly akismet: AkismetStandIn
  readonly servers: readonly [Served, Served]
  /** Of the account `mo`, a moderator; not signed in. */
  readonly browser: FormBrowser
  readonly #token: string
  #visitors = 0

  private constructor(
    folder: ReturnType<typeof freshFolder>,
    akismet: AkismetStandIn,
    servers: readonly [Served, Served],
    token: string,
  ) {
    this.#folder = folder
    this.akismet = akismet
    this.servers = servers
    this.browser = new FormBrowser(servers[0].url)
    this.#token = token
  }

  static async open(live: LiveCluster, site: string): Promise<ModeratedBlog> {
    const folder = freshFolder('live-moderation')
    const akismet = await startAkismet()
    const envs = [0, 1].map((first) => ({
      ...serverEnv(live, `${live.names}${site}`, folder.path, first),
      AKISMET_KEY: rightKey,
      AKISMET_URL: akismet.url,
      // Every visitor has an address: from one, five comments are taken and then one each 20 s.
      TRUST_PROXY: '1',
    }))
    const [env = {}, envOfTwo = {}] = envs
    const token = await createToken(env)
    const args = ['author', 'add', 'mo', '--role', 'editor']
    const added = await runToEnd(args, env, { input: `${password}\n` })
    expect(added.code, added.output).toBe(0)
    return new ModeratedBlog(folder, akismet, [await serve(env), await serve(envOfTwo)], token)
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill('SIGTERM')))
    await this.akismet.close()
    this.#folder.remove()
  }

  signIn(server: Served): Promise<Response> {
    return this.browser.at(server.url).post('/admin/login', { name: 'mo', password })
  }

  ask(server: Served, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#token}`, ...jsonType }
    return fetch(server.url + path, {
      ...init,
      headers: { ...headers, ...(init.headers as Record<string, string> | undefined) },
    })
  }

  async publish(server: Served, title: string): Promise<{ readonly id: string; slug: string }> {
    const body = JSON.stringify({ title, body: 'Text.', status: 'published' })
    const answer = await this.ask(server, '/api/posts', { method: 'POST', body })
    const text = await answer.text()
    expect(answer.status, text).toBe(201)
    return JSON.parse(text) as { id: string; slug: string }
  }

  /** A stranger's comment, each from an address of its own. The same text is the same comment. */
  comment(server: Served, postId: string, body: string): Promise<Response> {
    this.#visitors++
    const address = `198.18.${this.#visitors >> 8}.${this.#visitors & 255}`
    return fetch(`${server.url}/api/posts/${postId}/comments`, {
      method: 'POST',
      headers: { ...jsonType, 'idempotency-key': body, 'x-forwarded-for': address },
      body: JSON.stringify({ author: 'Reader', body }),
    })
  }

  /** All that the page of the list shows, decided by its bar; the form may be sent to the other server. */
  async decidePage(
    shownBy: Served,
    sentTo: Served,
    to: CommentStatus,
    from: CommentStatus = 'pending',
  ): Promise<Told | Response> {
    const shown = await this.browser.at(shownBy.url).get(`/admin/comments?status=${from}`)
    if (shown.status !== 200) return shown
    const html = await shown.text()
    if (!html.includes('class="queue"')) return { to, done: [], changed: [], gone: [], failed: [] }
    const isAlone = !html.includes('name="every-above"')
    const form = isAlone
      ? sentForm(html, 'class="queue"', { button: ['one', soleButton(html, to)] })
      : sentForm(html, 'class="queue"', { tick: ['yes'], button: ['all', to] })
    const sent = await this.browser.at(sentTo.url).post('/admin/comments', form)
    if (sent.status !== 303) return sent
    return toldBy(sent.headers.get('location') ?? '')
  }

  /** A list to its end. @returns the answer where it could not be read whole. */
  async list(server: Served, status: CommentStatus): Promise<readonly ListedComment[] | Response> {
    const listed: ListedComment[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const more: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const answer = await this.ask(server, `/api/comments?status=${status}&limit=100${more}`)
      if (!answer.ok) return answer
      const page = (await answer.json()) as {
        readonly comments: readonly ListedComment[]
        readonly next: string | null
      }
      listed.push(...page.comments)
      cursor = page.next
    }
    return listed
  }

  async killed(server: Served): Promise<number | undefined> {
    const page = await (await fetch(`${server.url}/archive`)).text()
    const found = /At least ([\d,]+) comment spams? killed/.exec(page)?.[1]
    return found === undefined ? undefined : Number(found.replaceAll(',', ''))
  }
}

function soleButton(html: string, to: CommentStatus): string {
  const value = new RegExp(`name="one" value="(${to} [^"]+)"`).exec(html)?.[1]
  if (value === undefined) throw new Error(`no button leads to ${to}`)
  return value
}

/** The outcome is in the address, signed: what it says is for everybody to read. */
function toldBy(location: string): Told {
  const sealed = new URL(location, 'http://blog.example').searchParams.get('done') ?? ''
  const text = Buffer.from(sealed.split('.')[0] ?? '', 'base64url').toString()
  const told = JSON.parse(text) as Omit<Told, 'done'> & { readonly done: readonly { id: string }[] }
  return { ...told, done: told.done.map(({ id }) => id) }
}
