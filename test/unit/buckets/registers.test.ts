/** Rooms whose values are registers and claims, each by its laws and by a story. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { mergeAuthors } from '../../../buckets/authors/merge.ts'
import type { AuthorValue } from '../../../buckets/authors/schema.ts'
import {
  commentVersion,
  editText,
  effectiveStatus,
  mergeComments,
  moderate,
  newComment,
  textHash,
} from '../../../buckets/comments/merge.ts'
import type { CommentStatus, CommentText, CommentValue } from '../../../buckets/comments/schema.ts'
import { autosave, mergeDrafts } from '../../../buckets/drafts/merge.ts'
import type { DraftValue } from '../../../buckets/drafts/schema.ts'
import type { Register } from '../../../buckets/lattice.ts'
import { mergeMedia } from '../../../buckets/media/merge.ts'
import type { MediaValue } from '../../../buckets/media/schema.ts'
import { defaultFields } from '../../../buckets/post-fields.ts'
import { mergeQuarantine, quarantineKey } from '../../../buckets/quarantine/merge.ts'
import type { QuarantineValue } from '../../../buckets/quarantine/schema.ts'
import { quarantineCodec } from '../../../buckets/quarantine/schema.ts'
import { mergeSites } from '../../../buckets/sites/merge.ts'
import type { SiteValue } from '../../../buckets/sites/schema.ts'
import {
  claimed,
  formerOwner,
  losers,
  mergeSlugs,
  numberedSlug,
  owner,
} from '../../../buckets/slugs/merge.ts'
import type { Claim, SlugValue } from '../../../buckets/slugs/schema.ts'
import { allows, isLive, mergeTokens } from '../../../buckets/tokens/merge.ts'
import type { TokenValue } from '../../../buckets/tokens/schema.ts'
import { limits } from '../../../src/kernel/limits.ts'
import { mergeLaws } from '../../support/laws.ts'

const clock = fc.nat(4)
const word = fc.constantFrom('a', 'b', 'c')

function register<T>(value: fc.Arbitrary<T>): fc.Arbitrary<Register<T>> {
  return fc.record({ value, clock, by: word })
}

/** A time that may be absent. */
function optionalTime<Name extends string>(name: Name): fc.Arbitrary<{ [K in Name]?: number }> {
  return fc
    .option(clock, { nil: undefined })
    .map((ms) => (ms === undefined ? {} : { [name]: ms }) as never)
}

function without<T extends object, Name extends string & keyof T>(
  value: T,
  name: Name,
): Omit<T, Name> {
  const rest = Object.entries(value).filter(([each]) => each !== name)
  return Object.fromEntries(rest) as Omit<T, Name>
}

describe('comments', () => {
  const statuses = fc.constantFrom<CommentStatus>('approved', 'pending', 'spam', 'deleted')
  const texts: fc.Arbitrary<CommentText> = fc.record({
    author: word,
    email: fc.constant(''),
    url: fc.constant(''),
    body: word,
    clock,
  })
  const values: fc.Arbitrary<CommentValue> = fc.record({
    schema: fc.constant(1),
    id: fc.constant('c'),
    postId: fc.constant('p'),
    parent: fc.option(word),
    createdAtMs: clock,
    text: texts,
    moderation: fc.record({ status: statuses, judged: word, by: word, clock }),
  })
  mergeLaws(mergeComments, values)

  const text = (body: string, at: number): CommentText => ({
    author: 'ana',
    email: 'ana@example.org',
    url: '',
    body,
    clock: at,
  })
  const first = newComment(
    { id: 'c', postId: 'p', parent: null, createdAtMs: 10 },
    text('hello', 10),
    {
      status: 'pending',
      by: 'akismet',
    },
  )

  test('edited while it was being approved: both writes stay, and the new text is held', () => {
    const seen = textHash(first.text)
    const approved = moderate(first, { status: 'approved', judged: seen, by: 'mo', clock: 21 })
    const edited = editText(first, text('hello, and buy this', 20))
    const merged = mergeComments(approved, edited)
    expect(effectiveStatus(approved)).toBe('approved')
    expect(merged.text.body).toBe('hello, and buy this')
    expect(effectiveStatus(merged)).toBe('pending')
    const again = moderate(merged, {
      status: 'approved',
      judged: textHash(merged.text),
      by: 'mo',
      clock: 30,
    })
    expect(effectiveStatus(again)).toBe('approved')
    // An older copy that turns up later changes nothing.
    expect(mergeComments(again, first)).toEqual(again)
  })

  test('an edit that changes nothing, or only its time, stays approved', () => {
    const approved = moderate(first, {
      status: 'approved',
      judged: textHash(first.text),
      by: 'mo',
      clock: 20,
    })
    expect(effectiveStatus(editText(approved, text('hello', 30)))).toBe('approved')
  })

  test('two decisions at one clock: the one that shows less stands', () => {
    const judged = textHash(first.text)
    const approved = moderate(first, { status: 'approved', judged, by: 'zoe', clock: 20 })
    const spam = moderate(first, { status: 'spam', judged, by: 'ann', clock: 20 })
    expect(mergeComments(approved, spam).moderation.status).toBe('spam')
  })

  test('its version grows with either register, so its thread shows the newer of two states', () => {
    const judged = textHash(first.text)
    const decided = moderate(first, { status: 'approved', judged, by: 'mo', clock: 40 })
    const both = editText(decided, text('changed', 30))
    expect(commentVersion(decided) > commentVersion(first)).toBe(true)
    expect(commentVersion(both) > commentVersion(decided)).toBe(true)
  })
})

