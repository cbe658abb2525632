/**
 * Queries of secondary indexes over HTTP: `…/index/FIELD/VALUE`, `…/index/FIELD/FROM/TO`.
 *
 * Whether a query can be run is known only when it is begun: so it is begun before the negotiation,
 * and its first results wait for the answer.
 *
 * Source: basho/riak_kv src/riak_kv_wm_index.erl; captures/http/130 to 146; RIAK.md §5.3.
 */

import { limits } from '../../kernel/limits.ts'
import type { Dice, HttpAnswer } from '../../kernel/ports.ts'
import { ContinuationError } from '../query/index-query.ts'
import { InvalidQueryError } from '../query/term-filter.ts'
import { RiakError } from '../requests.ts'
import type { BucketId, NodeIndexQuery, NodeIndexResult } from '../requests.ts'
import type { RiakNode } from '../riak-node.ts'
import { makeKey } from '../vnode/vtag.ts'
import { CrashError } from './crash-text.ts'
import { latin1, toBytes } from './erlang-text.ts'
import type { HttpResource, Stop } from './http-decisions.ts'
import { CrashTerm } from './http-errors.ts'
import { ListJson, jsonText, riakJson } from './http-json.ts'
import { errorJson } from './http-lists.ts'
import { typeExists } from './http-props.ts'
import type { Reply } from './http-reply.ts'
import type { ParsedRequest } from './http-request.ts'
import { given } from './pb-session.ts'

type Results = AsyncGenerator<readonly NodeIndexResult[], Uint8Array | undefined, undefined>
type Step = IteratorResult<readonly NodeIndexResult[], Uint8Array | undefined>

/** Wrong parameters, in the order in which Riak looks at them. */
class BadParameter extends Error {
  override readonly name = 'BadParameter'
}

export class HttpIndex implements HttpResource {
  readonly #node: RiakNode
  readonly #dice: Dice
  readonly #of: BucketId
  readonly #request: ParsedRequest
  readonly #field: Uint8Array
  readonly #values: readonly Uint8Array[]
  #results: Results | undefined
  #first: Step | undefined
  /** Begun, and failed: told when its answer would be. */
  #failure: Error | undefined
  #isWithTerms = false

  /** @param at - the segment of the field. */
  constructor(node: RiakNode, dice: Dice, of: BucketId, request: ParsedRequest, at: number) {
    this.#node = node
    this.#dice = dice
    this.#of = of
    this.#request = request
    this.#field = request.segment(at)
    const { length } = request.target.segments
    this.#values = Array.from({ length: length - at - 1 }, (_, n) => request.segment(at + 1 + n))
  }

  async judge(reply: Reply): Promise<Stop> {
    try {
      await this.#begin(this.#query())
      return undefined
    } catch (error) {
      if (error instanceof BadParameter) reply.say(error.message)
      else if (error instanceof InvalidQueryError) reply.say(`Invalid query: ${error.text}\n`)
      else throw error
      return 400
    }
  }

