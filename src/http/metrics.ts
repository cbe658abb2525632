/** What Prometheus reads from `/metrics`. */

import { Counter, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

import type { CacheCounts } from './page-cache.ts'

export interface Metrics {
  readonly contentType: string
  /** @param seconds - from the first byte of the request to the answer's head. */
  observe(kind: string, method: string, status: number, seconds: number): void
  storeAnswers(answers: boolean): void
  show(): Promise<string>
}

export function createMetrics(cacheCounts: () => CacheCounts): Metrics {
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
