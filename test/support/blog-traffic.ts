/**
 * Readers and a writer on a running blog, and what became of everything that was acknowledged: for
 * stories of nodes that go and come back.
 *
 * Readers ask past the page cache (an own cookie), so that every request meets the store. The promise
 * they hold the blog to: a page of what was acknowledged says 200, or 503 with `Retry-After`, or is a
 * marked copy; never 404, 410 or a redirect to elsewhere.
 */

import { seededDice } from '../../src/kernel/prng.ts'
import { until } from './program.ts'

/** `pages` are those of posts; a listing may be short for as long as its index follows the writes. */
type Kind = 'post page' | 'listing' | 'API read' | 'post' | 'comment'

interface Seen {
  readonly phase: string
  readonly kind: Kind
  readonly status: number
  readonly ms: number
  /** Since the phase began. */
  readonly atMs: number
}

/** A write that was taken, however often it had to be sent. */
interface Taken {
  readonly phase: string
  /** From the first time it was sent. */
  readonly ms: number
}

export interface Acknowledged {
  readonly id: string
  readonly slug: string
  readonly title: string
  /** Bodies of comments that were answered 201. */
  readonly comments: string[]
}

export interface TrafficOptions {
  readonly url: string
  readonly token: string
  readonly readers: number
  readonly seed?: number
  /** Between two writes, ms. */
  readonly writePauseMs?: number
  /** Posts that were there before. */
  readonly posts?: readonly Acknowledged[]
}

/** A client that has waited this long has lost patience: an answer this late is a failure. */
const patienceMs = 20_000

export class Traffic {
  readonly acknowledged: Acknowledged[]
  /** What breaks the promise, in words. */
  readonly broken: string[] = []
  readonly seen: Seen[] = []
  readonly #options: TrafficOptions
  readonly #dice
  readonly #taken: Taken[] = []
  readonly #work: Promise<void>[] = []
  #phase = 'healthy'
  #phaseBegan = performance.now()
  #isOver = false
  #written = 0

  constructor(options: TrafficOptions) {
    this.#options = options
    this.#dice = seededDice(options.seed ?? 1)
    this.acknowledged = [...(options.posts ?? [])]
  }

  /** A first post, until every listing that readers ask for has it: from then on none may be empty. */
  async prepare(): Promise<void> {
    await this.#writePost(0)
    await until('the first post is listed', 30_000, async () => {
      const listed = await fetch(`${this.#options.url}/tags/traffic`)
      return (await listed.text()).includes('Traffic number 0.')
    })
    this.seen.length = 0
  }

