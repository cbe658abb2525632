/** The system's cryptographic source behind the port. */

import { randomBytes, randomFillSync } from 'node:crypto'
import type { Dice } from '../kernel/ports.ts'

/** One system call serves this many throws of 32 bits. */
const poolSize = 256

export function cryptoDice(): Dice {
  const pool = new Uint32Array(poolSize)
  let used = poolSize
  return {
    uint32: () => {
      if (used === poolSize) {
        randomFillSync(pool)
        used = 0
      }
      return pool[used++] ?? 0
    },
    bytes: (count) => randomBytes(count),
  }
}
