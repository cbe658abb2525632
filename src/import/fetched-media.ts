/**
 * Files of the old site that are still on it, fetched: only where a person asked for it (`--fetch-media`).
 *
 * Invariants: each address is asked for once in a run; a few at once; their bytes wait in a folder of their own
 * until they are stored, not in memory. Whatever fails is noted, and the text's link stays as it is.
 * Not here: which addresses may be asked at all (`runtime/public-downloads.ts`).
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { limits } from '../kernel/limits.ts'
import type { Downloads } from '../kernel/ports.ts'
import type { BroughtFile, Note } from './brought.ts'
import { contentTypeOf, endingOf } from './file-types.ts'
import { realTypeOf } from './real-type.ts'

export interface FetchedMedia {
  /** @param address - http or https. */
  fetch(address: string, notes: Note[]): Promise<BroughtFile | undefined>
  /** Nothing of what was fetched can be read any more. */
  close(): Promise<void>
}

/** Of a run that only tries: told, and not fetched. */
export const fetchesNothing: FetchedMedia = {
  fetch: (address, notes) => {
    notes.push({ kind: 'files of the old site that would be fetched', text: address.slice(0, 200) })
    return Promise.resolve(undefined)
  },
  close: () => Promise.resolve(),
}

export async function openFetchedMedia(downloads: Downloads): Promise<FetchedMedia> {
  const folder = await mkdtemp(join(tmpdir(), 'ringpost-fetched-'))
  const known = new Map<string, Promise<BroughtFile | string>>()
  const failures = new Map<string, number>()
  const inTurn = turns(limits.fetchesAtOnce)

  const fetchOne = async (address: string): Promise<BroughtFile | string> => {
    const host = URL.canParse(address) ? new URL(address).host : ''
    if ((failures.get(host) ?? 0) >= limits.fetchHostFailuresMax) {
      return `${host} did not answer several times, and was not asked again`
    }
    const got = await downloads.get(address, limits.mediaBytesMax)
    if (!(got instanceof Uint8Array)) {
      failures.set(host, got.isUnreachable ? (failures.get(host) ?? 0) + 1 : 0)
      return got.reason
    }
    failures.delete(host)
    const contentType = realTypeOf(got)
    if (contentType === undefined) return 'it is no picture, document, film or sound'
    const hash = bytesToHex(sha256(got))
    const path = join(folder, hash)
    await writeFile(path, got, { mode: 0o600 })
    return { hash, name: nameOf(address, contentType), contentType, bytes: () => readFile(path) }
  }

  return {
    async fetch(address, notes) {
      let found = known.get(address)
      if (found === undefined) {
        found = inTurn(() => fetchOne(address))
        known.set(address, found)
      }
      const file = await found
      if (typeof file !== 'string') return file
      const kind = 'files that could not be fetched: their links stay'
      notes.push({ kind, text: `${address.slice(0, 200)}: ${file}` })
      return undefined
    },
    close: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Its name there, with the ending of what it really is. */
function nameOf(address: string, contentType: string): string {
  const last = new URL(address).pathname.split('/').at(-1) ?? ''
  let name = last
  try {
    name = decodeURIComponent(last)
  } catch {
    // A stray percent sign stands for itself.
  }
  const plain = name.replace(/[\p{Cc}/\\]/gu, '-').slice(-150)
  if (contentTypeOf(plain) === contentType) return plain
  return `${plain.replace(/\.\w{1,5}$/, '') || 'file'}.${endingOf(contentType) ?? 'bin'}`
}

/** Runs at most `atOnce` of what it is given at the same time, in order. */
function turns(atOnce: number): <T>(act: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (act) => {
    if (running >= atOnce) await new Promise<void>((go) => waiting.push(go))
    else running += 1
    try {
      return await act()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
