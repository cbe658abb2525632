/**
 * Worker: a blog on a busy day. Each connection asks for one thing after another, drawn by weight: the front
 * page, posts and tags by popularity, feeds as readers fetch them, words in the search, a comment now and then.
 */

import { Arrivals } from './arrivals.ts'
import { seeded, makeText, type Below } from './blog-data.ts'
import { type Answered, HttpClient, requestBytes } from './http-client.ts'
import { type Round, percentile, roundOf } from './statistics.ts'
import { answerParent } from './worker.ts'

export const kinds = ['home', 'post', 'tag', 'feed', 'search', 'comment'] as const
export type Kind = (typeof kinds)[number]

/** Of a hundred requests. */
export type Weights = Readonly<Record<Kind, number>>

/** What there is to ask for, the most popular first. */
export interface Site {
  readonly url: string
  readonly posts: readonly {
    readonly path: string
    /** Of the comment form: where it leads, and what it carries unseen. */
    readonly form: { readonly action: string; readonly hidden: Readonly<Record<string, string>> }
  }[]
  readonly tags: readonly string[]
  readonly words: readonly string[]
}

export interface MixOf {
  readonly weights: Weights
  readonly connections: number
  readonly seconds: number
  readonly seed: number
  /** So many visitors come; absent: each connection asks again as soon as it was answered. */
  readonly perSecond?: number
}

export interface OfKind {
  readonly count: number
  /** ms. */
  readonly p50: number
  readonly p99: number
}

export interface MixRound {
  readonly all: Round
  readonly kinds: Partial<Readonly<Record<Kind, OfKind>>>
  /** How often each status came, by kind: `post 200`. */
  readonly statuses: Readonly<Record<string, number>>
  /** Who still waited for a free connection at the end, and was never served. */
  readonly left: number
}

export type MixLoad = {
  know: (site: Site) => void
  round: (of: MixOf) => Promise<MixRound>
}

/** What a browser says of itself. */
const browser = { 'accept-encoding': 'gzip, deflate, br, zstd', accept: 'text/html,*/*;q=0.8' }
const feedReader = { 'accept-encoding': 'gzip', accept: 'application/atom+xml,*/*;q=0.5' }
const feeds = ['/feed.atom', '/feed.rss', '/feed.json']

/** Ranks from 0, the n-th with a weight of 1/n: what is known of how popular pages are. */
function zipf(count: number, below: Below): () => number {
  const sums: number[] = []
  for (let n = 1; n <= count; n++) sums.push((sums.at(-1) ?? 0) + 1 / n)
  const total = sums.at(-1) ?? 0
  return () => {
    const drawn = (below(2 ** 30) / 2 ** 30) * total
    let low = 0
    for (let high = count - 1; low < high;) {
      const middle = (low + high) >> 1
      if ((sums[middle] ?? 0) > drawn) high = middle
      else low = middle + 1
    }
    return low
  }
}

function at<T>(from: readonly T[], index: number): T {
  const found = from[index]
  if (found === undefined) throw new RangeError('nothing to ask for')
  return found
}

/** Requests of the mix, without end. */
class Visitors {
  readonly #url: URL
  readonly #site: Site
  readonly #below: Below
  readonly #post: () => number
  readonly #tag: () => number
  readonly #texts: readonly string[]
  readonly #gets = new Map<string, Buffer>()
  /** What a feed reader holds of each feed. */
  readonly #etags = new Map<string, string>()
  #comments = 0

  constructor(site: Site, seed: number) {
    this.#site = site
    this.#url = new URL(site.url)
    this.#below = seeded(seed)
    this.#post = zipf(site.posts.length, this.#below)
    this.#tag = zipf(site.tags.length, this.#below)
    this.#texts = Array.from({ length: 50 }, () => makeText(300, this.#below))
  }

  draw(weights: Weights): Kind {
    let left = this.#below(10_000) / 100
    for (const kind of kinds) {
      left -= weights[kind]
      if (left < 0) return kind
    }
    return 'home'
  }

  request(kind: Kind): { readonly path: string; readonly bytes: Buffer } {
    switch (kind) {
      case 'home':
        return this.#get('/')
      case 'post':
        return this.#get(at(this.#site.posts, this.#post()).path)
      case 'tag':
        return this.#get(at(this.#site.tags, this.#tag()))
      case 'feed':
        return this.#feed(at(feeds, this.#below(feeds.length)))
      case 'search':
        return this.#search()
      case 'comment':
        return this.#comment()
    }
  }

  /** A feed reader remembers the tag of what it got. */
  took(path: string, { head }: Answered): void {
    if (!feeds.includes(path)) return
    const etag = /\r\netag: *(\S+)/i.exec(head)?.[1]
    if (etag !== undefined) this.#etags.set(path, etag)
  }

  #get(path: string): { readonly path: string; readonly bytes: Buffer } {
    const known = this.#gets.get(path)
    if (known !== undefined) return { path, bytes: known }
    const bytes = requestBytes(this.#url, 'GET', path, browser)
    this.#gets.set(path, bytes)
    return { path, bytes }
  }