describe('slugs', () => {
  const claims: fc.Arbitrary<Claim> = fc
    .tuple(word, clock, optionalTime('untilMs'))
    .map(([postId, sinceMs, until]) => ({ postId, sinceMs, ...until }))
  const values: fc.Arbitrary<SlugValue> = fc.array(claims, { maxLength: 4 }).map(claimed)
  mergeLaws(mergeSlugs, values)

  test('two posts claim one slug at once: the earlier keeps it, the other is told', () => {
    const [one, two] = [
      claimed([{ postId: 'b', sinceMs: 5 }]),
      claimed([{ postId: 'a', sinceMs: 6 }]),
    ]
    const both = mergeSlugs(one, two)
    expect(owner(both)?.postId).toBe('b')
    expect(losers(both).map(({ postId }) => postId)).toEqual(['a'])
  })

  test('at the same moment: the smaller post id', () => {
    const both = claimed([
      { postId: 'b', sinceMs: 5 },
      { postId: 'a', sinceMs: 5 },
    ])
    expect(owner(both)?.postId).toBe('a')
  })

  test('open beats closed, however old; without an open one the last to leave is the redirect', () => {
    const closed = claimed([
      { postId: 'a', sinceMs: 1, untilMs: 9 },
      { postId: 'b', sinceMs: 2, untilMs: 7 },
    ])
    expect(owner(closed)).toBeUndefined()
    expect(formerOwner(closed)?.postId).toBe('a')
    expect(owner(mergeSlugs(closed, claimed([{ postId: 'c', sinceMs: 8 }])))?.postId).toBe('c')
  })

  test('a claim that was let go of and taken again is open, whatever old copies say', () => {
    const again = claimed([{ postId: 'a', sinceMs: 9 }])
    const old = claimed([{ postId: 'a', sinceMs: 1, untilMs: 5 }])
    expect(owner(mergeSlugs(old, again))).toEqual({ postId: 'a', sinceMs: 9 })
  })

  test('the owner does not depend on the order of claims', () => {
    fc.assert(
      fc.property(fc.array(claims, { maxLength: 5 }), (list) => {
        expect(owner(claimed(list.toReversed()))).toEqual(owner(claimed(list)))
      }),
    )
  })

  test('a numbered slug stays within the length that a slug may have', () => {
    expect(numberedSlug('hello', 2)).toBe('hello-2')
    const long = numberedSlug('é'.repeat(limits.slugCharsMax), 12)
    expect(Array.from(long)).toHaveLength(limits.slugCharsMax)
    expect(long.endsWith('-12')).toBe(true)
  })
})

