/** Whole pages over the real store, past the page cache: what each costs in Riak requests. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../src/http/app.tsx'
import { fill, type Filled, requests } from '../support/filled-blog.ts'
import { recordingLog } from '../support/open-blog.ts'
import { realClock } from '../support/real-clock.ts'

const small = 10
const large = 10_000

describe(`requests a whole page costs (${small} and ${large} posts)`, () => {
  const opened: (Filled & { readonly app: ReturnType<typeof createApp> })[] = []
  beforeAll(async () => {
    for (const posts of [small, large]) {
      const filled = await fill(posts)
      const app = createApp({
        blog: filled.blog,
        clock: realClock(),
        log: recordingLog(),
        config: { publicUrl: 'https://blog.example', trustProxy: 0, secret: 'a secret of tests' },
      })
      opened.push({ ...filled, app })
    }
  })
  afterAll(async () => {
    for (const { app, blog } of opened) {
      await app.close()
      await blog.stop()
    }
  })

  // Five posts in full and their comment counts, listing, tags, settings: 13, and what stands beside every
  // page (the newest posts, the spam report) is read by the first. The rest follows suit.
  test.each([
    ['/', 15, 0],
    ['/?page=2', 13, 0],
    // Its tags are listings of several segments in the large blog: a page of each for related posts.
    ['/posts/post-7', 8, 3],
    ['/tags/all', 4, 0],
    ['/tags/t3', 4, 0],
    ['/archive/2001/01', 4, 0],
    ['/archive', 4, 0],
    ['/tags', 4, 0],
    // Twenty posts, of which the small blog has ten.
    ['/feed.atom', 22, 10],
  ])('%s: at most %i, no query, no list, the same for both', async (path, atMost, more) => {
    const costs: number[] = []
    for (const { riak, app } of opened) {
      const before = riak.counts()
      costs.push(
        await requests(riak, async () => {
          // A cookie of ours goes past the page cache.
          const page = await app.request(path, { headers: { cookie: 'ringpost_test=1' } })
          expect(page.status).toBe(200)
          await page.text()
        }),
      )
      expect(riak.counts()['queryIndex']).toBe(before['queryIndex'])
      expect(riak.counts()['listKeys']).toBe(before['listKeys'])
    }
    const [ofSmall, ofLarge] = costs as [number, number]
    expect(ofLarge, costs.join(' and ')).toBeLessThanOrEqual(atMost)
    expect(ofLarge - ofSmall, costs.join(' and ')).toBe(more)
    console.log(`${path}: ${costs.join(' and ')} requests`)
  })
})