  async #begin(query: NodeIndexQuery): Promise<void> {
    this.#isWithTerms = query.returnTerms
    if (!typeExists(this.#node, this.#of.type)) return
    const results = this.#node.index(query)
    this.#request.onAbort(() => {
      results.return(undefined).catch(() => undefined)
    })
    this.#results = results
    try {
      this.#first = await results.next()
    } catch (error) {
      if (error instanceof InvalidQueryError) throw error
      if (error instanceof ContinuationError) throw badContinuation()
      this.#failure = error instanceof Error ? error : new Error(String(error))
    }
  }

  #query(): NodeIndexQuery {
    const paginationSort = this.#boolean('pagination_sort')
    const isTermsWanted = this.#boolean('return_terms') === true
    const name = latin1(this.#field).toLowerCase()
    const termRegex = this.#request.parameter('term_regex')
    if (termRegex !== undefined && name.endsWith('_int')) {
      throw new BadParameter('Can not use term regular expressions on integer queries')
    }
    const match = this.#match(name)
    const isTermless = match.kind === 'equals' || name === '$bucket' || name === '$key'
    const maxResults = this.#maxResults()
    const continuation = this.#request.parameter('continuation')
    return {
      of: this.#of,
      field: this.#field,
      match,
      returnTerms: isTermsWanted && !isTermless,
      ...given({
        termRegex,
        maxResults,
        continuation: continuation === undefined ? undefined : toBytes(continuation),
        // A continuation means pages, and pages are sorted.
        paginationSort: continuation === undefined ? paginationSort : true,
        timeoutMs: this.#timeoutMs(),
      }),
    }
  }

  #match(name: string): NodeIndexQuery['match'] {
    const [from, to, more] = this.#values
    if (name === '$bucket') return { kind: 'equals', value: this.#of.bucket }
    if (from === undefined || more !== undefined) {
      const caller = { module: 'riak_kv_wm_index', function: 'malformed_request', args: 2 }
      throw new CrashError(['case_clause'], [caller])
    }
    return to === undefined ? { kind: 'equals', value: from } : { kind: 'range', from, to }
  }

  #boolean(name: string): boolean | undefined {
    const text = this.#request.parameter(name)
    if (text === undefined) return undefined
    const word = text.toLowerCase()
    if (word === 'true' || word === 'false') return word === 'true'
    throw new BadParameter(`Invalid "${name}". "${text}" is not a boolean`)
  }

  #maxResults(): number | undefined {
    const text = this.#request.parameter('max_results')
    if (text === undefined) return undefined
    if (!/^[+-]?\d{1,15}$/.test(text)) {
      throw new BadParameter(`Invalid "max_results". "${text}" is not a positive integer`)
    }
    const number = Number(text)
    if (number > 0) return number
    throw new BadParameter(`Invalid "max_results". ${number} is not a positive integer`)
  }

  #timeoutMs(): number | undefined {
    const text = this.#request.parameter('timeout')
    if (text === undefined) return undefined
    const number = /^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined
    // None means no limit, and so does 0.
    if (number !== undefined && number >= 0) return number === 0 ? undefined : number
    const shown = number ?? `"${text}"`
    throw new BadParameter(`Bad timeout value ${shown}. Must be a non-negative integer\n`)
  }

  types(): readonly string[] {
    return ['application/json']
  }

  encodings(): readonly string[] {
    return ['identity', 'gzip']
  }

  exists(): boolean {
    return typeExists(this.#node, this.#of.type)
  }

  async release(): Promise<void> {
    await this.#results?.return(undefined)
  }

  async render(_type: string, reply: Reply): Promise<HttpAnswer['body']> {
    const results = this.#results
    if (results === undefined) return new Uint8Array(0)
    if (this.#request.method === 'HEAD') return new Uint8Array(0)
    if (this.#request.parameter('stream') !== 'true') return this.#whole(results)
    const boundary = latin1(makeKey(this.#dice.bytes(20)))
    reply.set('Content-Type', `multipart/mixed;boundary=${boundary}`)
    return this.#parts(results, boundary)
  }

  async *#steps(results: Results): AsyncGenerator<readonly NodeIndexResult[], string | undefined> {
    if (this.#failure !== undefined) throw this.#failure
    try {
      for (let step = this.#first ?? (await results.next()); ; step = await results.next()) {
        if (step.done === true) return step.value === undefined ? undefined : latin1(step.value)
        yield step.value
      }
    } finally {
      await results.return(undefined)
    }
  }

  async #whole(results: Results): Promise<Uint8Array> {
    const body = new ListJson({}, this.#name)
    const steps = this.#steps(results)
    try {
      for (;;) {
        const step = await steps.next()
        if (step.done === true) {
          return body.finish(step.value === undefined ? {} : { continuation: step.value })
        }
        body.add(step.value.map((result) => this.#row(result)))
        // What is larger is to be streamed, or paged.
        if (body.bytes > limits.pbFrameBytesMax) throw new RiakError(`{too_large,${body.bytes}}`)
      }
    } catch (error) {
      if (!(error instanceof RiakError) || error.text === 'timeout') throw error
      throw new CrashTerm(`{error,${error.text}}`)
    } finally {
      await steps.return(undefined)
    }
  }

  #row({ term, key }: NodeIndexResult): unknown {
    if (!this.#isWithTerms) return jsonText(key)
    return { [jsonText(term ?? new Uint8Array(0))]: jsonText(key) }
  }

  get #name(): 'results' | 'keys' {
    return this.#isWithTerms ? 'results' : 'keys'
  }

  async *#parts(results: Results, boundary: string): AsyncGenerator<Uint8Array, void, undefined> {
    const part = (json: string): Uint8Array =>
      toBytes(`\r\n--${boundary}\r\nContent-Type: application/json\r\n\r\n${json}`)
    const steps = this.#steps(results)
    try {
      for (;;) {
        const step = await steps.next()
        if (step.done === true) {
          if (step.value !== undefined) yield part(riakJson({ continuation: step.value }))
          break
        }
        if (step.value.length === 0) continue
        yield part(riakJson({ [this.#name]: step.value.map((result) => this.#row(result)) }))
      }
    } catch (error) {
      yield part(errorJson(error))
    } finally {
      await steps.return(undefined)
    }
    yield toBytes(`\r\n--${boundary}--\r\n`)
  }
}

function badContinuation(): CrashError {
  return new CrashError(
    ['function_clause'],
    [
      { module: 'base64', function: 'decode_list', args: 5 },
      { module: 'riak_index', function: 'decode_continuation', args: 1 },
      { module: 'riak_index', function: 'to_index_query', args: 2 },
      { module: 'riak_kv_wm_index', function: 'malformed_request', args: 2 },
    ],
  )
}
