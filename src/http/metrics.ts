/** What Prometheus reads from `/metrics`. */

import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

import type { KeptState } from '../search/search-keeper.ts'
import type { Search } from '../search/search.ts'
import type { Blog, KeeperState, RingState, SiblingState } from '../store/blog.ts'
import type { CacheCounts } from './page-cache.ts'

export interface Metrics {
  readonly contentType: string
  /** @param seconds - from the first byte of the request to the answer's head. */
  observe(kind: string, method: string, status: number, seconds: number): void
  storeAnswers(answers: boolean): void
  /** The spam check was asked, and said so after this time. */
  spamAsked(said: string, tookMs: number): void
  show(): Promise<string>
}

export function createMetrics(
  cacheCounts: () => CacheCounts,
  blog: Pick<Blog, 'site' | 'keeper' | 'ring' | 'siblings' | 'reports'>,
  search?: Pick<Search, 'state'>,
): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'ringpost_' })
  const seconds = new Histogram({
    name: 'ringpost_http_request_seconds',
    help: 'Requests that were not answered from the page cache at once.',
    labelNames: ['kind', 'method', 'status'] as const,
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  })
  const away = new Counter({
    name: 'ringpost_store_away_total',
    help: 'Readiness checks that the store did not answer.',
    registers: [registry],
  })
  const lookups = new Counter({
    name: 'ringpost_page_cache_total',
    help: 'Page requests: from memory, rendered, or shown from an older copy.',
    labelNames: ['result'] as const,
    registers: [registry],
    collect() {
      const counts = cacheCounts()
      lookups.reset()
      lookups.inc({ result: 'hit' }, counts.hits)
      lookups.inc({ result: 'miss' }, counts.misses)
      lookups.inc({ result: 'stale' }, counts.stale)
    },
  })
  addKeeper(registry, blog)
  addRing(registry, blog)
  addSiblings(registry, blog)
  if (search !== undefined) addSearch(registry, blog.site, search)
  const spamAsked = addSpam(registry, blog)
  return {
    contentType: registry.contentType,
    observe(kind, method, status, took) {
      seconds.observe({ kind, method, status }, took)
    },
    storeAnswers(answers) {
      if (!answers) away.inc()
    },
    spamAsked,
    show: () => registry.metrics(),
  }
}

/** What is not known yet is no sample, and not 0. */
function addGauge(
  registry: Registry,
  site: string,
  { name, help }: { readonly name: string; readonly help: string },
  read: () => number | undefined,
): void {
  const gauge = new Gauge({
    name,
    help,
    registers: [registry],
    labelNames: ['site'] as const,
    collect() {
      const value = read()
      if (value === undefined) gauge.reset()
      else gauge.set({ site }, value)
    },
  })
}

function addKeeper(registry: Registry, { site, keeper }: Pick<Blog, 'site' | 'keeper'>): void {
  const add = (name: string, help: string, read: (of: KeeperState) => number | undefined): void => {
    addGauge(registry, site, { name, help }, () => read(keeper.state()))
  }
  add(
    'ringpost_index_verified_timestamp_seconds',
    'When the listings were last verified whole, by any server.',
    ({ verifiedAtMs }) => (verifiedAtMs === undefined ? undefined : verifiedAtMs / 1_000),
  )
  add(
    'ringpost_index_verify_seconds',
    'How long the last verification of this server took, healing included.',
    ({ tookMs }) => (tookMs === undefined ? undefined : tookMs / 1_000),
  )
  add(
    'ringpost_index_differences',
    'What the last verification of this server found to differ, before healing.',
    ({ differences }) => differences,
  )
  add(
    'ringpost_index_healed',
    'Derived objects that were written after it.',
    ({ healed }) => healed,
  )
}

function addRing(registry: Registry, { site, ring }: Pick<Blog, 'site' | 'ring'>): void {
  const add = (name: string, help: string, read: (of: RingState) => number | undefined): void => {
    addGauge(registry, site, { name, help }, () => read(ring.state()))
  }
  add(
    'ringpost_store_settled',
    '1 where "not found" means it; 0 while nodes are away, and for 5 minutes after their return.',
    ({ isSettled }) => (isSettled ? 1 : 0),
  )
  add(
    'ringpost_store_nodes',
    'Riak nodes that own partitions, those that are away among them, as far as looks at the ring tell.',
    ({ nodes }) => nodes?.length,
  )
  add(
    'ringpost_store_fallbacks',
    'Primaries that are away, of the keys looked at: others stand in for them.',
    ({ fallbacks }) => fallbacks,
  )
  add(
    'ringpost_store_trouble_age_seconds',
    'How long ago a node was seen away, or a quorum was not met, by this server or another.',
    ({ troubleAgeMs }) => (troubleAgeMs === undefined ? undefined : troubleAgeMs / 1_000),
  )
}

function addSpam(
  registry: Registry,
  { site, reports }: Pick<Blog, 'site' | 'reports'>,
): Metrics['spamAsked'] {
  const checks = new Counter({
    name: 'ringpost_spam_checks_total',
    help: 'Comments that Akismet was asked about, by what it said; unknown: it gave no answer.',
    labelNames: ['site', 'said'] as const,
    registers: [registry],
  })
  const seconds = new Histogram({
    name: 'ringpost_spam_check_seconds',
    help: 'How long commenters waited for it.',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 3],
    registers: [registry],
  })
  const name = 'ringpost_spam_reports_due'
  const help = 'Decisions of moderators that Akismet has not been told of yet.'
  addGauge(registry, site, { name, help }, () => reports.counted())
  return (said, tookMs) => {
    checks.inc({ site, said })
    seconds.observe(tookMs / 1_000)
  }
}

function addSearch(registry: Registry, site: string, search: Pick<Search, 'state'>): void {
  const add = (name: string, help: string, read: (of: KeptState) => number): void => {
    addGauge(registry, site, { name, help }, () => read(search.state()))
  }
  add('ringpost_search_posts', 'Posts that the search can find.', ({ posts }) => posts)
  add(
    'ringpost_search_ready',
    '1 once the search has read the whole archive; 0 while it starts, or reads.',
    ({ isWhole }) => (isWhole ? 1 : 0),
  )
  add('ringpost_search_bytes', 'Memory of the search index, about.', ({ bytes }) => bytes)
  add(
    'ringpost_search_full',
    '1 where the index has reached its bound: of further posts titles and tags are found, no texts.',
    ({ isFull }) => (isFull ? 1 : 0),
  )
}

function addSiblings(registry: Registry, blog: Pick<Blog, 'site' | 'siblings'>): void {
  const add = (name: string, help: string, read: (of: SiblingState) => number): void => {
    addGauge(registry, blog.site, { name, help }, () => read(blog.siblings()))
  }
  add(
    'ringpost_siblings_largest',
    'Siblings of one object, the most that this server has met.',
    ({ largest }) => largest,
  )
  add(
    'ringpost_sibling_merges',
    'Objects that this server met in siblings, and merged.',
    ({ merges }) => merges,
  )
  add(
    'ringpost_siblings_refused',
    'Puts that Riak refused for too many siblings, sent again over what is there.',
    ({ refused }) => refused,
  )
}
