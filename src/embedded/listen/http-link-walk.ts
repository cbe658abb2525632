/**
 * What follows a key in a path: the steps of a link walk. This node walks no links; it tells a wrong
 * path from a walk, as Riak does, so that a key with a slash that was not encoded is noticed.
 *
 * Source: basho/riak_kv src/riak_kv_wm_link_walker.erl; captures/http/048, 237.
 */

import type { HttpResource, Stop } from './http-decisions.ts'
import type { Reply } from './http-reply.ts'
import type { ParsedRequest } from './http-request.ts'

export class HttpLinkWalk implements HttpResource {
  readonly #request: ParsedRequest
  readonly #from: number

  /** @param from - the segment of the first step. */
  constructor(request: ParsedRequest, from: number) {
    this.#request = request
    this.#from = from
  }

  readonly methods: readonly string[] = ['GET', 'HEAD', 'POST']

  judge(reply: Reply): Stop {
    const steps = this.#request.target.segments.slice(this.#from)
    if (steps.every((step) => step.split(',').length === 3)) return 404
    reply.say(
      'Invalid link walk query submitted. Valid link walk query format is: ' +
        '/riak/some_bucket/some_key/<bucket>,<riaktag>,0|1/...',
    )
    return 400
  }

  render(): Uint8Array {
    return new Uint8Array(0)
  }
}