  start(): void {
    this.#phaseBegan = performance.now()
    this.#work.push(this.#write())
    for (let n = 0; n < this.#options.readers; n++) this.#work.push(this.#read())
  }

  phase(name: string): void {
    this.#phase = name
    this.#phaseBegan = performance.now()
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#work)
  }

  writesOf(phase: string): { readonly taken: number; readonly refused: number } {
    const writes = this.seen.filter((one) => {
      return one.phase === phase && (one.kind === 'post' || one.kind === 'comment')
    })
    const taken = writes.filter(({ status }) => status < 300).length
    return { taken, refused: writes.length - taken }
  }

  /** The 99th percentile of page reads that began a second into the phase, or later; ms. */
  pageP99Ms(phase: string): number {
    const pages = this.seen.filter(
      (one) => one.phase === phase && one.kind === 'post page' && one.atMs > 1_000,
    )
    return quantile(pages, 0.99)
  }

  /** A line a phase: statuses and times of pages, and of writes. */
  report(): string {
    const phases = [...new Set(this.seen.map(({ phase }) => phase))]
    return phases.map((phase) => this.#reportOf(phase)).join('\n')
  }

  #reportOf(phase: string): string {
    const own = this.seen.filter((one) => one.phase === phase)
    const isWrite = ({ kind }: Seen): boolean => kind === 'post' || kind === 'comment'
    const reads = own.filter((one) => !isWrite(one))
    const later = reads.filter(({ atMs }) => atMs > 1_000)
    return [
      phase.padEnd(28),
      `pages ${statuses(reads)} p50 ${quantile(reads, 0.5)} p99 ${quantile(reads, 0.99)}`,
      `(after 1 s: p50 ${quantile(later, 0.5)} p99 ${quantile(later, 0.99)} max ${quantile(later, 1)}) ms`,
      `writes ${statuses(own.filter(isWrite))} p99 ${quantile(own.filter(isWrite), 0.99)} ms,`,
      `taken in at most ${quantile(
        this.#taken.filter((one) => one.phase === phase),
        1,
      )} ms`,
    ].join('  ')
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[this.#dice.uint32() % Math.max(1, from.length)]
  }

  async #ask(
    kind: Kind,
    path: string,
    init: RequestInit = {},
  ): Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }> {
    const phase = this.#phase
    const began = performance.now()
    const atMs = began - this.#phaseBegan
    const note = (status: number): void => {
      this.seen.push({ phase, kind, status, atMs, ms: performance.now() - began })
    }
    try {
      const answer = await fetch(this.#options.url + path, {
        redirect: 'manual',
        signal: AbortSignal.timeout(patienceMs),
        ...init,
      })
      const text = await answer.text()
      note(answer.status)
      if (answer.status === 503 && !/^\d+$/.test(answer.headers.get('retry-after') ?? '')) {
        this.broken.push(`${phase}: ${path}: 503 without Retry-After`)
      }
      return { status: answer.status, headers: answer.headers, text }
    } catch (error) {
      note(0)
      this.broken.push(`${phase}: ${path}: no answer (${String(error)})`)
      return { status: 0, headers: new Headers(), text: '' }
    }
  }

  async #read(): Promise<void> {
    const headers = { cookie: 'ringpost_x=1' }
    while (!this.#isOver) {
      const post = this.#pick(this.acknowledged)
      const draw = this.#dice.uint32() % 10
      if (post === undefined || draw < 2) {
        const path = this.#pick(['/', '/archive', '/tags', '/tags/traffic', '/feed.atom']) ?? '/'
        await this.#readListing(path, headers)
      } else if (draw < 4) {
        const { status } = await this.#ask('API read', `/api/posts/${post.id}`)
        if (status !== 200 && status !== 503) this.#break(`/api/posts/${post.id}`, status)
      } else {
        const path = `/posts/${post.slug}`
        const { status, text } = await this.#ask('post page', path, { headers })
        if (status !== 200 && status !== 503) this.#break(path, status)
        if (status === 200 && !text.includes(post.title)) this.#break(path, 'another text')
      }
    }
  }

  async #readListing(path: string, headers: Record<string, string>): Promise<void> {
    const hadPosts = this.acknowledged.length > 0
    const { status, text } = await this.#ask('listing', path, { headers })
    if (status !== 200 && status !== 503) this.#break(path, status)
    const isEmpty = /None yet|nothing has been published|<feed(?:(?!<entry>)[\s\S])*$/.test(text)
    if (status === 200 && hadPosts && path !== '/tags' && isEmpty) this.#break(path, 'empty')
  }

  #break(path: string, what: number | string): void {
    this.broken.push(`${this.#phase}: ${path}: ${what}`)
  }

  /** Posts, and every second time a comment on one; a 503 is sent again with the same key. */
  async #write(): Promise<void> {
    const { writePauseMs = 40 } = this.#options
    while (!this.#isOver) {
      const n = ++this.#written
      const post = n % 2 === 0 ? this.#pick(this.acknowledged) : undefined
      if (post === undefined) await this.#writePost(n)
      else await this.#writeComment(post, n)
      await new Promise((later) => setTimeout(later, writePauseMs))
    }
  }

  #headers(n: number): Record<string, string> {
    return {
      authorization: `Bearer ${this.#options.token}`,
      'content-type': 'application/json',
      'idempotency-key': `traffic-${this.#options.seed ?? 1}-${n}`,
    }
  }

  /** @returns the answer that took it; undefined where the traffic ended before. */
  async #send(kind: Kind, path: string, body: object, n: number): Promise<unknown> {
    const init = { method: 'POST', headers: this.#headers(n), body: JSON.stringify(body) }
    const phase = this.#phase
    const began = performance.now()
    while (!this.#isOver) {
      const { status, text } = await this.#ask(kind, path, init)
      if (status === 201) {
        this.#taken.push({ phase, ms: performance.now() - began })
        return JSON.parse(text)
      }
      if (status !== 503) {
        this.#break(`POST ${path}`, `${status} ${text.slice(0, 200)}`)
        return undefined
      }
      await new Promise((later) => setTimeout(later, 100))
    }
    return undefined
  }

  async #writePost(n: number): Promise<void> {
    const title = `Traffic number ${n}.`
    const body = { title, body: `Text of ${n}.`, tags: ['traffic'], status: 'published' }
    const taken = (await this.#send('post', '/api/posts', body, n)) as
      { readonly id: string; readonly slug: string } | undefined
    if (taken) this.acknowledged.push({ id: taken.id, slug: taken.slug, title, comments: [] })
  }

  async #writeComment(post: Acknowledged, n: number): Promise<void> {
    const body = `Remark number ${n}.`
    const path = `/api/posts/${post.id}/comments`
    if (await this.#send('comment', path, { author: 'Reader', body }, n)) post.comments.push(body)
  }
}

function statuses(seen: readonly Seen[]): string {
  const counts = new Map<number, number>()
  for (const { status } of seen) counts.set(status, (counts.get(status) ?? 0) + 1)
  return [...counts].map(([status, count]) => `${count}×${status || 'none'}`).join(' ') || 'none'
}

function quantile(seen: readonly { readonly ms: number }[], share: number): number {
  const sorted = seen.map(({ ms }) => ms).toSorted((a, b) => a - b)
  return Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0)
}

/**
 * What was acknowledged and is not there: posts by their page, by id and in the listing of all; comments
 * in the list of their post.
 */
export async function missingOf(
  url: string,
  acknowledged: readonly Acknowledged[],
): Promise<readonly string[]> {
  const missing: string[] = []
  const headers = { cookie: 'ringpost_x=1' }
  const listed = await listedIds(url)
  for (const post of acknowledged) {
    const page = await fetch(`${url}/posts/${post.slug}`, { headers, redirect: 'manual' })
    const text = await page.text()
    if (page.status !== 200 || !text.includes(post.title)) {
      missing.push(`/posts/${post.slug}: ${page.status}`)
    }
    if (!listed.has(post.id)) missing.push(`${post.id} is not listed`)
    if (post.comments.length === 0) continue
    const answer = await fetch(`${url}/api/posts/${post.id}/comments?limit=1000`)
    const shown = await answer.text()
    for (const comment of post.comments) {
      const count = shown.split(`"body":"${comment}"`).length - 1
      if (count !== 1) missing.push(`${comment} of ${post.id}: ${count} times (${answer.status})`)
    }
  }
  return missing
}

async function listedIds(url: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  let cursor: string | null = ''
  while (cursor !== null) {
    const more: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const answer = await fetch(`${url}/api/posts?view=summary&limit=100${more}`)
    if (!answer.ok) return ids
    const page = (await answer.json()) as { posts: { id: string }[]; next: string | null }
    for (const { id } of page.posts) ids.add(id)
    cursor = page.next
  }
  return ids
}