describe('tokens', () => {
  const values: fc.Arbitrary<TokenValue> = fc
    .tuple(
      fc.record({
        schema: fc.constant(1 as const),
        kind: fc.constantFrom('token' as const, 'session' as const),
        name: word,
        scope: fc.constantFrom('read' as const, 'write' as const, 'admin' as const),
        createdAtMs: clock,
      }),
      optionalTime('expiresAtMs'),
      optionalTime('revokedAtMs'),
      optionalTime('seenAtMs'),
      fc.record({ account: word, generation: word, agent: word }, { requiredKeys: [] }),
    )
    .map(([value, expires, revoked, seen, session]) => ({
      ...value,
      ...expires,
      ...revoked,
      ...seen,
      ...session,
    }))
  mergeLaws(mergeTokens, values)

  test('of a session the last time it was seen counts, and its end stays where it was', () => {
    const session: TokenValue = {
      schema: 1,
      kind: 'session',
      name: 'ana',
      scope: 'read',
      createdAtMs: 1,
      seenAtMs: 3,
      expiresAtMs: 9,
    }
    expect(mergeTokens(session, { ...session, seenAtMs: 7, expiresAtMs: 20 })).toMatchObject({
      seenAtMs: 7,
      expiresAtMs: 9,
    })
  })

  test('revoked on one server is revoked, whatever the other wrote later', () => {
    const token: TokenValue = {
      schema: 1,
      kind: 'token',
      name: 't',
      scope: 'admin',
      createdAtMs: 1,
    }
    const merged = mergeTokens({ ...token, revokedAtMs: 5 }, { ...token, scope: 'read' })
    expect(merged).toMatchObject({ revokedAtMs: 5, scope: 'read' })
    expect(isLive(merged, 6)).toBe(false)
    expect(isLive({ ...token, expiresAtMs: 6 }, 6)).toBe(false)
    expect(isLive({ ...token, expiresAtMs: 6 }, 5)).toBe(true)
  })

  test('scopes nest', () => {
    const scopes = ['read', 'write', 'admin'] as const
    expect(scopes.map((has) => scopes.map((needs) => allows(has, needs)))).toEqual([
      [true, false, false],
      [true, true, false],
      [true, true, true],
    ])
  })
})

describe('authors', () => {
  const values: fc.Arbitrary<AuthorValue> = fc.record(
    {
      schema: fc.constant(1),
      name: fc.constant('ana'),
      id: fc.constantFrom('A', 'B', 'C'),
      createdAtMs: clock,
      role: register(
        fc.constantFrom('admin' as const, 'editor' as const, 'author' as const, 'none' as const),
      ),
      password: register(word),
      displayName: register(word),
      email: register(word),
      url: register(word),
      sessions: register(word),
      rivals: fc
        .uniqueArray(fc.record({ id: fc.constantFrom('D', 'E'), createdAtMs: clock }), {
          selector: ({ id }) => id,
          minLength: 1,
        })
        .map((rivals) => rivals.sort((a, b) => (a.id < b.id ? -1 : 1))),
    },
    {
      requiredKeys: [
        'schema',
        'name',
        'createdAtMs',
        'role',
        'password',
        'displayName',
        'email',
        'url',
      ],
    },
  )
  mergeLaws(mergeAuthors, values)

  test('of two accounts of one name the first stands whole, and the other is remembered', () => {
    const [base] = fc.sample(values, 1) as [AuthorValue]
    const alone = without(base, 'rivals')
    const at = <T>(value: T, at: number): Register<T> => ({ value, clock: at, by: 'root' })
    const first = {
      ...alone,
      id: 'A',
      createdAtMs: 5,
      role: at('author' as const, 1),
      password: at('of the first', 1),
    }
    const second = {
      ...alone,
      id: 'B',
      createdAtMs: 9,
      role: at('admin' as const, 9),
      password: at('of the second', 9),
    }
    const changed = { ...second, password: at('changed', 99) }
    for (const merged of [mergeAuthors(first, second), mergeAuthors(changed, first)]) {
      expect(merged).toEqual({ ...first, rivals: [{ id: 'B', createdAtMs: 9 }] })
    }
  })

  test('sessions end with a later generation, also where the account had none before', () => {
    const [base] = fc.sample(values, 1) as [AuthorValue]
    const before = without({ ...base, id: 'A' }, 'sessions')
    const ended = { ...before, sessions: { value: 'g2', clock: 3, by: 'ana' } }
    expect(mergeAuthors(before, ended).sessions?.value).toBe('g2')
    expect(mergeAuthors(ended, before).sessions?.value).toBe('g2')
  })

  test('a role and a password changed at once are both changed; at one clock the lesser right', () => {
    const [base] = fc.sample(values, 1) as [AuthorValue]
    const at = <T>(value: T): Register<T> => ({ value, clock: 9, by: 'root' })
    const merged = mergeAuthors(
      { ...base, role: at('editor') },
      { ...base, role: at('admin'), password: at('new') },
    )
    expect(merged).toMatchObject({ role: { value: 'editor' }, password: { value: 'new' } })
  })
})

