/**
 * One node of the cluster stopped, and started again, under a server that is read and written
 * throughout: what was acknowledged is readable or its page says 503, none is a 404, none is lost.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Traffic, missingOf } from '../support/blog-traffic.ts'
import { createToken, freshFolder, serve, until } from '../support/program.ts'
import type { Served } from '../support/program.ts'
import { serverEnv } from './blog.ts'
import type { LiveCluster } from './cluster.ts'
import { powerOf } from './power.ts'

const healthyMs = 15_000
const downMs = 20_000
const powerMsMax = 180_000
/** Until hinted handoff has brought the last copy home, and the store believes it. */
const settledMsMax = 420_000
const readers = 8

const sleep = (ms: number): Promise<void> => new Promise((over) => setTimeout(over, ms))

export function oneGone(live: LiveCluster): void {
  const isPossible = typeof live.power !== 'string' && live.members.length > 1
  describe.skipIf(!isPossible || live.nodes.length < 2)('one node gone, and back', () => {
    const folder = freshFolder('live-loss')
    let server: Served
    let traffic: Traffic

    beforeAll(async () => {
      const env = serverEnv(live, `${live.names}loss`, folder.path)
      const token = await createToken(env)
      server = await serve(env)
      traffic = new Traffic({ url: server.url, token, readers, writePauseMs: 50 })
      await traffic.prepare()
    })
    afterAll(async () => {
      await traffic.stop()
      await server.kill('SIGTERM')
      folder.remove()
    })

    test('every acknowledged post and comment is readable or its page says 503, none is a 404, none is lost; writes go on', async () => {
      const power = powerOf(live)
      const last = live.nodes.length - 1
      const phases: string[] = []
      const phase = (name: string): void => {
        phases.push(name)
        traffic.phase(name)
        console.log(`live  ${new Date().toISOString()} ${name}`)
      }
      traffic.start()
      phase('healthy')
      await sleep(healthyMs)
      phase('stopping')
      await power.stop(last)
      phase('down')
      await sleep(downMs)
      phase('starting')
      await power.start(last)
      await power.isUp(last, powerMsMax)
      phase('back')
      await sleep(live.returnSeconds * 1_000)
      await traffic.stop()

      for (const line of traffic.report().split('\n')) console.log(`live  ${line}`)
      expect(traffic.broken).toEqual([])
      for (const each of phases) expect(traffic.writesOf(each).taken, each).toBeGreaterThan(0)
      expect(server.child.exitCode).toBe(null)

      const began = performance.now()
      await until('all that was acknowledged is there, once', settledMsMax, async () => {
        const missing = await missingOf(server.url, traffic.acknowledged)
        if (missing.length > 0) throw new Error(missing.slice(0, 20).join('\n'))
        return true
      })
      const comments = traffic.acknowledged.flatMap((post) => post.comments).length
      console.log(
        `live  ${traffic.acknowledged.length} posts and ${comments} comments acknowledged, ` +
          `all there ${Math.round(performance.now() - began)} ms after the end`,
      )
      const healthy = traffic.pageP99Ms('healthy')
      for (const each of ['down', 'back']) {
        const p99 = traffic.pageP99Ms(each)
        const ratio = (p99 / healthy).toFixed(2)
        console.log(`live  p99 of page reads ${each}: ${p99} ms, ${ratio} of healthy`)
        if (live.isTimed) expect(p99, each).toBeLessThanOrEqual(2 * healthy)
      }
    })
  })
}
