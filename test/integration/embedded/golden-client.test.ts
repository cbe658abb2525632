/**
 * What Riak's official client saw of a real Riak 3.2.3, call by call, beside what it sees of the embedded
 * node: objects, siblings, conditions, indexes, properties, counters and the texts of errors. Clocks and
 * dates, which no two runs share, are masked; keys of an unsorted query are compared as a set.
 */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openListeningNode } from '../../support/listening-node.ts'
import type { ListeningNode } from '../../support/listening-node.ts'
import { capturesFolder, hasCaptures } from '../../support/pb-captures.ts'

test.runIf(!hasCaptures)('skipped: no captures of a real Riak beside this project', () => {
  console.log('what the official client saw is not compared: ../shared/captures is not there')
})

type Call = (
  options: object,
  done: (error: unknown, answer: unknown, data?: unknown) => void,
) => void
interface OfficialClient {
  readonly [method: string]: Call
}
interface StoredObject {
  setContentType(type: string): void
  setValue(value: unknown): void
  setBucket(name: string): void
  setBucketType(name: string): void
  setKey(key: string): void
  setUserMeta(pairs: readonly { key: string; value: string }[]): void
  addToIndex(name: string, value: unknown): void
}
interface Official {
  readonly Client: new (
    nodes: readonly string[],
    started: (error: unknown) => void,
  ) => OfficialClient
  readonly Commands: { readonly KV: { readonly RiakObject: new () => StoredObject } }
}

let embedded: ListeningNode
let client: OfficialClient
let official: Official

/** An argument of the captured form: what was answered, or `ERR` and the words. */
function call(method: string, options: object): Promise<readonly unknown[]> {
  return new Promise((resolve, reject) => {
    try {
      client[method]!(options, (error, answer, data) => {
        resolve([error ?? null, answer ?? null, data ?? null])
      })
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)))
    }
  })
}

function object(parts: {
  readonly value: unknown
  readonly contentType?: string
  readonly indexes?: Readonly<Record<string, unknown>>
  readonly meta?: Readonly<Record<string, string>>
}): StoredObject {
  const made = new official.Commands.KV.RiakObject()
  made.setContentType(parts.contentType ?? 'text/plain')
  made.setValue(parts.value)
  for (const [name, value] of Object.entries(parts.indexes ?? {})) made.addToIndex(name, value)
  const pairs = Object.entries(parts.meta ?? {}).map(([key, value]) => ({ key, value }))
  if (pairs.length > 0) made.setUserMeta(pairs)
  return made
}

const store = (options: object, parts: Parameters<typeof object>[0]) => () =>
  call('storeValue', { ...options, value: object(parts) })
const does = (method: string, options: object) => () => call(method, options)
const text = (value: string) => ({ value })

/** The context of what is stored at pb1/k now. */
async function contextOf(place: object): Promise<unknown> {
  const [, found] = await call('fetchValue', place)
  return (found as { readonly values: readonly { getVClock(): unknown }[] }).values[0]!.getVClock()
}

const pb1 = { bucket: 'pb1', key: 'k' }
const siblings = { bucketType: 'sib', bucket: 'pb1', key: 's' }
/** All results in one answer. */
const idx = { bucket: 'idx', stream: false }

