/**
 * What an export is made of: the manifest, the sums, the lines of records. Read and written here alone.
 *
 *     manifest.json   what this is, of which site, when, how much; written last
 *     SHA256SUMS      hash and name of every other file, as `sha256sum -c` reads them
 *     *.ndjson        one stored object a line: {"key":…,"type":…,"value":…}
 *     media/…         files, under the hash of their bytes
 *
 * A program reads every format up to its own and refuses a newer one in words. Within a format fields may
 * be added; whoever does not know them passes them by.
 */

import { z } from 'zod'

import { limits } from '../kernel/limits.ts'
import type { Copy, CopyType } from '../store/blog.ts'

/** The format that this program writes. */
export const exportFormat = 1

export const manifestName = 'manifest.json'
export const sumsName = 'SHA256SUMS'
/** All records of a JSON export; what belongs to no post of a Markdown export. */
export const recordsName = 'blog.ndjson'

export type Layout = 'json' | 'markdown'

export interface ExportCounts {
  readonly posts: number
  readonly revisions: number
  readonly drafts: number
  readonly comments: number
  readonly media: number
}

export interface Manifest {
  readonly ringpostExport: number
  readonly layout: Layout
  /** Of the program that wrote it. */
  readonly program: string
  readonly site: string
  /** The blog's public address then. */
  readonly url: string
  /** ISO 8601 UTC: each object is as it was at some moment between the two. */
  readonly begunAt: string
  readonly endedAt: string
  /** Commenters' mail addresses, and who sent a comment that still waits. */
  readonly addresses: boolean
  /** False: something that should be here is not. */
  readonly complete: boolean
  /** What, the first of them by name. */
  readonly gaps: readonly string[]
  readonly counts: ExportCounts
  /** SHA-256 (hex) of `SHA256SUMS`. */
  readonly sums: string
}

const countsSchema = z.looseObject({
  posts: z.int().min(0),
  revisions: z.int().min(0),
  drafts: z.int().min(0),
  comments: z.int().min(0),
  media: z.int().min(0),
})

const manifestSchema: z.ZodType<Manifest> = z.looseObject({
  ringpostExport: z.int().min(1),
  layout: z.enum(['json', 'markdown']),
  program: z.string(),
  site: z.string(),
  url: z.string(),
  begunAt: z.string(),
  endedAt: z.string(),
  addresses: z.boolean(),
  complete: z.boolean(),
  gaps: z.array(z.string()),
  counts: countsSchema,
  sums: z.string().regex(/^[0-9a-f]{64}$/),
})

export type ReadManifest =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  /** A manifest of something else, or none at all. */
  | { readonly kind: 'other' }
  /** In words, for people. */
  | { readonly kind: 'refused'; readonly reason: string }

export function readManifest(text: string): ReadManifest {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { kind: 'other' }
  }
  const mark = z.looseObject({ ringpostExport: z.int().min(1), program: z.string().optional() })
  const marked = mark.safeParse(json)
  if (!marked.success) return { kind: 'other' }
  const { ringpostExport: format, program } = marked.data
  if (format > exportFormat) {
    const by = program === undefined ? 'a newer ringpost' : `ringpost ${program}`
    const reason = `it is of format ${format}, written by ${by}; this program reads formats up to ${exportFormat}: bring ringpost up to date`
    return { kind: 'refused', reason }
  }
  const parsed = manifestSchema.safeParse(json)
  if (parsed.success) return { kind: 'manifest', manifest: parsed.data }
  const [issue] = parsed.error.issues
  const where = issue?.path.join('.') ?? ''
  return { kind: 'refused', reason: `its manifest is damaged (${where}: ${issue?.message ?? ''})` }
}

export function showManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`
}

/** With its line end. The value is written as its room writes it. */
export function recordLine({ key, type, json }: Copy): string {
  return `{"key":${JSON.stringify(key)},"type":"${type}","value":${json}}\n`
}

const types = [
  'posts',
  'revisions',
  'drafts',
  'comments',
  'media',
  'sites',
  'counters',
  'quarantine',
] as const satisfies readonly CopyType[]

const recordSchema = z.looseObject({
  key: z.string().min(1).max(limits.keyBytesMax),
  type: z.string(),
  value: z.unknown(),
})

/** @returns a sentence where it is no record. A type that this program does not know is one, too. */
export function readRecord(line: string): Copy | string {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    return 'it is no JSON'
  }
  const parsed = recordSchema.safeParse(json)
  if (!parsed.success) return 'it has not the fields key, type and value'
  const { key, type, value } = parsed.data
  if (isDeeperThan(limits.exportDepthMax, value)) return 'it is nested deeper than any record'
  const known = types.find((each) => each === type)
  if (known === undefined) return `records of the type ${JSON.stringify(type)} are not known`
  return { key, type: known, json: JSON.stringify(value ?? null) }
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((each) => isDeeperThan(levels - 1, each))
}

export function sumLine(hash: string, name: string): string {
  return `${hash}  ${name}\n`
}

/** @returns undefined where it is no line of sums, or names what no export would. */
export function readSumLine(
  line: string,
): { readonly hash: string; readonly name: string } | undefined {
  const match = /^([0-9a-f]{64}) [ *](.+)$/.exec(line)
  const [, hash, name] = match ?? []
  return hash !== undefined && name !== undefined && isSafeName(name) ? { hash, name } : undefined
}

/** Characters that file systems and shells leave alone, and no way out of the folder. */
export function isSafeName(name: string): boolean {
  const isPlain = (part: string): boolean =>
    part !== '' && !/^\.+$/.test(part) && !/[. ]$/.test(part) && !reserved.test(part)
  return (
    name.length <= 400 &&
    !/[\u0000-\u001f\u007f\\:*?"<>|]/.test(name) &&
    name.split('/').every(isPlain)
  )
}

/** Names that Windows keeps for its devices, with any ending. */
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i
