/**
 * Seeded dice for tests and the simulator.
 *
 * Source: sfc32 (Chris Doty-Humphrey, PractRand), seeded by splitmix32.
 */

import type { Dice } from './ports.ts'

/** The same seed gives the same throws on every machine. */
export function seededDice(seed: number): Dice {
  let mix = seed >>> 0
  const splitmix = (): number => {
    mix = (mix + 0x9e3779b9) >>> 0
    let z = mix
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return (z ^ (z >>> 16)) >>> 0
  }
  let a = splitmix()
  let b = splitmix()
  let c = splitmix()
  let counter = 1
  const uint32 = (): number => {
    const sum = (a + b + counter) >>> 0
    counter = (counter + 1) >>> 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) >>> 0
    c = ((c << 21) | (c >>> 11)) >>> 0
    c = (c + sum) >>> 0
    return sum
  }
  for (let warmUp = 0; warmUp < 12; warmUp++) uint32()
  return {
    uint32,
    bytes: (count) => Uint8Array.from({ length: count }, () => uint32() & 0xff),
  }
}
