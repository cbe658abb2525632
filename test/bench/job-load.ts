/**
 * Worker: the tag job as the product runs it, through the facade of the build: pages of a thousand keys of
 * `$bucket`, each mapped over by `map_tags`, the rows parsed.
 */

import { jobKey, jobPost, jobPostCount, tagsOfPost } from './job-posts.ts'
import { built } from './built.ts'
import { connectBuilt } from './connect-built.ts'
import type * as jobModule from '../../mapreduce/job.ts'
import type { JobLanguage } from '../../mapreduce/job.ts'
import type { RiakKv } from '../../src/riak/riak-kv.ts'
import type * as pagesModule from '../../src/store/source-pages.ts'
import { answerParent } from './worker.ts'

export interface JobTimes {
  readonly ms: number
  /** Of each page. */
  readonly pages: readonly number[]
}

export type JobLoad = {
  fill: (at: { readonly address: string }) => Promise<void>
  run: (of: { readonly language: JobLanguage }) => Promise<JobTimes>
  close: (none: object) => Promise<void>
}

const of = { type: 'posts', bucket: 'bench' }
let riak: RiakKv | undefined

function opened(): RiakKv {
  if (riak === undefined) throw new Error('nothing is connected yet')
  return riak
}

answerParent({
  async fill({ address }) {
    riak = await connectBuilt(address)
    let next = 0
    const fillSome = async (): Promise<void> => {
      for (let n = next++; n < jobPostCount; n = next++) {
        const content = { value: jobPost(n), contentType: 'application/json' }
        await opened().put({ ...of, key: jobKey(n) }, content)
      }
    }
    await Promise.all(Array.from({ length: 32 }, fillSome))
  },

  async run({ language }) {
    const { jobInputs, jobPhases, parsePostRows } = await built<typeof jobModule>('mapreduce/job')
    const { pageKeys } = await built<typeof pagesModule>('src/store/source-pages')
    const query = jobPhases(language, 'map_tags', of)
    const pages: number[] = []
    const beganMs = performance.now()
    let rowCount = 0
    let pageBeganMs = beganMs
    for await (const keys of pageKeys(opened(), of)) {
      const results = await opened().mapReduce({ inputs: jobInputs(of, keys), query })
      const { rows, unresolved, unknown } = parsePostRows(results)
      if (unresolved.length + unknown.length > 0) throw new Error('rows that are none')
      rowCount += rows.length
      const now = performance.now()
      pages.push(now - pageBeganMs)
      pageBeganMs = now
    }
    const ms = performance.now() - beganMs
    if (rowCount !== jobPostCount * tagsOfPost) throw new Error(`${rowCount} rows`)
    return { ms, pages }
  },

  async close() {
    await riak?.stop()
  },
} satisfies JobLoad)
