/** Worker: reads and writes through the facade (`connectRiak`, so the official client) of the build. */

import { randomBytes } from 'node:crypto'
import { keyOf, valueBytes } from './riak-keys.ts'
import { measureLoops } from './loops.ts'
import type { Round } from './statistics.ts'
import { connectBuilt } from './connect-built.ts'
import { answerParent } from './worker.ts'
import type { RiakKv } from '../../src/riak/riak-kv.ts'

export interface RoundOf {
  readonly kind: 'get' | 'put'
  readonly concurrency: number
  readonly seconds: number
}

export type RiakLoad = {
  /** Connects and stores every key once. */
  fill: (at: { readonly address: string; readonly keys: number }) => Promise<void>
  round: (of: RoundOf) => Promise<Round>
  close: (none: object) => Promise<void>
}

const content = { contentType: 'application/octet-stream' }
const values = Array.from({ length: 64 }, () => randomBytes(valueBytes))
let riak: RiakKv | undefined
let keys = 0

const at = (n: number): { type: string; bucket: string; key: string } => ({
  type: 'default',
  bucket: 'bench',
  key: keyOf(n),
})

function opened(): RiakKv {
  if (riak === undefined) throw new Error('nothing is connected yet')
  return riak
}

function valueAt(n: number): Uint8Array {
  return values[n % values.length] ?? new Uint8Array(valueBytes)
}

answerParent({
  async fill({ address, keys: count }) {
    riak = await connectBuilt(address)
    keys = count
    let next = 0
    const fillSome = async (): Promise<void> => {
      for (let n = next++; n < keys; n = next++) {
        await opened().put(at(n), { ...content, value: valueAt(n) })
      }
    }
    await Promise.all(Array.from({ length: 32 }, fillSome))
  },

  round({ kind, concurrency, seconds }) {
    const kv = opened()
    const anyKey = (): number => Math.floor(Math.random() * keys)
    const get = async (): Promise<void> => {
      const found = await kv.get(at(anyKey()))
      if (found?.siblings[0]?.value.length !== valueBytes) throw new Error('a wrong answer')
    }
    const put = async (n: number): Promise<void> => {
      await kv.put(at(anyKey()), { ...content, value: valueAt(n) })
    }
    return measureLoops(kind === 'get' ? get : put, { concurrency, seconds })
  },

  async close() {
    await riak?.stop()
  },
} satisfies RiakLoad)
