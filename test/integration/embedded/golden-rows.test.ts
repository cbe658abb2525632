/**
 * The golden table of the jobs through the embedded node: objects put by the official client, jobs over
 * Protocol Buffers, by the module's name and as JavaScript in a thread.
 */

import { isUtf8 as isUtf8Bytes } from 'node:buffer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { jobInputs, jobPhases } from '../../../mapreduce/job.ts'
import { ringpostModule, ringpostModuleName } from '../../../mapreduce/ringpost-mapreduce.ts'
import type { Json, MappedObject } from '../../../mapreduce/ringpost-mapreduce.ts'
import { ensureBucketTypes } from '../../../src/commands/embedded-node.ts'
import { openJavascriptEngine } from '../../../src/embedded/javascript/open-javascript-engine.ts'
import { startPbListener } from '../../../src/embedded/listen/pb-listener.ts'
import { openRiakNode } from '../../../src/embedded/node.ts'
import { seededDice } from '../../../src/kernel/prng.ts'
import { connectRiak } from '../../../src/riak/basho-riak-kv.ts'
import type { RiakKv } from '../../../src/riak/riak-kv.ts'
import { MemoryDisk } from '../../../src/runtime/memory-disk.ts'
import { systemClock } from '../../../src/runtime/system-clock.ts'
import { tcpNetwork } from '../../../src/runtime/tcp-network.ts'
import { workerThreads } from '../../../src/runtime/worker-threads.ts'
import { mapCases, mapNames } from '../../support/mapreduce-cases.ts'
import { recordingLog } from '../../support/open-blog.ts'

const bucket = 'golden'
/** Each case under a key of its own; those of a bucket type are the inputs of one job. */
const cases = mapCases
  .map(({ object }, index) => ({ ...object, bucket, key: `${object.key} ${index}` }))
  .filter(({ type }) => type !== 'default')
const types = [...new Set(cases.map(({ type }) => type))]

describe('golden table through the embedded node', () => {
  let riak: RiakKv
  const closers: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    const clock = systemClock()
    const log = recordingLog()
    const javascript = openJavascriptEngine({ clock, log, threads: workerThreads() })
    closers.unshift(() => javascript.close())
    const node = await openRiakNode({
      name: 'dev1@127.0.0.1',
      disk: new MemoryDisk(),
      clock,
      dice: seededDice(5),
      log,
      modules: new Map([[ringpostModuleName, ringpostModule]]),
      javascript,
    })
    closers.unshift(() => node.stop())
    await ensureBucketTypes(node.bucketTypes)
    const at = { host: '127.0.0.1', port: 0 }
    const listener = await startPbListener({ node, network: tcpNetwork(), clock, log, ...at })
    closers.unshift(() => listener.close())
    const nodes = [`127.0.0.1:${listener.port}`]
    riak = await connectRiak({ nodes, clock, dice: seededDice(6), log })
    closers.unshift(() => riak.stop())
    for (const { type, key, values } of cases) {
      const place = { type, bucket, key }
      for (const { value, isTombstone } of values ?? []) {
        // Without a context: values that are there already become siblings.
        await riak.put(place, { value, contentType: 'application/json' })
        if (isTombstone) await riak.delete(place)
      }
    }
  })
  afterAll(async () => {
    for (const close of closers) await close()
  })

  const asked = (['erlang', 'javascript'] as const).flatMap((language) =>
    types.flatMap((type) => mapNames.map((map) => ({ language, type, map }))),
  )

  test.each(asked)('$map over $type, as $language', async ({ language, type, map }) => {
    const objects = cases.filter(
      (each) => each.type === type && (language === 'erlang' || isUtf8(each)),
    )
    const keys = objects.map(({ key }) => key)
    const answer = await riak.mapReduce({
      inputs: jobInputs({ type, bucket }, keys),
      query: jobPhases(language, map, { type, bucket }, true),
    })
    const rows = objects.flatMap((object) => ringpostModule.map[map](object))
    expect(answer).toEqual(ringpostModule.reduce.reduce_rows(rows as readonly Json[]))
  })

  test('bytes that are not UTF-8 cannot be given to JavaScript: the job fails, as in Riak 2.x', async () => {
    const damaged = cases.filter((each) => each.type === 'posts' && !isUtf8(each))
    expect(damaged.length).toBeGreaterThan(5)
    for (const { type, key } of damaged) {
      const job = riak.mapReduce({
        inputs: jobInputs({ type, bucket }, [key]),
        query: jobPhases('javascript', 'map_posts', { type, bucket }),
      })
      await expect(job).rejects.toThrow('bad_utf8_character_code')
    }
  })
})

function isUtf8({ values = [] }: MappedObject): boolean {
  return values.every(({ value }) => isUtf8Bytes(value))
}
