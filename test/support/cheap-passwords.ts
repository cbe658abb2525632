/** Password hashes that cost nothing: for tests of everything but their cost. */

import { createHash } from 'node:crypto'

import type { Passwords } from '../../src/kernel/ports.ts'

export interface CheapPasswords extends Passwords {
  /** New hashes are of this kind; older ones are dated. */
  strength: number
  /** Hashes made, of whatever. */
  made(): number
}

export function cheapPasswords(): CheapPasswords {
  let count = 0
  const hashed = (password: string, strength: number): string => {
    count += 1
    const hash = createHash('sha256').update(password).digest('base64url')
    return `cheap ${strength} ${hash}`
  }
  const passwords: CheapPasswords = {
    strength: 1,
    made: () => count,
    hash: (password) => Promise.resolve(hashed(password, passwords.strength)),
    verify(password, encoded) {
      const strength = Number(/^cheap (\d+) /.exec(encoded)?.[1] ?? passwords.strength)
      const isRight = hashed(password, strength) === encoded
      return Promise.resolve({ isRight, isDated: strength < passwords.strength })
    },
  }
  return passwords
}
