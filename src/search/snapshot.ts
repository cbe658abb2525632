/**
 * The index as bytes: written whole, read whole, judged before it is believed.
 *
 *     "RPSEARCH" │ format │ length │ CRC-32 of what follows │ header (JSON) │ sections …
 *
 * Sections are the columns and blocks as they stand in memory, each at a multiple of eight bytes, so
 * that reading is copying. Little-endian; a machine that is not makes its index anew.
 *
 * The bytes are shared memory: they go from the thread of the index to the one that writes the file
 * without being copied.
 */

import { crc32 } from 'node:zlib'

import { blockBytes } from './byte-lists.ts'
import type { SavedLists } from './byte-lists.ts'
import { Documents } from './documents.ts'
import { Postings } from './postings.ts'
import { SearchIndex } from './search-index.ts'
import { Vocabulary } from './vocabulary.ts'

/** Raised whenever an older index would find something else: how words are cut, what is kept of them. */
const format = 2
const magic = Buffer.from('RPSEARCH', 'latin1')
const preambleBytes = 20

/** What the index was made of. */
export interface SnapshotFacts {
  readonly site: string
  /** Every change up to here (epoch ms) is in it. */
  readonly markMs: number
  /** False: the archive was not read to its end yet. */
  readonly isWhole: boolean
}

interface Header extends SnapshotFacts {
  /** Of the documents, and of the places. */
  readonly lists: readonly { readonly used: number; readonly blocks: number }[]
  readonly sections: readonly number[]
}

/** An index that was saved, or why it cannot be used. */
export type Loaded =
  | { readonly kind: 'index'; readonly index: SearchIndex; readonly facts: SnapshotFacts }
  | { readonly kind: 'unusable'; readonly reason: string }

const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1
const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8

/** @returns bytes over a SharedArrayBuffer; undefined on a machine whose numbers are the other way round. */
export function encodeSnapshot(index: SearchIndex, facts: SnapshotFacts): Uint8Array | undefined {
  if (!isLittleEndian) return undefined
  const documents = index.documents.save()
  const postings = index.postings.save(index.vocabulary.size)
  const lists = [postings.documents, postings.places]
  const sections: readonly Uint8Array[] = [
    Buffer.from(documents.ids.join('\n')),
    Buffer.from(index.vocabulary.words.join('\n')),
    ...[
      index.vocabulary.sorted,
      ...documents.numbers,
      documents.states,
      documents.lengths,
      ...postings.columns,
      ...lists.flatMap(({ columns }) => columns),
    ].map(asBytes),
    ...lists.flatMap(({ blocks }) => blocks),
  ]
  const header: Header = {
    ...facts,
    lists: lists.map(({ used, blocks }) => ({ used, blocks: blocks.length })),
    sections: sections.map((section) => section.byteLength),
  }
  const head = Buffer.from(JSON.stringify(header))
  const first = aligned(preambleBytes + head.length)
  const length = sections.reduce((at, section) => at + aligned(section.byteLength), first)
  const bytes = new Uint8Array(new SharedArrayBuffer(length))
  const view = new DataView(bytes.buffer)
  bytes.set(magic)
  view.setUint32(8, format, true)
  view.setUint32(12, head.length, true)
  bytes.set(head, preambleBytes)
  let at = first
  for (const section of sections) {
    bytes.set(section, at)
    at += aligned(section.byteLength)
  }
  view.setUint32(16, crc32(bytes.subarray(preambleBytes)), true)
  return bytes
}

/** Never throws: what is not a whole snapshot of this site and format is unusable. */
export function decodeSnapshot(bytes: Uint8Array, site: string, bytesMax?: number): Loaded {
  const unusable = (reason: string): Loaded => ({ kind: 'unusable', reason })
  if (!isLittleEndian) return unusable('it is of another kind of machine')
  const isOurs = bytes.length > preambleBytes && magic.every((byte, at) => bytes[at] === byte)
  if (!isOurs) return unusable('it is no search index')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const found = view.getUint32(8, true)
  if (found !== format) return unusable(`it has format ${found}, this version reads ${format}`)
  if (view.getUint32(16, true) !== crc32(bytes.subarray(preambleBytes))) {
    return unusable('it is damaged')
  }
  const headBytes = view.getUint32(12, true)
  // The checksum has proven that these are the bytes which `encodeSnapshot` wrote.
  const header = JSON.parse(
    textOf(bytes.subarray(preambleBytes, preambleBytes + headBytes)),
  ) as Header
  if (header.site !== site) return unusable(`it is of the site ${header.site}`)
  const { markMs, isWhole } = header
  const sections = sectionsOf(bytes, aligned(preambleBytes + headBytes), header.sections)
  return {
    kind: 'index',
    index: assemble(sections, header.lists, bytesMax),
    facts: { site, markMs, isWhole },
  }
}

function sectionsOf(
  bytes: Uint8Array,
  first: number,
  lengths: readonly number[],
): readonly Uint8Array[] {
  let at = first
  return lengths.map((length) => {
    const section = bytes.subarray(at, at + length)
    at += aligned(length)
    return section
  })
}

/** Of the postings, and of each of their lists. */
const postingColumns = 2
const listColumns = 4

function assemble(
  sections: readonly Uint8Array[],
  kinds: Header['lists'],
  bytesMax: number | undefined,
): SearchIndex {
  const [ids = none, words = none, sorted, versions, changes, showings, states, lengths, ...rest] =
    sections
  const columns = rest.splice(0, postingColumns).map(asUint32)
  const columnsOf = kinds.map(() => rest.splice(0, listColumns).map(asUint32))
  const [documents = noLists, places = noLists] = kinds.map(
    ({ used, blocks }, kind): SavedLists => ({
      columns: columnsOf[kind] ?? [],
      blocks: rest.splice(0, blocks).map(asBlock),
      used,
    }),
  )
  return new SearchIndex(bytesMax, {
    documents: Documents.load({
      ids: linesOf(ids),
      numbers: [versions, changes, showings].map(asFloat64),
      states: asUint32(states),
      lengths: asUint32(lengths),
    }),
    vocabulary: Vocabulary.of(linesOf(words), asUint32(sorted)),
    postings: Postings.load({ columns, documents, places }),
  })
}

const none = new Uint8Array(0)
const noLists: SavedLists = { columns: [], blocks: [], used: 0 }

function asBlock(section: Uint8Array): Uint8Array {
  const block = new Uint8Array(blockBytes)
  block.set(section)
  return block
}

function linesOf(bytes: Uint8Array): readonly string[] {
  return bytes.length === 0 ? [] : textOf(bytes).split('\n')
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

function asBytes(column: Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength)
}

function asUint32(bytes: Uint8Array = none): Uint32Array {
  return new Uint32Array(bytes.slice().buffer)
}

function asFloat64(bytes: Uint8Array = none): Float64Array {
  return new Float64Array(bytes.slice().buffer)
}
