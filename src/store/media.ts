/**
 * Uploaded bytes, content-addressed: the same bytes are stored once, in chunks below Riak's size.
 *
 * Chunks are acknowledged before the value that names them, so that what can be found can be read.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { media as mediaRoom } from '../../buckets/media/room.ts'
import type { MediaValue } from '../../buckets/media/schema.ts'
import { OperationError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Media } from './blog.ts'
import { eachBounded } from './each.ts'
import { Issues } from './issues.ts'

import type { Objects } from './read-merge-write.ts'
import type { Settled } from './settled.ts'
import { unsettled } from './settled.ts'
import { isSiblingLimit } from './sibling-watch.ts'

const contentTypePattern = /^[\w.+-]+\/[\w.+-]+(?:\s*;\s*[\w-]+=[\w.+-]+)*$/

/** Media as copies of the store need them besides. */
export interface StoredMedia extends Media {
  /** Nothing is judged: what was stored once may be stored. */
  bring(
    bytes: Uint8Array,
    about: Pick<MediaValue, 'contentType' | 'names'>,
  ): Promise<{ readonly hash: string; readonly isNew: boolean; readonly isWritten: boolean }>
  /** The chunks in their order. @throws OperationError `BLOG_UNSETTLED` where one is not found. */
  chunks(value: MediaValue): AsyncIterable<Uint8Array>
}

export function openMedia(options: {
  readonly objects: Objects
  readonly settled: Settled
}): StoredMedia {
  const { objects, settled } = options

  const putChunk = async (hash: string, chunk: number, bytes: Uint8Array): Promise<void> => {
    const at = objects.at(mediaRoom.type, `${hash}/${chunk}`)
    const found = await objects.fetch(at, 'edit')
    // Equal by construction: a sibling more would be the same bytes again.
    if (found?.siblings.some((sibling) => isEqual(sibling.value, bytes)) === true) return
    try {
      await objects.send(
        at,
        { value: bytes, contentType: 'application/octet-stream' },
        found === undefined ? {} : { context: found.context },
      )
    } catch (error) {
      // The key names the hash of what it holds: where it is full of siblings, these bytes are there.
      if (!isSiblingLimit(error)) throw error
    }
  }

  const readChunk = async (value: MediaValue, chunk: number): Promise<Uint8Array> => {
    const key = `${value.hash}/${chunk}`
    const found = await objects.fetch(objects.at(mediaRoom.type, key), 'page')
    const last = value.byteLength - value.chunkBytes * (value.chunkCount - 1)
    const byteLength = chunk === value.chunkCount - 1 ? last : value.chunkBytes
    const sibling = found?.siblings.find((each) => each.value.length === byteLength)
    // The value that names it is a witness: the chunk exists.
    if (sibling === undefined) throw unsettled(`chunk ${key}`)
    return sibling.value
  }

  const readValue = async (hash: string): Promise<MediaValue | undefined> => {
    if (!/^[0-9a-f]{64}$/.test(hash)) return undefined
    const found = await objects.readSource(mediaRoom, hash, 'page')
    if (found === undefined) await settled.assertAbsent(`media ${hash}`)
    return found?.value
  }

  const store: StoredMedia['bring'] = async (bytes, about) => {
    const hash = bytesToHex(sha256(bytes))
    const known = (await objects.read(mediaRoom, hash, 'edit'))?.value
    const shape = known === undefined ? shapeOf(bytes) : known
    const { byteLength, chunkCount, chunkBytes } = shape
    if (known === undefined) {
      const chunks = Array.from({ length: chunkCount }, (_, chunk) => chunk)
      await eachBounded(chunks, limits.storeConcurrency, (chunk) =>
        putChunk(hash, chunk, bytes.subarray(chunk * chunkBytes, (chunk + 1) * chunkBytes)),
      )
    }
    const { contentType, names } = about
    const value = { hash, byteLength, chunkCount, chunkBytes, contentType, names }
    const { isWritten } = await objects.mergeInto(mediaRoom, hash, { schema: 1, ...value })
    return { hash, isNew: known === undefined, isWritten }
  }

  return {
    async put(input) {
      checkMedia(input)
      const { name, contentType } = input
      return (await store(input.bytes, { contentType, names: [name] })).hash
    },

    bring: store,

    async *chunks(value) {
      for (let chunk = 0; chunk < value.chunkCount; chunk++) yield await readChunk(value, chunk)
    },

    async beginning(hash) {
      const value = await readValue(hash)
      return value && readChunk(value, 0)
    },

    async read(hash) {
      const value = await readValue(hash)
      if (value === undefined) return undefined
      const chunks = Array.from({ length: value.chunkCount }, (_, chunk) => chunk)
      const parts = await eachBounded(chunks, limits.storeConcurrency, (chunk) =>
        readChunk(value, chunk),
      )
      const bytes = new Uint8Array(value.byteLength)
      let at = 0
      for (const part of parts) {
        bytes.set(part, at)
        at += part.length
      }
      if (bytesToHex(sha256(bytes)) !== value.hash) {
        throw new OperationError('BLOG_UNREADABLE_VALUE', `media ${hash}: its bytes are damaged`)
      }
      return { bytes, contentType: value.contentType }
    },
  }
}

function shapeOf(bytes: Uint8Array): Pick<MediaValue, 'byteLength' | 'chunkCount' | 'chunkBytes'> {
  const chunkBytes = limits.mediaChunkBytesMax
  const chunkCount = Math.max(1, Math.ceil(bytes.length / chunkBytes))
  return { byteLength: bytes.length, chunkCount, chunkBytes }
}

function checkMedia(input: Parameters<Media['put']>[0]): void {
  const issues = new Issues()
  issues.line('name', input.name, { charsMax: limits.aliasCharsMax, isRequired: true })
  if (!contentTypePattern.test(input.contentType)) issues.add('contentType', 'not a media type')
  issues.throwIfAny()
  if (input.bytes.length <= limits.mediaBytesMax) return
  throw new OperationError(
    'BLOG_TOO_LARGE',
    `a file of ${input.bytes.length} bytes; at most ${limits.mediaBytesMax} are taken`,
  )
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}
