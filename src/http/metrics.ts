/** What Prometheus reads from `/metrics`. */

import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

import type { Blog, KeeperState } from '../store/blog.ts'
import type { CacheCounts } from './page-cache.ts'

export interface Metrics {
  readonly contentType: string
  /** @param seconds - from the first byte of the request to the answer's head. */
  observe(kind: string, method: string, status: number, seconds: number): void
  storeAnswers(answers: boolean): void
  show(): Promise<string>
}

export function createMetrics(
  cacheCounts: () => CacheCounts,
  blog: Pick<Blog, 'site' | 'keeper'>,
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
  return {
    contentType: registry.contentType,
    observe(kind, method, status, took) {
      seconds.observe({ kind, method, status }, took)
    },
    storeAnswers(answers) {
      if (!answers) away.inc()
    },
    show: () => registry.metrics(),
  }
}

/** What is not known yet is no sample, and not 0. */
function addKeeper(registry: Registry, { site, keeper }: Pick<Blog, 'site' | 'keeper'>): void {
  const add = (name: string, help: string, read: (of: KeeperState) => number | undefined): void => {
    const gauge = new Gauge({
      name,
      help,
      registers: [registry],
      labelNames: ['site'] as const,
      collect() {
        const value = read(keeper.state())
        if (value !== undefined) gauge.set({ site }, value)
      },
    })
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
