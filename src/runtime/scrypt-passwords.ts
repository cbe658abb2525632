/**
 * Passwords behind the port: scrypt, on the threads of Node.js.
 *
 *     $scrypt$ln=15,r=8,p=3$<salt>$<hash>       ln: log2 of N; base64 without padding
 *
 * N = 2^15 with p = 3 is as dear to guess as N = 2^17 with p = 1 by OWASP's table, in 32 MiB instead of
 * 128: two at once (`limits.passwordsAtOnce`) are no burden to a small server. Some 0.2 s each.
 *
 * Invariant: what is no hash of ours, or none at all, costs as much as a wrong password.
 *
 * Source: RFC 7914 (scrypt); OWASP Password Storage Cheat Sheet, "scrypt"; the PHC string format.
 */

import { scrypt, timingSafeEqual } from 'node:crypto'
import { OperationError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Dice, Passwords } from '../kernel/ports.ts'

/** Memory: 128 · N · r bytes. */
export interface ScryptCost {
  /** log2 of N. */
  readonly ln: number
  readonly r: number
  readonly p: number
}

interface Hash {
  readonly cost: ScryptCost
  readonly salt: Buffer
  readonly hash: Buffer
}

const usualCost: ScryptCost = { ln: 15, r: 8, p: 3 }
const saltBytes = 16
const hashBytes = 32
const pattern = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w+/]{6,86})\$([\w+/]{43})$/

/** @param cost - of new hashes; what was made with less is dated. */
export function scryptPasswords(dice: Dice, cost: ScryptCost = usualCost): Passwords {
  const slots = createSlots()
  const derive = (password: string, salt: Buffer, at: ScryptCost): Promise<Buffer> =>
    slots(() => derived(password, salt, at))
  const freshSalt = (): Buffer => Buffer.from(dice.bytes(saltBytes))
  return {
    async hash(password) {
      const salt = freshSalt()
      return encode({ cost, salt, hash: await derive(password, salt, cost) })
    },
    async verify(password, encoded) {
      const known = decode(encoded)
      const hash = await derive(password, known?.salt ?? freshSalt(), known?.cost ?? cost)
      const isRight = known !== undefined && timingSafeEqual(hash, known.hash)
      return { isRight, isDated: known !== undefined && isLess(known.cost, cost) }
    },
  }
}

/** Few at once; others wait in line, and one too many is refused before it costs anything. */
function createSlots(): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= limits.passwordsAtOnce) {
      if (waiting.length >= limits.passwordsWaiting) {
        throw new OperationError('BLOG_OVERLOADED', 'too many passwords are being checked')
      }
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running++
    try {
      return await work()
    } finally {
      // The slot goes on to the next in line.
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}

function derived(password: string, salt: Buffer, { ln, r, p }: ScryptCost): Promise<Buffer> {
  const N = 2 ** ln
  const maxmem = 128 * N * r + 128 * r * p + 1_048_576
  return new Promise((resolve, reject) => {
    scrypt(password, salt, hashBytes, { N, r, p, maxmem }, (error, hash) => {
      if (error === null) resolve(hash)
      else reject(error)
    })
  })
}

function isLess(a: ScryptCost, b: ScryptCost): boolean {
  return 2 ** a.ln * a.r * a.p < 2 ** b.ln * b.r * b.p
}

function encode({ cost: { ln, r, p }, salt, hash }: Hash): string {
  const text = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')
  return `$scrypt$ln=${ln},r=${r},p=${p}$${text(salt)}$${text(hash)}`
}

/** @returns undefined for what is no hash of ours, or would take more memory than any of ours. */
function decode(encoded: string): Hash | undefined {
  const match = pattern.exec(encoded)
  if (match === null) return undefined
  const [ln, r, p] = match.slice(1, 4).map(Number) as [number, number, number]
  if (ln < 1 || ln > 20 || r < 1 || r > 16 || p < 1 || p > 16) return undefined
  return {
    cost: { ln, r, p },
    salt: Buffer.from(match[4] ?? '', 'base64'),
    hash: Buffer.from(match[5] ?? '', 'base64'),
  }
}
