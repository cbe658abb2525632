/**
 * Bucket and type properties over HTTP.
 *
 * A name that Riak has no atom for is a crash page, as in Riak; so is a value of the wrong shape. What
 * is known but refused is answered as JSON, each refusal by its property.
 *
 * Source: basho/riak_kv src/riak_kv_wm_props.erl, riak_kv_wm_bucket_type.erl, riak_kv_wm_utils.erl
 * `jsonify_bucket_prop/1`, `erlify_bucket_prop/1`; captures/http/070 to 088.
 */

import { BucketPropsError } from '../ring/buckets.ts'
import { defaultTypeProps } from '../ring/bucket-props.ts'
import type { BucketPropsMap, PropValue } from '../ring/bucket-props.ts'
import { RiakError } from '../requests.ts'
import type { BucketId } from '../requests.ts'
import type { RiakNode } from '../riak-node.ts'
import { CrashError } from './crash-text.ts'
import { latin1, toBytes } from './erlang-text.ts'
import type { HttpResource, Stop } from './http-decisions.ts'
import { riakJson } from './http-json.ts'
import type { Reply } from './http-reply.ts'
import type { ParsedRequest } from './http-request.ts'

/** Beside those that every bucket shows. */
const furtherNames = [
  'active',
  'backend',
  'claimant',
  'consistent',
  'datatype',
  'has_postcommit',
  'has_precommit',
  'hll_precision',
  'name',
  'rs_extractfun',
  'search',
  'search_extractor',
  'search_index',
  'stat_tracked',
]
const knownNames = new Set([...defaultTypeProps.keys(), ...furtherNames])

function noSuchAtom(name: string): CrashError {
  return new CrashError(
    ['badarg'],
    [
      { module: 'erlang', function: 'list_to_existing_atom', args: `["${name}"]` },
      { module: 'riak_kv_wm_utils', function: 'erlify_bucket_prop', args: 1 },
      { module: 'lists', function: 'map', args: 2 },
      { module: 'riak_kv_wm_props', function: 'accept_bucket_body', args: 2 },
    ],
  )
}

function badShape(): CrashError {
  return new CrashError(
    ['function_clause'],
    [{ module: 'riak_kv_wm_utils', function: 'erlify_bucket_prop', args: 1 }],
  )
}

/** @throws CrashError for a value no property has. */
function parseValue(value: unknown): PropValue {
  if (value === null) return 'null'
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(parseHook)
  if (typeof value === 'object' && 'mod' in value && 'fun' in value) {
    const { mod, fun } = value
    if (typeof mod === 'string' && typeof fun === 'string') return { mod, fun }
  }
  throw badShape()
}

/** A commit hook: a module and function, or the name of a JavaScript function. */
function parseHook(value: unknown): PropValue {
  const isNamed = typeof value === 'object' && value !== null && 'name' in value
  return isNamed && typeof value.name === 'string' ? value.name : parseValue(value)
}

/** @returns undefined where the body is not `{"props":{…}}`. */
function parseBody(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    if (typeof parsed !== 'object' || parsed === null || !('props' in parsed)) return undefined
    const { props } = parsed
    const isStruct = typeof props === 'object' && props !== null && !Array.isArray(props)
    return isStruct ? { ...props } : undefined
  } catch {
    return undefined
  }
}

function erlify(props: Readonly<Record<string, unknown>>): BucketPropsMap {
  return new Map(
    Object.entries(props).map(([name, value]): [string, PropValue] => {
      if (!knownNames.has(name)) throw noSuchAtom(name)
      return [name, parseValue(value)]
    }),
  )
}

function show(props: BucketPropsMap): Uint8Array {
  return toBytes(riakJson({ props: Object.fromEntries(props) }))
}

/** Known, and active. */
export function typeExists(node: RiakNode, type: Uint8Array): boolean {
  if (latin1(type) === 'default') return true
  try {
    node.typeProps(type)
    return true
  } catch (error) {
    if (error instanceof RiakError) return false
    throw error
  }
}

/** What bucket and type properties have in common. */
abstract class HttpProps implements HttpResource {
  protected readonly node: RiakNode
  protected readonly request: ParsedRequest
  #props: Readonly<Record<string, unknown>> | undefined

  constructor(node: RiakNode, request: ParsedRequest) {
    this.node = node
    this.request = request
  }

  protected abstract readonly noun: string
  protected abstract read(): BucketPropsMap
  protected abstract write(props: BucketPropsMap): Promise<void>
  /** The atom for a type that cannot be changed. */
  protected abstract whyNot(): string

  judge(reply: Reply): Stop {
    if (this.request.method !== 'PUT') return undefined
    this.#props = parseBody(this.request.body)
    if (this.#props !== undefined) return undefined
    reply.say(
      `${this.noun} PUT must be a JSON object of the form:\n{"props":{...bucket properties...}}`,
    )
    return 400
  }

  types(): readonly string[] {
    return ['application/json']
  }

  encodings(): readonly string[] {
    return ['identity', 'gzip']
  }

  exists(): boolean {
    try {
      this.read()
      return true
    } catch (error) {
      if (error instanceof RiakError) return false
      throw error
    }
  }

  render(): Uint8Array {
    return show(this.read())
  }

  takes(_reply: Reply, mediaType: string): boolean {
    return mediaType === 'application/json'
  }

  async accept(reply: Reply): Promise<Stop> {
    try {
      await this.write(erlify(this.#props ?? {}))
      return undefined
    } catch (error) {
      if (error instanceof BucketPropsError) {
        // Sentences are texts here; Riak's encoder makes a list of numbers of them.
        const reasons = error.errors.map(({ property, reason }) => [property, reason] as const)
        reply.append(riakJson(Object.fromEntries(reasons)))
        return 400
      }
      if (!(error instanceof RiakError)) throw error
      reply.append(riakJson(this.whyNot()))
      return 400
    }
  }
}

export class HttpBucketProps extends HttpProps {
  protected readonly noun = 'bucket'
  readonly #of: BucketId
  readonly #isOldForm: boolean

  constructor(node: RiakNode, of: BucketId, request: ParsedRequest, isOldForm: boolean) {
    super(node, request)
    this.#of = of
    this.#isOldForm = isOldForm
  }

  get methods(): readonly string[] {
    return this.#isOldForm ? ['HEAD', 'GET', 'PUT'] : ['HEAD', 'GET', 'PUT', 'DELETE']
  }

  protected read(): BucketPropsMap {
    return this.node.bucketProps(this.#of)
  }

  protected write(props: BucketPropsMap): Promise<void> {
    return this.node.setBucketProps(this.#of, props)
  }

  protected whyNot(): string {
    return 'no_type'
  }

  async remove(): Promise<Stop> {
    await this.node.resetBucketProps(this.#of)
    return undefined
  }
}

export class HttpTypeProps extends HttpProps {
  protected readonly noun = 'bucket type'
  readonly #type: Uint8Array

  constructor(node: RiakNode, type: Uint8Array, request: ParsedRequest) {
    super(node, request)
    this.#type = type
  }

  get methods(): readonly string[] {
    return ['HEAD', 'GET', 'PUT']
  }

  protected read(): BucketPropsMap {
    return this.node.typeProps(this.#type)
  }

  protected write(props: BucketPropsMap): Promise<void> {
    return this.node.setTypeProps(this.#type, props)
  }

  protected whyNot(): string {
    return latin1(this.#type) === 'default' ? 'no_default_update' : 'undefined'
  }
}
