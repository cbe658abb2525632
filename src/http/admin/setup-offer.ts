/**
 * The one-time link of a fresh blog: whoever holds it makes the first account.
 *
 * 128 bits, of which only the hash is kept, in memory: a restart makes a new link, and the older one is
 * dead. Good for an hour, and for one account.
 */

import { createHash, timingSafeEqual } from 'node:crypto'

import { limits } from '../../kernel/limits.ts'
import type { Clock, Dice } from '../../kernel/ports.ts'

export type OfferState = 'open' | 'wrong' | 'used' | 'expired'

export interface SetupOffer {
  isOpen(): boolean
  stateOf(token: string): OfferState
  /**
   * Makes the first account, once: of two at the same time one finds it used. A failure opens it again.
   *
   * @throws what `make` throws.
   */
  use<T>(make: () => Promise<T>): Promise<T | 'used'>
}

/** @returns the offer, and its token: shown to the operator, kept by nobody. */
export function openSetup(options: {
  readonly clock: Clock
  readonly dice: Dice
  /** The first account is there: no server on this data offers a link again. */
  readonly onDone: () => Promise<void>
}): { readonly offer: SetupOffer; readonly token: string } {
  const { clock, dice, onDone } = options
  const token = Buffer.from(dice.bytes(16)).toString('base64url')
  const hash = hashOf(token)
  const untilMs = clock.monotonicMs() + limits.setupLinkMs
  let isUsed = false
  const offer: SetupOffer = {
    isOpen: () => !isUsed && clock.monotonicMs() < untilMs,
    stateOf(given) {
      if (!timingSafeEqual(hashOf(given), hash)) return 'wrong'
      if (isUsed) return 'used'
      return clock.monotonicMs() < untilMs ? 'open' : 'expired'
    },
    async use(make) {
      if (isUsed) return 'used'
      isUsed = true
      try {
        const made = await make()
        await onDone()
        return made
      } catch (error) {
        isUsed = false
        throw error
      }
    },
  }
  return { offer, token }
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
