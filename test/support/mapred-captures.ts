/** Jobs that a real Riak 3.2.3 ran, with what it answered, from the captures beside this project. */

import { readFileSync, readdirSync } from 'node:fs'

import { atom, tuple } from '../../src/causality/external-term.ts'
import type { EmbeddedRiakNode } from '../../src/embedded/node.ts'
import { FunctionError } from '../../src/embedded/mapreduce/job-errors.ts'
import { libraryFolder } from '../../src/embedded/mapreduce/erlang-stack.ts'
import type {
  Json,
  MapFunction,
  ReduceFunction,
  RegisteredModules,
} from '../../src/embedded/mapreduce/functions.ts'
import { capturesFolder } from './pb-captures.ts'
import { bytes, bucketId, withType } from './open-embedded.ts'

export interface CapturedJob {
  /** Its number: `002`. */
  readonly id: string
  readonly name: string
  readonly body: string
  readonly isChunked: boolean
  /** undefined: nothing was answered. */
  readonly answer:
    { readonly status: number; readonly contentType: string; readonly body: string } | undefined
}

/** Every captured job over HTTP, by number. One character is one byte. */
export function readJobs(): readonly CapturedJob[] {
  const folder = new URL('mapred/', capturesFolder)
  return readdirSync(folder)
    .filter((file) => file.endsWith('.http'))
    .toSorted()
    .map((file) => {
      const text = readFileSync(new URL(file, folder), 'latin1')
      const [command = ''] = text.split('\n', 1)
      const [, quoted, bare] = / -d (?:'(.*?)'|(\S+)) '?http/.exec(command) ?? []
      const [, id = '', name = ''] = /^([0-9a-z]+)-(.*)\.http$/.exec(file) ?? []
      return {
        id,
        name,
        body: quoted ?? bare ?? '',
        isChunked: command.includes('?chunked=true'),
        answer: answerOf(text.slice(command.length + 1)),
      }
    })
}

function answerOf(reply: string): CapturedJob['answer'] {
  const end = reply.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const head = reply.slice(0, end)
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1])
  const contentType = /^Content-Type: (.*)$/m.exec(head)?.[1]?.trim() ?? ''
  // The file ends with a line feed of its own.
  return { status, contentType, body: reply.slice(end + 4).replace(/\n$/, '') }
}

/** What the captured node held (its README). */
export async function loadCapturedData(node: EmbeddedRiakNode): Promise<void> {
  const put = async (
    [type, bucket, key]: readonly [type: string, bucket: string, key: string],
    value: string | Uint8Array,
    more: Partial<Parameters<EmbeddedRiakNode['put']>[2]> = {},
  ): Promise<void> => {
    const content = { value: Buffer.from(value), contentType: 'text/plain', ...more }
    await node.put(bucketId(type, bucket), bytes(key), content, {})
  }
  for (let n = 1; n <= 8; n++) {
    await put(['default', 'num', String(n)], String(n))
    const tags = [`t${n % 2}`, `u${n % 3}`]
    await put(['default', 'posts', `2026-0${n}-post${n}`], JSON.stringify({ n, tags }), {
      contentType: 'application/json',
      indexes: [
        { field: 'n_int', value: bytes(String(n)) },
        { field: 'tag_bin', value: bytes('all') },
        { field: 'tag_bin', value: bytes(`t${n % 2}`) },
      ],
    })
  }
  const link = (bucket: string, key: string, tag: string) => ({
    bucket: bytes(bucket),
    key: bytes(key),
    tag: bytes(tag),
  })
  await put(['default', 'links', 'a'], 'links', {
    links: [
      link('num', '3', 'next'),
      link('posts', '2026-01-post1', 'next'),
      link('posts', '2026-02-post2', 'prev'),
    ],
  })
  await put(['default', 'bad', 'k'], 'notjson')
  await put(['default', 'bad', 'bin'], Buffer.of(0xff, 0xfe))
  await withType(node, 'sib', { allow_mult: true, dvv_enabled: true })
  await put(['sib', 's', 'x'], 'one')
  await put(['sib', 's', 'x'], 'two')
  await put(['sib', 's', 'y'], 'single')
}

/** The captured node's own module: `[tag, key]` of each tag of a JSON object, and a sort. */
const mapTags: MapFunction = ({ key, values }) => {
  if (values === undefined) return []
  const text = Buffer.from(values[0]!.value)
  let json: Json
  try {
    json = JSON.parse(text.toString()) as Json
  } catch {
    throw new FunctionError(tuple(atom('case_clause'), text))
  }
  const tags = isObject(json) ? json['tags'] : undefined
  if (!Array.isArray(tags)) throw new FunctionError(tuple(atom('badmatch'), json as number))
  return (tags as readonly string[]).map((tag) => [tag, key])
}

function isObject(json: Json): json is { readonly [name: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

const reduceTags: ReduceFunction = (values) =>
  values.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))

export const capturedModules: RegisteredModules = new Map([
  ['probe_tags', { map: { map_tags: mapTags }, reduce: { reduce_tags: reduceTags } }],
])

/** A text without what no two runs share: folders, clocks, tags, dates, partitions. */
export function masked(text: string): string {
  return (
    text
      .replaceAll(libraryFolder, '/build/lib/')
      // Vtags and dates are printed as lists of their characters, over lines of their own.
      .replace(/(X-Riak-VTag\\?">>),[0-9,\s]*\]/g, '$1,VTAG]')
      .replace(/(<<\\?"X-Ri\w*(?:-V)?\\?"\.\.\.>>)(?:,\d+)+/g, '$1,VTAG')
      .replace(/\{1795,\d+,\d+\}/g, 'DATE')
      .replace(/<<\d+(?:,\d+)*(,\.\.\.)?>>,\s*\{(\d+),\d{11}\}/g, '<<ACTOR$1>>,{$2,TIME}')
      // How many slots fit before the cut depends on the digits of clocks.
      .replace(/(?:\[\],)+\.\.\./g, '[],...')
      .replace(/\d{40,}/g, 'PARTITION')
      .replace(/boundary=\w+|^--\w{20,}/gm, 'BOUNDARY')
  )
}
