/**
 * API tokens: 32 random bytes, of which only the SHA-256 is stored, as the key.
 *
 * Not here: which scope a verb needs (`src/http`).
 */

import { isLive } from '../../buckets/tokens/merge.ts'
import { tokens as tokenRoom } from '../../buckets/tokens/room.ts'
import type { TokenValue } from '../../buckets/tokens/schema.ts'
import { InvalidInputError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock, Dice } from '../kernel/ports.ts'
import type { Scope, Tokens } from './blog.ts'
import { Issues } from './issues.ts'
import { Lately } from './lately.ts'
import type { Objects } from './read-merge-write.ts'
import { freshSecret, secretHash } from './secrets.ts'
import type { Settled } from './settled.ts'

type Identity = { readonly name: string; readonly scope: Scope }

interface Cached {
  readonly identity: Identity | undefined
  readonly untilMs: number
}

/** Names the kind of secret to people and to scanners of leaked ones. */
const prefix = 'ringpost_'
const tokenPattern = /^ringpost_[A-Za-z0-9_-]{43}$/

export function openTokens(options: {
  readonly objects: Objects
  readonly settled: Settled
  readonly clock: Clock
  readonly dice: Dice
}): Tokens {
  const { objects, settled, clock, dice } = options
  const cache = new Lately<Cached>(limits.tokenCacheMax)

  const identify = async (key: string): Promise<Identity | undefined> => {
    const found = await objects.readSource(tokenRoom, key, 'edit')
    const value = found?.value
    // A token that cannot be found just now must not be called wrong: its owner would make another.
    if (value === undefined && found === undefined) await settled.assertAbsent('the token')
    if (value?.kind !== 'token' || !isLive(value, clock.nowMs())) return undefined
    return { name: value.name, scope: value.scope }
  }

  return {
    async create(input) {
      const issues = new Issues()
      const name = issues.line('name', input.name, {
        charsMax: limits.authorCharsMax,
        isRequired: true,
      })
      const scope = issues.choice('scope', input.scope, ['read', 'write', 'admin'])
      issues.throwIfAny()
      if (scope === undefined) throw new InvalidInputError([])
      const token = prefix + freshSecret(dice)
      const value: TokenValue = {
        schema: 1,
        kind: 'token',
        name,
        scope,
        createdAtMs: clock.nowMs(),
      }
      await objects.putUnion(tokenRoom, secretHash(token), value, undefined)
      return token
    },

    async authenticate(token) {
      if (!tokenPattern.test(token)) return undefined
      const key = secretHash(token)
      const now = clock.monotonicMs()
      const cached = cache.get(key)
      if (cached !== undefined && cached.untilMs > now) return cached.identity
      const identity = await identify(key)
      // A wrong token is remembered as well: guessing must not cost the cluster a read each.
      cache.set(key, { identity, untilMs: now + limits.tokenCacheMs })
      return identity
    },

    async revoke(token) {
      const key = secretHash(token)
      const found = await objects.read(tokenRoom, key, 'edit')
      if (found?.value === undefined) {
        if (found === undefined) await settled.assertAbsent('the token')
        return false
      }
      const value = { ...found.value, revokedAtMs: clock.nowMs() }
      await objects.putUnion(tokenRoom, key, tokenRoom.merge(found.value, value), found)
      cache.delete(key)
      return true
    },
  }
}
