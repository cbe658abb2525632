/** Exports of a blog, and what comes of them, in folders of their own. */

import { join } from 'node:path'
import { expect } from 'vitest'

import { counterType } from '../../buckets/counters/props.ts'
import { exportTo, type PlacedExport } from '../../src/export/export-to.ts'
import type { Manifest } from '../../src/export/format.ts'
import { openOwnArchive } from '../../src/import/own/own-archive.ts'
import { bringExport, type OwnReport } from '../../src/import/own/own-run.ts'
import type { Blog } from '../../src/store/blog.ts'
import type { MemoryRiakKv } from '../../src/riak/memory-riak-kv.ts'
import { blogOn, memoryRiak } from './open-blog.ts'
import { freshFolder } from './program.ts'
import { realClock } from './real-clock.ts'

/** A blog on a cluster of its own, with a type for counters. */
export async function newBlog(): Promise<{ readonly blog: Blog; readonly riak: MemoryRiakKv }> {
  const riak = memoryRiak()
  await riak.setTypeProps(counterType.type, counterType.props)
  return { blog: await blogOn(riak), riak }
}

export interface Exported {
  readonly manifest: Manifest
  /** What was told as missing. */
  readonly missing: readonly string[]
}

export async function exported(
  blog: Blog,
  place: string,
  options: Partial<PlacedExport> = {},
): Promise<Exported> {
  const missing: string[] = []
  const manifest = await exportTo(place, {
    blog,
    clock: realClock(),
    replace: false,
    layout: 'json',
    addresses: true,
    isPaced: false,
    program: '0.0.0',
    url: 'https://blog.example',
    listener: {
      found: () => undefined,
      done: () => undefined,
      missing: (what) => missing.push(what),
    },
    ...options,
  })
  return { manifest, missing }
}

export interface Brought {
  readonly report: OwnReport
  /** What was told as failed: `what: reason`. */
  readonly failed: readonly string[]
}

export async function brought(blog: Blog, place: string): Promise<Brought> {
  const archive = await openOwnArchive(place)
  expect(archive, `${place} is an export`).toBeDefined()
  const failed: string[] = []
  try {
    const report = await bringExport(archive!, {
      blog,
      clock: realClock(),
      listener: {
        found: () => undefined,
        done: () => undefined,
        failed: (what, reason) => failed.push(`${what}: ${reason}`),
      },
    })
    await blog.settle()
    return { report, failed }
  } finally {
    await archive!.close()
  }
}

/** Posts and all else as `created updated unchanged failed`. */
export function sums(
  report: OwnReport,
): readonly [created: number, updated: number, unchanged: number, failed: number] {
  const all = Object.values(report.of)
  const sum = (name: keyof (typeof all)[number]): number =>
    all.reduce((total, counts) => total + counts[name], 0)
  return [sum('created'), sum('updated'), sum('unchanged'), sum('failed')]
}

/** A folder for exports; removed with `remove`. */
export function exportsFolder(): { at(name: string): string; remove(): void } {
  const { path, remove } = freshFolder('export')
  return { at: (name) => join(path, name), remove }
}