  /** Every other reader has fetched it before. */
  #feed(path: string): { readonly path: string; readonly bytes: Buffer } {
    const etag = this.#below(2) === 0 ? undefined : this.#etags.get(path)
    const headers = etag === undefined ? feedReader : { ...feedReader, 'if-none-match': etag }
    return { path, bytes: requestBytes(this.#url, 'GET', path, headers) }
  }

  #search(): { readonly path: string; readonly bytes: Buffer } {
    const { words } = this.#site
    const count = 1 + this.#below(2)
    const asked = Array.from({ length: count }, () => at(words, this.#below(words.length)))
    const path = `/search?q=${encodeURIComponent(asked.join(' ')).replaceAll('%20', '+')}`
    return { path, bytes: requestBytes(this.#url, 'GET', path, browser) }
  }

  #comment(): { readonly path: string; readonly bytes: Buffer } {
    const { form } = at(this.#site.posts, this.#post())
    const number = this.#comments++
    const fields = {
      ...form.hidden,
      author: `Reader ${this.#below(100_000)}`,
      email: '',
      url: '',
      body: `${at(this.#texts, this.#below(this.#texts.length))}\n\nNumber ${number}.`,
    }
    const below = this.#below
    const headers = {
      ...browser,
      origin: this.#site.url,
      'sec-fetch-site': 'same-origin',
      'x-forwarded-for': `10.${below(256)}.${below(256)}.${below(256)}`,
    }
    const body = new URLSearchParams(fields).toString()
    return { path: form.action, bytes: requestBytes(this.#url, 'POST', form.action, headers, body) }
  }
}

/** What came of the requests of one round. */
class Tally {
  readonly #latencies = new Map<Kind, number[]>()
  readonly #statuses: Record<string, number> = {}

  took(kind: Kind, status: number, ms: number): void {
    const name = `${kind} ${status}`
    this.#statuses[name] = (this.#statuses[name] ?? 0) + 1
    const some = this.#latencies.get(kind)
    if (some === undefined) this.#latencies.set(kind, [ms])
    else some.push(ms)
  }

  /** @param left - how long those have waited who were never served, ms: late, as all others. */
  round(seconds: number, left: readonly number[]): MixRound {
    const served = [...this.#latencies.values()].flat()
    const { p50, p99 } = roundOf(Float64Array.from([...served, ...left]), seconds)
    const all = { operations: served.length, seconds, p50, p99 }
    const each = [...this.#latencies].map(([kind, some]) => {
      const sorted = Float64Array.from(some).toSorted()
      const p50 = percentile(sorted, 0.5)
      return [kind, { count: sorted.length, p50, p99: percentile(sorted, 0.99) }]
    })
    const ofKinds = Object.fromEntries(each) as MixRound['kinds']
    return { all, kinds: ofKinds, statuses: this.#statuses, left: left.length }
  }
}

/** How often it is looked whether somebody has come, ms. */
const lookMs = 1

/** @param endMs - on `performance.now()`. @returns what ends it. */
function letIn(arrivals: Arrivals, clients: readonly HttpClient[], endMs: number): () => void {
  let first = 0
  const look = setInterval(() => {
    const now = performance.now()
    if (now >= endMs) for (const client of clients) client.finish()
    else if (arrivals.come(now) > 0) {
      // Each in its turn: no connection is so idle that it is closed.
      first = (first + 1) % clients.length
      for (const client of clients.slice(first)) client.wake()
      for (const client of clients.slice(0, first)) client.wake()
    }
  }, lookMs)
  return () => {
    clearInterval(look)
  }
}

let site: Site | undefined

answerParent({
  know(given) {
    site = given
  },

  async round({ weights, connections, seconds, seed, perSecond }) {
    if (site === undefined) throw new Error('nothing is known of the site')
    const visitors = new Visitors(site, seed)
    const tally = new Tally()
    const url = new URL(site.url)
    const beganMs = performance.now()
    const endMs = beganMs + seconds * 1_000
    const arrivals =
      perSecond === undefined ? undefined : new Arrivals(perSecond, seeded(seed + 1), beganMs)
    const clients = Array.from({ length: connections }, () => {
      let asked: Kind = 'home'
      let path = '/'
      let dueMs = 0
      return new HttpClient(url, endMs, {
        next() {
          const due = arrivals === undefined ? performance.now() : arrivals.take()
          if (due === undefined) return undefined
          dueMs = due
          asked = visitors.draw(weights)
          const request = visitors.request(asked)
          path = request.path
          return request.bytes
        },
        took(answer) {
          tally.took(asked, answer.status, performance.now() - dueMs)
          visitors.took(path, answer)
        },
      })
    })
    const stop = arrivals === undefined ? () => undefined : letIn(arrivals, clients, endMs)
    try {
      await Promise.all(clients.map((client) => client.run()))
    } finally {
      stop()
      for (const client of clients) client.close()
    }
    const left = arrivals?.waiting(endMs) ?? []
    return tally.round((performance.now() - beganMs) / 1_000, left)
  },
} satisfies MixLoad)
