/** Lines kept in a file of the workspace until they are wanted. */

import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'

import type { LineSpool } from './export-run.ts'
import { limits } from '../kernel/limits.ts'

/** @param path - of a file that is not there yet. */
export async function openSpool(path: string): Promise<LineSpool & { close(): Promise<void> }> {
  const handle = await open(path, 'wx', 0o600)
  let isOpen = true
  let held: string[] = []
  let chars = 0
  const flush = async (): Promise<void> => {
    await handle.writeFile(held.join(''))
    held = []
    chars = 0
  }
  const close = async (): Promise<void> => {
    if (isOpen) await handle.close()
    isOpen = false
  }
  return {
    write: async (line) => {
      held.push(line)
      chars += line.length
      if (chars >= limits.exportBlockBytes) await flush()
    },
    async *read() {
      await flush()
      await close()
      yield* createReadStream(path) as AsyncIterable<Uint8Array>
    },
    close,
  }
}
