/**
 * The two blogs that are judged.
 *
 * The sample: every kind of text in a few posts, over the fake store. The real one: the Node.js blog,
 * imported into the real program once for the whole run (`set-up.ts`).
 */

import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { inject } from 'vitest'

import type { FakeBlog } from '../support/fake-blog.ts'
import { fillSampleBlog } from '../support/sample-blog.ts'
import type { Search } from '../../src/search/search.ts'
import { searchOn } from '../support/open-search.ts'
import { until } from '../support/program.ts'
import { openTestApp } from '../support/test-app.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Origin of the real program over the Node.js blog; empty where `../shared/data` is missing. */
    realBlog: string
  }
}

export interface ServedSample {
  readonly url: string
  readonly blog: FakeBlog
  readonly close: () => void
}

/** The sample blog on a port of its own. */
export async function serveSample(): Promise<ServedSample> {
  const opened: { search?: Search } = {}
  const app = openTestApp({
    publicUrl: 'http://127.0.0.1',
    search: ({ blog, log }) => (opened.search = searchOn(blog, { log })),
  })
  await fillSampleBlog(app.blog)
  opened.search?.start()
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
  await new Promise<void>((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await until('the search has read the sample', 20_000, async () =>
    (await (await fetch(`${url}/search?q=consistency`)).text()).includes('<mark>'),
  )
  const close = (): void => {
    server.close()
    void opened.search?.stop()
  }
  return { url, blog: app.blog, close }
}

/** Origin of the real blog; undefined where its data is missing. */
export function realBlog(): string | undefined {
  const url = inject('realBlog')
  return url === '' ? undefined : url
}

/** Every kind of public page of the sample, one of each. */
export const samplePaths: readonly string[] = [
  '/',
  '/?page=2',
  '/posts/everything',
  '/posts/everything?comment=held',
  '/posts/short',
  '/pages/imprint',
  '/about',
  '/tags',
  '/tags/riak',
  '/archive',
  '/archive/2016',
  '/archive/2016/03',
  '/search',
  '/search?q=consistency',
  '/search?q=zzzz',
  '/posts/nothing',
]

/** The same of the Node.js blog: a short post, a post of ordinary length, one of 2,000 lines. */
export const realPaths: readonly string[] = [
  '/',
  '/?page=20',
  '/posts/v8.0.0',
  '/tags',
  '/tags/release',
  '/archive',
  '/archive/2017',
  '/archive/2017/05',
]

/** A post of the Node.js blog of ordinary length: 7 kB of Markdown with headings and code. */
export const ordinaryPost = '/posts/npm-1-0-link'
