/**
 * The index jobs over real Protocol Buffers, in each language: a cluster that has the Erlang module
 * (the embedded node knows its functions by name), one that only runs JavaScript, one that runs
 * neither. All must come to the same.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ringpostModule, ringpostModuleName } from '../../mapreduce/ringpost-mapreduce.ts'
import { ensureBucketTypes } from '../../src/commands/embedded-node.ts'
import { openJavascriptEngine } from '../../src/embedded/javascript/open-javascript-engine.ts'
import { startPbListener } from '../../src/embedded/listen/pb-listener.ts'
import { openRiakNode } from '../../src/embedded/node.ts'
import { seededDice } from '../../src/kernel/prng.ts'
import { connectRiak } from '../../src/riak/basho-riak-kv.ts'
import type { RiakKv } from '../../src/riak/riak-kv.ts'
import { MemoryDisk } from '../../src/runtime/memory-disk.ts'
import { systemClock } from '../../src/runtime/system-clock.ts'
import { tcpNetwork } from '../../src/runtime/tcp-network.ts'
import { workerThreads } from '../../src/runtime/worker-threads.ts'
import type { Blog } from '../../src/store/blog.ts'
import { blogOn, recordingLog } from '../support/open-blog.ts'

const postCount = 150
const inJavascript = 'javascript'
const byReading = 'objects are read one by one'

describe.each([
  { what: 'the module', hasModule: true, runsJavascript: false, said: [] },
  { what: 'JavaScript alone', hasModule: false, runsJavascript: true, said: [inJavascript] },
  { what: 'neither', hasModule: false, runsJavascript: false, said: [inJavascript, byReading] },
])('a cluster that runs $what', ({ hasModule, runsJavascript, said }) => {
  const log = recordingLog()
  let riak: RiakKv
  let blog: Blog
  const closers: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    const clock = systemClock()
    const network = tcpNetwork()
    const quiet = recordingLog()
    const engine = openJavascriptEngine({ clock, log: quiet, threads: workerThreads() })
    closers.unshift(() => engine.close())
    const node = await openRiakNode({
      name: 'dev1@127.0.0.1',
      disk: new MemoryDisk(),
      clock,
      dice: seededDice(7),
      log: quiet,
      ...(hasModule && { modules: new Map([[ringpostModuleName, ringpostModule]]) }),
      ...(runsJavascript && { javascript: engine }),
    })
    closers.unshift(() => node.stop())
    await ensureBucketTypes(node.bucketTypes)
    const at = { host: '127.0.0.1', port: 0 }
    const listener = await startPbListener({ node, network, clock, log: quiet, ...at })
    closers.unshift(() => listener.close())
    const nodes = [`127.0.0.1:${listener.port}`]
    riak = await connectRiak({ nodes, clock, dice: seededDice(1), log: quiet })
    closers.unshift(() => riak.stop())
    blog = await blogOn(riak, { clock, log })
    closers.unshift(() => blog.stop())
    await fillBlog(blog)
  })
  afterAll(async () => {
    for (const close of closers) await close()
  })

  test('verify finds nothing, in a request a page, and says once which language it was', async () => {
    const before = riak.counts()
    expect(await blog.jobs.verify()).toEqual([])
    const after = riak.counts()
    // Posts, comments, addresses; what was refused first besides.
    expect(after['mapReduce']! - before['mapReduce']!).toBeLessThanOrEqual(3 + said.length)
    const refused = 'the cluster does not run the index jobs in this language'
    expect(log.lines.map(({ event }) => event)).toEqual(said.map(() => refused))
    expect(log.lines.map(({ fields }) => fields['next'])).toEqual(said)
    const reads = after['get']! - before['get']!
    if (said.includes(byReading)) expect(reads).toBeGreaterThan(2 * postCount)
    else expect(reads).toBeLessThan(postCount)
  })

  test('what is damaged is named, and a rebuild heals it', async () => {
    const at = (type: string, key: string) => ({ type, bucket: 'blog', key })
    const gone = [at('indexes', 'tag/even'), at('slugs', 'post-7'), at('indexes', 'all')]
    for (const each of gone) {
      await riak.delete(each, { context: (await riak.get(each))!.context })
    }
    const differences = await blog.jobs.verify()
    const objects = new Set(differences.map(({ object }) => object))
    for (const { type, key } of gone) expect(objects).toContain(`${type}/blog/${key}`)
    const { posts } = await blog.jobs.rebuild()
    expect(posts).toBe(postCount)
    expect(await blog.jobs.verify()).toEqual([])
    expect((await blog.listings.page({ kind: 'all' }, { limit: 1 })).total).toBe(postCount - 1)
  })
})

/** Posts in any script, one deleted, one saved twice, each third with a comment. */
async function fillBlog(blog: Blog): Promise<void> {
  const ids: string[] = []
  for (let n = 0; n < postCount; n++) {
    const { post } = await blog.posts.create(
      {
        title: n === 7 ? 'Post 7' : `Öffentlich 😀 ${n}`,
        body: 'text '.repeat(50),
        status: 'published',
        publishedAt: new Date(Date.UTC(2015, n % 12, 1 + (n % 28))).toISOString(),
        tags: [n % 2 === 0 ? 'even' : 'odd', 'مدونة'],
      },
      { by: 'ann' },
    )
    ids.push(post.id)
    if (n % 3 === 0) {
      const verdict = n % 2 === 0 ? 'approved' : 'pending'
      await blog.comments.add(post.id, { author: 'a', body: `c ${n}` }, { verdict })
    }
  }
  const change = { ifMatch: '*', by: 'ann', mode: 'change' } as const
  await blog.posts.save(ids[1]!, { tags: ['odd', 'moved'] }, change)
  await blog.posts.save(ids[2]!, { status: 'deleted' }, change)
  await blog.settle()
}