describe('sites', () => {
  const values: fc.Arbitrary<SiteValue> = fc.record(
    {
      schema: fc.constant(1),
      title: register(word),
      about: register(word),
      stuff: register(fc.array(fc.record({ name: word, url: word }), { maxLength: 2 })),
      aboutPicture: register(word),
      language: register(word),
      spamSince: register(fc.option(fc.nat(3))),
      spamBefore: register(fc.nat(3)),
    },
    { requiredKeys: ['schema'] },
  )
  mergeLaws(mergeSites, values)

  test('two settings changed at once are both changed', () => {
    const at = (value: string): Register<string> => ({ value, clock: 1, by: 'a' })
    expect(mergeSites({ schema: 1, title: at('T') }, { schema: 1, about: at('A') })).toEqual({
      schema: 1,
      title: at('T'),
      about: at('A'),
    })
  })
})

describe('media', () => {
  const values: fc.Arbitrary<MediaValue> = fc.record({
    schema: fc.constant(1),
    hash: fc.constant('0'.repeat(64)),
    byteLength: fc.nat(3),
    chunkCount: fc.nat(2),
    chunkBytes: fc.constantFrom(5, 10),
    contentType: word,
    names: fc.array(word, { maxLength: 3 }),
  })
  mergeLaws(mergeMedia, values)

  test('the same bytes uploaded under two names are one object with both', () => {
    const value = (name: string): MediaValue => ({
      schema: 1,
      hash: '0'.repeat(64),
      byteLength: 3,
      chunkCount: 1,
      chunkBytes: 10,
      contentType: 'image/png',
      names: [name],
    })
    expect(mergeMedia(value('b.png'), value('a.png')).names).toEqual(['a.png', 'b.png'])
  })
})

describe('drafts', () => {
  const of = { postId: 'p', author: 'ana' }
  const save = (
    before: DraftValue | undefined,
    body: string,
    replaces: readonly string[],
    at: number,
  ): DraftValue =>
    autosave(of, before, {
      replaces,
      fields: { ...defaultFields, body },
      basedOn: [],
      clock: at,
      savedAtMs: at,
    })

  /** One author types in two windows that sometimes see each other's autosaves. */
  const values = fc
    .array(fc.tuple(fc.boolean(), word), { minLength: 1, maxLength: 6 })
    .map((saves) =>
      saves.reduce<DraftValue | undefined>(
        (value, [isAlone, body], n) =>
          save(value, body, isAlone ? [] : (value?.heads.map(({ id }) => id) ?? []), n),
        undefined,
      )!,
    )
  mergeLaws(mergeDrafts, values)

  test('an autosave replaces the one before it; two windows keep both texts', () => {
    const first = save(undefined, 'one', [], 1)
    const second = save(first, 'one two', [first.heads[0]!.id], 2)
    const other = save(first, 'one three', [first.heads[0]!.id], 3)
    expect(second.heads.map(({ fields }) => fields.body)).toEqual(['one two'])
    const merged = mergeDrafts(second, other)
    expect(merged.heads.map(({ fields }) => fields.body)).toEqual(['one two', 'one three'])
    expect(mergeDrafts(merged, first)).toEqual(merged)
  })
})

describe('quarantine', () => {
  const bytes = fc.uint8Array({ maxLength: 3 })
  const values: fc.Arbitrary<QuarantineValue> = fc.record({
    schema: fc.constant(1),
    type: word,
    bucket: word,
    key: word,
    contentType: word,
    reason: word,
    copiedAtMs: clock,
    bytes,
  })
  mergeLaws(mergeQuarantine, values)

  test('bytes come back as they were, line ends and all', () => {
    fc.assert(
      fc.property(values, fc.uint8Array({ maxLength: 40 }), (value, damaged) => {
        const whole = { ...value, bytes: damaged }
        expect(quarantineCodec.parse(quarantineCodec.encode(whole))).toEqual({
          kind: 'value',
          value: whole,
        })
      }),
    )
  })

  test('the same bytes of one place have one key; of another place another', () => {
    const at = { type: 'posts', bucket: 'b', key: 'k', bytes: Uint8Array.of(1, 2) }
    expect(quarantineKey({ ...at })).toBe(quarantineKey(at))
    expect(quarantineKey({ ...at, key: 'l' })).not.toBe(quarantineKey(at))
    expect(quarantineKey({ ...at, bytes: Uint8Array.of(1) })).not.toBe(quarantineKey(at))
  })
})
