/**
 * Sessions: 256 random bits in the cookie, of which only the SHA-256 is stored, as a key among the tokens.
 *
 *     cookie ─SHA-256─▶ tokens/<site>/<hash>  {name, account, generation, seenAtMs, …}
 *                                                │ the same account, the same generation,
 *                                                ▼ not revoked, not past its end
 *                       authors/<site>/<name> {role, sessions, …}
 *
 * The rights of a session are those its account has now. All of an account's end at once with a new
 * generation: a comparison of two texts, on which clocks that are apart have no say.
 *
 * Not here: cookies (`src/http/admin`).
 */

import { sessionField, sessionTerm, tokens as tokenRoom } from '../../buckets/tokens/room.ts'
import { isLive } from '../../buckets/tokens/merge.ts'
import type { TokenValue } from '../../buckets/tokens/schema.ts'
import { StoreError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock, Dice, Log } from '../kernel/ports.ts'
import type { RiakKv } from '../riak/riak-kv.ts'
import type { AccountSource } from './account-source.ts'
import { accountName, isAccountName } from './account-input.ts'
import { showAuthor } from './authors.ts'
import type { AuthorView, Sessions, SessionView } from './blog.ts'
import { eachBounded } from './each.ts'
import type { KeyedQueue } from './keyed-queue.ts'
import { Lately } from './lately.ts'
import { freshId } from './new-ids.ts'
import type { Found, Objects } from './read-merge-write.ts'
import { freshSecret, secretHash } from './secrets.ts'
import type { Settled } from './settled.ts'

export interface SessionsOptions {
  readonly riak: RiakKv
  readonly site: string
  readonly objects: Objects
  readonly queue: KeyedQueue
  readonly settled: Settled
  readonly accounts: AccountSource
  readonly clock: Clock
  readonly dice: Dice
  readonly log: Log
}

type Identity = { readonly id: string; readonly account: AuthorView }

interface Known {
  readonly identity: Identity | undefined
  /** Monotonic ms. */
  readonly saidMs: number
}

const cookiePattern = /^[A-Za-z0-9_-]{43}$/
const idPattern = /^[0-9a-f]{64}$/

export function openSessions(options: SessionsOptions): Sessions {
  const { objects, accounts, clock, dice } = options
  let known = new Lately<Known>(limits.tokenCacheMax)
  accounts.onChange(() => {
    known = new Lately<Known>(limits.tokenCacheMax)
  })

  return {
    async start(account, { agent }) {
      const token = freshSecret(dice)
      const id = sessionId(token)
      const now = clock.nowMs()
      const value: TokenValue = {
        schema: 1,
        kind: 'session',
        name: account.name,
        scope: 'read',
        account: account.account,
        generation: account.generation,
        createdAtMs: now,
        seenAtMs: now,
        expiresAtMs: now + limits.sessionMs,
        agent: agent.slice(0, limits.sessionAgentCharsMax),
      }
      await objects.putUnion(tokenRoom, id, value, undefined)
      return { token, id }
    },

    async authenticate(token) {
      if (!cookiePattern.test(token)) return undefined
      const id = sessionId(token)
      const now = clock.monotonicMs()
      const before = known.get(id)
      if (before !== undefined && now - before.saidMs < limits.tokenCacheMs) return before.identity
      const asked = known
      try {
        const identity = await identify(options, id)
        // Of what was asked before an account changed nothing is remembered.
        if (asked === known) known.set(id, { identity, saidMs: now })
        return identity
      } catch (error) {
        const mayStay = before?.identity !== undefined && now - before.saidMs < limits.sessionAwayMs
        if (mayStay && asked === known && isAway(error)) return before.identity
        throw error
      }
    },

    async end(name, id) {
      if (!idPattern.test(id)) return false
      const isEnded = await endSession(options, accountName(name), id)
      known.delete(id)
      return isEnded
    },

    async endAll(name, by) {
      const key = accountName(name)
      if (!isAccountName(key)) return undefined
      const value = await accounts.update(key, (account, at) => ({
        ...account,
        sessions: { value: freshId(clock, dice), clock: at, by },
      }))
      return value && showAuthor(value)
    },

    list: (account) => listSessions(options, account),
  }
}

