/**
 * `/ping` and `/stats`.
 *
 * Source: basho/riak_kv src/riak_kv_wm_ping.erl, riak_kv_wm_stats.erl, riak_kv_http_cache.erl.
 */

import { limits } from '../../kernel/limits.ts'
import type { Clock } from '../../kernel/ports.ts'
import type { RiakNode } from '../riak-node.ts'
import { toBytes } from './erlang-text.ts'
import { prettyJson, riakJson } from './http-json.ts'
import type { HttpResource } from './http-decisions.ts'
import type { ParsedRequest } from './http-request.ts'

export class HttpPing implements HttpResource {
  render(): Uint8Array {
    return toBytes('OK')
  }
}

/** The node's numbers as JSON, made anew once a second at most. */
export class StatsText {
  readonly #node: RiakNode
  readonly #clock: Clock
  #json = ''
  #madeMs = Number.NEGATIVE_INFINITY

  constructor(node: RiakNode, clock: Clock) {
    this.#node = node
    this.#clock = clock
  }

  json(): string {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - this.#madeMs < limits.riakHttpStatsMs) return this.#json
    const byName = Object.entries(this.#node.stats()).toSorted(([a], [b]) => (a < b ? -1 : 1))
    this.#json = riakJson(Object.fromEntries(byName))
    this.#madeMs = nowMs
    return this.#json
  }
}

export class HttpStats implements HttpResource {
  readonly #text: StatsText
  readonly #request: ParsedRequest

  constructor(text: StatsText, request: ParsedRequest) {
    this.#text = text
    this.#request = request
  }

  types(): readonly string[] {
    return ['application/json', 'text/plain']
  }

  encodings(): readonly string[] {
    return this.#request.method === 'GET' ? ['identity', 'gzip'] : ['identity']
  }

  render(type: string): Uint8Array {
    const json = this.#text.json()
    return toBytes(type === 'text/plain' ? prettyJson(json) : json)
  }
}