/** By file and captured name, in the captured order; what is not here is another room's matter. */
const calls: Readonly<Record<string, Readonly<Record<string, () => Promise<readonly unknown[]>>>>> =
  {
    'pb-client.txt': {
      ping: () => bare('ping'),
      store2: store(
        { bucket: 'pb1', key: 'k2' },
        {
          value: { z: 1 },
          contentType: 'application/json',
          indexes: { n_int: 7, tag_bin: 't' },
          meta: { Who: 'me' },
        },
      ),
      fetch: does('fetchValue', { bucket: 'pb1', key: 'k2' }),
      'fetch-missing': does('fetchValue', { bucket: 'pb1', key: 'none' }),
      'fetch-badtype': does('fetchValue', { bucketType: 'nosuch', bucket: 'pb1', key: 'k' }),
      'fetch-r5': does('fetchValue', { ...pb1, r: 5 }),
      'store-w5': store({ ...pb1, w: 5 }, text('v')),
      'store-nokey': store({ bucket: 'pb1' }, text('v')),
      del: does('deleteValue', pb1),
      'fetch-deleted': does('fetchValue', pb1),
      '2i': does('secondaryIndexQuery', {
        ...idx,
        bucket: 'pb1',
        indexName: 'tag_bin',
        indexKey: 't',
      }),
      '2i-range': does('secondaryIndexQuery', {
        ...idx,
        indexName: 'n_int',
        rangeStart: 1,
        rangeEnd: 3,
        returnKeyAndIndex: true,
      }),
      '2i-page': does('secondaryIndexQuery', {
        ...idx,
        indexName: 'n_int',
        rangeStart: 1,
        rangeEnd: 3,
        maxResults: 2,
      }),
      '2i-badfield': does('secondaryIndexQuery', { ...idx, indexName: 'foo', indexKey: 'x' }),
      props: does('fetchBucketProps', { bucket: 'pb1' }),
      'props-type': does('fetchBucketTypeProps', { bucketType: 'sib' }),
      'props-badtype': does('fetchBucketTypeProps', { bucketType: 'nosuch' }),
      storeprops: does('storeBucketProps', { bucket: 'pb2', allowMult: true }),
      counter: does('updateCounter', { ...counterAt('n'), increment: 2 }),
      'counter-fetch': does('fetchCounter', counterAt('n')),
      'counter-wrongtype': does('updateCounter', { ...counterAt('n', 'sets'), increment: 2 }),
      'counter-notdt': does('updateCounter', { ...counterAt('n', 'sib'), increment: 2 }),
      search: does('search', { indexName: 'x', q: '*:*' }),
      fetchIndex: does('fetchIndex', {}),
      storeIndex: does('storeIndex', { indexName: 'x' }),
      fetchSchema: does('fetchSchema', { schemaName: 'x' }),
      big52: store({ bucket: 'pb1', key: 'big' }, text('x'.repeat(52_600_000))),
      ifnonematch: store({ bucket: 'pb1', key: 'fresh', ifNoneMatch: true }, text('v')),
      'ifnotmodified-novclock': store({ bucket: 'pb1', key: 'k2', ifNotModified: true }, text('v')),
      pw3: store({ bucket: 'pb1', key: 'k3', pw: 3 }, text('v')),
    },
    'pb-client-2.txt': {
      store: store(
        { ...pb1, returnBody: true, convertToJs: false },
        { value: { a: 1 }, contentType: 'application/json' },
      ),
      'ifnonematch-existing': store({ ...pb1, ifNoneMatch: true }, text('v')),
      'ifnotmodified-fresh': async () =>
        call('storeValue', {
          ...pb1,
          ifNotModified: true,
          vclock: await contextOf(pb1),
          value: object({ value: { a: 2 }, contentType: 'application/json' }),
        }),
      'ifnotmodified-stale': store({ ...pb1, ifNotModified: true }, text('v')),
      headOnly: does('fetchValue', { ...pb1, headOnly: true }),
      '2i-badfield': does('secondaryIndexQuery', { ...idx, indexName: 'foo', indexKey: 'x' }),
      '2i-badint': does('secondaryIndexQuery', { ...idx, indexName: 'n_int', indexKey: 'abc' }),
      'store-badindex': store(pb1, { value: 'v', indexes: { bad: 'x' } }),
      emptykey: does('fetchValue', { bucket: 'pb1', key: Buffer.alloc(0) }),
      'delete-missing': does('deleteValue', { bucket: 'pb1', key: 'never' }),
    },
  }

function counterAt(key: string, bucketType = 'counters'): object {
  return { bucketType, bucket: 'pb1', key }
}

/** These take their callback first. */
function bare(method: 'ping' | 'stop'): Promise<readonly unknown[]> {
  return new Promise((resolve) => {
    const done = (error: unknown, answer: unknown): void => {
      resolve([error ?? null, answer ?? null])
    }
    client[method]!(done, () => undefined)
  })
}