/** Told apart from the hash of an API token, so that neither can stand for the other. */
function sessionId(token: string): string {
  return secretHash(`session ${token}`)
}

/** Whether the store could not say, rather than said something. */
function isAway(error: unknown): boolean {
  return error instanceof StoreError && error.code !== 'BLOG_UNREADABLE_VALUE'
}

function isOpen(value: TokenValue, nowMs: number): boolean {
  if (value.kind !== 'session' || !isLive(value, nowMs)) return false
  return nowMs - lastSeenMs(value) < limits.sessionIdleMs
}

function lastSeenMs({ seenAtMs, createdAtMs }: TokenValue): number {
  return seenAtMs ?? createdAtMs
}

/** Whether it was begun by this very account, and not ended with all of its sessions since. */
function isOf(value: TokenValue, account: AuthorView): boolean {
  return value.account === account.account && value.generation === account.generation
}

async function readSession(
  { objects, settled }: SessionsOptions,
  id: string,
): Promise<Found<TokenValue> | undefined> {
  const found = await objects.readSource(tokenRoom, id, 'edit')
  // Nobody is signed out because a node is away.
  if (found === undefined) await settled.assertAbsent('the session')
  return found
}

async function identify(options: SessionsOptions, id: string): Promise<Identity | undefined> {
  const { accounts, clock } = options
  const value = (await readSession(options, id))?.value
  if (value === undefined || !isOpen(value, clock.nowMs())) return undefined
  const stored = await accounts.read(value.name)
  if (stored === undefined || stored.role.value === 'none') return undefined
  const account = showAuthor(stored)
  if (!isOf(value, account)) return undefined
  noteSeen(options, id, value)
  return { id, account }
}

/** In the background, once an hour: a session in use does not end. */
function noteSeen({ objects, queue, clock, log }: SessionsOptions, id: string, value: TokenValue) {
  const now = clock.nowMs()
  if (now - lastSeenMs(value) < limits.sessionSeenMs) return
  queue
    .run(`tokens/${id}`, async () => {
      const found = await objects.read(tokenRoom, id, 'edit')
      if (found?.value === undefined || now <= lastSeenMs(found.value)) return
      await objects.putUnion(tokenRoom, id, { ...found.value, seenAtMs: now }, found)
    })
    .catch((error: unknown) => {
      log.write('warn', 'the use of a session could not be noted', { error: String(error) })
    })
}

function endSession(options: SessionsOptions, name: string, id: string): Promise<boolean> {
  const { objects, queue, clock } = options
  return queue.run(`tokens/${id}`, async () => {
    const found = await readSession(options, id)
    const value = found?.value
    if (value?.kind !== 'session' || value.name !== name) return false
    if (value.revokedAtMs !== undefined) return true
    await objects.putUnion(tokenRoom, id, { ...value, revokedAtMs: clock.nowMs() }, found)
    return true
  })
}

async function listSessions(
  { riak, site, objects, clock }: SessionsOptions,
  account: AuthorView,
): Promise<readonly SessionView[]> {
  const now = clock.nowMs()
  const page = await riak.queryIndex({
    type: tokenRoom.type,
    bucket: site,
    field: sessionField,
    from: sessionTerm(account.name, now),
    to: sessionTerm(account.name, Number.MAX_SAFE_INTEGER),
    maxResults: limits.sweepPageKeys,
  })
  const ids = [...new Set(page.entries.map(({ key }) => key))]
  const values = await eachBounded(ids, limits.storeConcurrency, async (id) => {
    const value = (await objects.read(tokenRoom, id, 'edit'))?.value
    return value === undefined ? [] : [{ id, value }]
  })
  return values
    .flat()
    .filter(({ value }) => isOpen(value, now) && isOf(value, account))
    .sort((a, b) => b.value.createdAtMs - a.value.createdAtMs)
    .slice(0, limits.sessionsListed)
    .map(({ id, value }) => ({
      id,
      startedAt: new Date(value.createdAtMs).toISOString(),
      seenAt: new Date(lastSeenMs(value)).toISOString(),
      agent: value.agent ?? '',
    }))
}
