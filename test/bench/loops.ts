/** The usual load: so many loops, each of which begins its next operation when its last has ended. */

import { type Round, roundOf } from './statistics.ts'

/** @param operation - given a running number. */
export async function measureLoops(
  operation: (n: number) => Promise<void>,
  options: { readonly concurrency: number; readonly seconds: number },
): Promise<Round> {
  const latencies: number[] = []
  const beganMs = performance.now()
  const endMs = beganMs + options.seconds * 1_000
  let n = 0
  async function loop(): Promise<void> {
    for (let now = performance.now(); now < endMs;) {
      await operation(n++)
      const then = now
      now = performance.now()
      latencies.push(now - then)
    }
  }
  await Promise.all(Array.from({ length: options.concurrency }, loop))
  return roundOf(Float64Array.from(latencies), (performance.now() - beganMs) / 1_000)
}