function capturedLines(file: string): ReadonlyMap<string, readonly unknown[]> {
  const lines = readFileSync(new URL(file, capturesFolder), 'utf8').split('\n')
  const found = lines.flatMap((line): [string, readonly unknown[]][] => {
    const [, name, answer] = /^(\S+) (\[.*\])$/.exec(line) ?? []
    return name === undefined || answer === undefined
      ? []
      : [[name, JSON.parse(answer) as readonly unknown[]]]
  })
  return new Map(found)
}

/** An answer without what no two runs share, and the captured words of an error without its wrapping. */
function comparable(answer: readonly unknown[]): unknown {
  const plain = JSON.parse(JSON.stringify(answer, asText)) as readonly [string | null, unknown]
  const [error, value] = plain
  if (error !== null) return { error: wordsOf(error) }
  return JSON.parse(JSON.stringify(value), mask) as unknown
}

/** Bytes were captured as text; `toJSON` has been called already when this is. */
function asText(_key: string, value: unknown): unknown {
  const isBytes = typeof value === 'object' && value !== null && 'type' in value && 'data' in value
  if (!isBytes || value.type !== 'Buffer') return value
  return Buffer.from(value.data as number[]).toString()
}

function wordsOf(error: string): readonly string[] {
  const quoted = /^ERR (?:undefined )?(".*")$/s.exec(error)?.[1]
  const words = quoted === undefined ? error : (JSON.parse(quoted) as string)
  // A crash is compared up to where the state of that server begins.
  const lines = words.split('\n')
  const end = lines.findIndex((line) => line.includes('{state,'))
  return end === -1 ? [words.replace(/52\d{6}/, '<large>')] : lines.slice(0, end)
}

function mask(key: string, value: unknown): unknown {
  if (value === null || value === undefined) return value
  if (key === 'vclock') return 'clock'
  if (key === 'lastModified') return typeof value
  if (key === 'generatedKey') return typeof value
  if (key === 'vtag') return undefined
  if (key === 'continuation') return 'g2gCYQJtAAAAAmsy'
  if (key === 'values' && Array.isArray(value))
    return value.map((one) => JSON.stringify(one)).sort()
  return value
}

describe.runIf(hasCaptures)('the official client against the embedded node', () => {
  beforeAll(async () => {
    embedded = await openListeningNode()
    const { bucketTypes } = embedded.node
    for (const [type, props] of [
      ['sib', []],
      ['counters', [['datatype', 'counter'] as const]],
      ['sets', [['datatype', 'set'] as const]],
    ] as const) {
      await bucketTypes.create(type, new Map(props))
      await bucketTypes.activate(type)
    }
    official = createRequire(import.meta.url)('basho-riak-client') as Official
    client = await new Promise<OfficialClient>((resolve, reject) => {
      const made: OfficialClient = new official.Client(
        [`127.0.0.1:${embedded.listener.port}`],
        (error) => {
          if (error === undefined || error === null) resolve(made)
          else reject(new Error(JSON.stringify(error)))
        },
      )
    })
    for (let n = 1; n <= 5; n++) {
      const value = object({ value: 'v', indexes: { n_int: n } })
      await call('storeValue', { bucket: 'idx', key: `k${n}`, value })
    }
  })

  afterAll(async () => {
    await bare('stop')
    await embedded.close()
  })

  for (const [file, named] of Object.entries(calls)) {
    const captured = hasCaptures ? capturedLines(file) : new Map<string, readonly unknown[]>()
    for (const [name, run] of Object.entries(named)) {
      test(`${file} ${name}`, async () => {
        expect(captured.has(name)).toBe(true)
        expect(comparable(await run())).toEqual(comparable(captured.get(name)!))
      })
    }
  }

  test('two stores without a context make two siblings, which returnBody shows with the third', async () => {
    for (const value of ['a', 'b']) await store(siblings, { value })()
    const [, found] = await call('fetchValue', siblings)
    const { values } = found as { readonly values: readonly { readonly value: Buffer }[] }
    expect(values.map(({ value }) => String(value)).toSorted()).toEqual(['a', 'b'])
    const [, stored] = await store({ ...siblings, returnBody: true }, { value: 'c' })()
    expect((stored as { readonly values: readonly unknown[] }).values.length).toBe(3)
  })
})
