/** An export at its place on the disk: grown beside it, put there when it is whole. */

import { join } from 'node:path'

import { folderWriter, zipWriter } from './archive-writer.ts'
import { exportBlog, type ExportRequest } from './export-run.ts'
import { openSpool } from './file-spool.ts'
import type { Manifest } from './format.ts'
import { openWorkspace } from './workspace.ts'

export interface PlacedExport extends Omit<ExportRequest, 'writer' | 'spool'> {
  /** An older export at the place may go. */
  readonly replace: boolean
}

/**
 * @param place - a folder, or a file that ends in `.zip`.
 * @throws PlaceTakenError; StoreError where the store went away; the system's error where the disk did.
 */
export async function exportTo(place: string, options: PlacedExport): Promise<Manifest> {
  const workspace = await openWorkspace(place, { replace: options.replace, pid: process.pid })
  try {
    const spool = await openSpool(join(workspace.folder, 'sums'))
    const writer = isZip(place) ? zipWriter(workspace.whole) : folderWriter(workspace.whole)
    let manifest: Manifest
    try {
      manifest = await exportBlog({ ...options, writer, spool })
      await writer.finish()
    } finally {
      await writer.abandon()
      await spool.close()
    }
    await workspace.publish()
    return manifest
  } finally {
    await workspace.discard()
  }
}

function isZip(place: string): boolean {
  return /\.zip$/i.test(place)
}
