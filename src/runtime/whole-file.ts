/** A file behind the port: written beside, made durable, then renamed. */

import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

import type { WholeFile } from '../kernel/ports.ts'

/** Written at once: a piece is copied out of shared memory, and a longer copy would hold up the pages. */
const pieceBytes = 1_048_576

/** For its owner only. @param path - its folder is made where it is missing. */
export function wholeFile(path: string): WholeFile {
  return {
    async read() {
      const handle = await open(path, 'r').catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
        throw error
      })
      if (handle === undefined) return undefined
      try {
        const { size } = await handle.stat()
        const bytes = new Uint8Array(new SharedArrayBuffer(size))
        let at = 0
        while (at < size) {
          const { bytesRead } = await handle.read(bytes, at, size - at, at)
          if (bytesRead === 0) break
          at += bytesRead
        }
        return bytes.subarray(0, at)
      } finally {
        await handle.close()
      }
    },

    async replace(bytes) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const beside = `${path}.new`
      const handle = await open(beside, 'w', 0o600)
      try {
        for (let at = 0; at < bytes.length; at += pieceBytes) {
          await handle.writeFile(bytes.slice(at, at + pieceBytes))
        }
        await handle.sync()
      } catch (error) {
        await rm(beside, { force: true })
        throw error
      } finally {
        await handle.close()
      }
      await rename(beside, path)
      await syncFolder(dirname(path))
    },
  }
}

/** Names in a folder are durable, too. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } catch (error) {
    // Where folders cannot be synced, the system does it in its own time.
    if (!(error instanceof Error && 'code' in error && error.code === 'EINVAL')) throw error
  } finally {
    await handle.close()
  }
}
