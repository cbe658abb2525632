import { describe, expect, test } from 'vitest'
import { accountsCheck, judgeAccounts } from '../../../../src/commands/checks/accounts.ts'
import { judgeExports } from '../../../../src/commands/checks/exports.ts'
import { judgeBucketTypes } from '../../../../src/commands/checks/bucket-types.ts'
import type { Subject } from '../../../../src/commands/checks/check.ts'
import { judgeDotted } from '../../../../src/commands/checks/dotted-versions.ts'
import { judgeJobs } from '../../../../src/commands/checks/jobs.ts'
import type { JobAnswer, JobFacts } from '../../../../src/commands/checks/jobs.ts'
import { judgeListings, judgeVerification } from '../../../../src/commands/checks/listings.ts'
import { judgeIndexes } from '../../../../src/commands/checks/secondary-indexes.ts'
import { judgeSettled } from '../../../../src/commands/checks/settled.ts'
import { judgeStored } from '../../../../src/commands/checks/stored-objects.ts'
import type { TypeFacts } from '../../../../src/commands/checks/walk.ts'
import { roomTypes } from '../../../../buckets/rooms.ts'

const admin = 'riak admin'

describe('bucket types', () => {
  test('a missing one is told with what makes it and what shows its state', () => {
    const [finding] = judgeBucketTypes([{ kind: 'missing', type: 'slugs' }], admin)
    expect(finding).toMatchObject({
      state: 'wrong',
      what: 'bucket type slugs does not exist, or is not active',
    })
    expect(finding?.advice).toContain('cluster/bucket-types.sh')
    expect(finding?.advice).toContain('riak admin bucket-type status slugs')
  })

  test('all missing is one sentence, not thirteen', () => {
    const faults = roomTypes.map(({ type }) => ({ kind: 'missing', type }) as const)
    expect(judgeBucketTypes(faults, admin)).toHaveLength(1)
  })

  test('another property is told with the command that changes it, unless nothing may', () => {
    const [changeable, fixed, ofBucket] = judgeBucketTypes(
      [
        { kind: 'type', type: 'posts', property: 'allow_mult', shown: 'false', wanted: true },
        { kind: 'type', type: 'posts', property: 'n_val', shown: '2', wanted: 3 },
        {
          kind: 'bucket',
          type: 'posts',
          bucket: 'blog',
          property: 'last_write_wins',
          shown: 'true',
          wanted: false,
        },
      ],
      admin,
    )
    expect(changeable).toMatchObject({
      what: 'bucket type posts: allow_mult is false, must be true',
      advice: `riak admin bucket-type update posts '{"props":{"allow_mult":true}}'`,
    })
    expect(fixed?.advice).not.toContain('update')
    expect(ofBucket?.what).toContain('bucket blog of type posts')
    expect(ofBucket?.advice).toContain('/types/posts/buckets/blog/props')
  })

  test('dvv_enabled that is off shows in a third sibling', () => {
    expect(judgeDotted([{ type: 'posts', siblings: 2 }], admin)).toMatchObject([{ state: 'ok' }])
    const [off] = judgeDotted([{ type: 'posts', siblings: 3 }], admin)
    expect(off).toMatchObject({
      state: 'wrong',
      advice: `riak admin bucket-type update posts '{"props":{"dvv_enabled":true}}'`,
    })
    expect(judgeDotted([{ type: 'posts', reason: 'away' }], admin)).toMatchObject([
      { state: 'note', advice: 'riak admin bucket-type status posts shows it' },
    ])
  })
})

describe('accounts', () => {
  test('one that bears a name of the program is told, with what to do; a closed one does nothing any more', () => {
    const [found] = judgeAccounts([
      { name: 'author', role: 'editor' },
      { name: 'check', role: 'none' },
    ])
    expect(found?.state).toBe('wrong')
    expect(found?.what).toContain('"author"')
    expect(found?.advice).toBe(
      'ringpost author add ANOTHER-NAME --role editor, then ringpost author close author',
    )
    expect(judgeAccounts([{ name: 'check', role: 'none' }])).toMatchObject([{ state: 'ok' }])
  })

  test('every reserved name is looked for, and no other account', async () => {
    const asked: string[] = []
    const read = (name: string): Promise<undefined> => {
      asked.push(name)
      return Promise.resolve(undefined)
    }
    const subject = { blog: { authors: { read } } } as unknown as Subject
    expect(await accountsCheck.run(subject)).toMatchObject([{ state: 'ok' }])
    expect(asked).toEqual(
      expect.arrayContaining(['author', 'check', 'import', 'server', 'akismet']),
    )
  })
})

describe('secondary indexes', () => {
  test('none at all names the backend; none in some types names those; no types say nothing', () => {
    const all = ['posts', 'comments']
    expect(judgeIndexes({ asked: 2, refused: all, isFound: undefined })[0]).toMatchObject({
      state: 'wrong',
      what: expect.stringContaining('bitcask') as string,
      advice: expect.stringContaining('storage_backend = leveled') as string,
    })
    expect(judgeIndexes({ asked: 5, refused: ['threads'], isFound: undefined })[0]?.what).toContain(
      'backend of threads',
    )
    expect(judgeIndexes({ asked: 0, refused: [], isFound: undefined })).toEqual([])
  })

  test('an entry that was put and is not found is wrong', () => {
    expect(judgeIndexes({ asked: 5, refused: [], isFound: true })).toMatchObject([{ state: 'ok' }])
    expect(judgeIndexes({ asked: 5, refused: [], isFound: false })).toMatchObject([
      { state: 'wrong' },
    ])
  })
})

describe('index jobs', () => {
  const runs: JobAnswer = { kind: 'runs' }
  const missing: JobAnswer = { kind: 'refused', reason: 'unknown-function', message: 'no module' }
  const noJavascript: JobAnswer = { kind: 'refused', reason: 'no-javascript', message: 'no' }
  const broken: JobAnswer = { kind: 'refused', reason: 'failed', message: 'phase 0: undef' }
  const on = (node: string, erlang: JobAnswer, javascript?: JobAnswer): JobFacts => ({
    node,
    erlang,
    javascript,
  })

  test('in Erlang on every node: well', () => {
    expect(judgeJobs([on('a', runs), on('b', runs)])).toMatchObject([
      { state: 'ok', what: 'index jobs run in Erlang on a and b (ringpost_mapreduce)' },
    ])
  })

  test('one node without the module is wrong, and named', () => {
    const [finding] = judgeJobs([on('a', runs), on('b', missing, noJavascript)])
    expect(finding).toMatchObject({ state: 'wrong' })
    expect(finding?.what).toMatch(/does not run on b, but on a/)
    expect(finding?.advice).toContain('cluster/install-module.sh')
    const [crashing] = judgeJobs([on('a', runs), on('b', broken, noJavascript)])
    expect(crashing?.what).toContain('phase 0: undef')
  })

  test('a module that gives other rows is another version', () => {
    expect(judgeJobs([on('a', runs), on('b', { kind: 'differs' }, runs)])).toMatchObject([
      { state: 'wrong', what: expect.stringContaining('on b is not the one') as string },
    ])
  })

  test('Riak 2.x runs them in JavaScript: well; where nothing runs, it is a note with the cost', () => {
    const two = judgeJobs([on('a', missing, runs), on('b', missing, runs)])
    expect(two).toMatchObject([
      { state: 'ok', what: expect.stringContaining('JavaScript') as string },
    ])
    const none = judgeJobs([on('a', missing, noJavascript)])
    expect(none).toMatchObject([
      { state: 'note', what: expect.stringContaining('three times') as string },
    ])
  })

  test('jobs that a cluster forbids name the setting', () => {
    const forbidden: JobAnswer = { kind: 'refused', reason: 'not-allowed', message: 'no' }
    expect(judgeJobs([on('a', forbidden, forbidden)])).toMatchObject([
      {
        state: 'wrong',
        advice: expect.stringContaining('cluster.job.riak_kv.map_reduce') as string,
      },
    ])
  })
})

const seen = (more: Partial<TypeFacts>): TypeFacts => ({
  type: 'posts',
  keys: 10,
  isWhole: true,
  looked: 10,
  siblings: [],
  tombstones: [],
  unreadable: [],
  ...more,
})

describe('what is stored', () => {
  const judge = (...facts: TypeFacts[]) => judgeStored(facts, 'blog')

  test('a few siblings are well, and it is said how much was looked at', () => {
    const [finding] = judge(seen({ siblings: [{ key: 'k', count: 3 }], looked: 7, isWhole: false }))
    expect(finding).toEqual({
      check: 'siblings',
      state: 'ok',
      what: 'siblings: at most 3 siblings (7 objects of more than 10 looked at (--all looks at all))',
    })
  })

  test.each([
    [11, 'note'],
    [24, 'note'],
    [25, 'wrong'],
    [50, 'wrong'],
  ])(
    '%d siblings of a post are told as %s, with its key and what makes them one',
    (count, state) => {
      const [finding] = judge(seen({ siblings: [{ key: '01ABC', count }] }))
      expect(finding).toMatchObject({ state, what: `posts/blog/01ABC has ${count} siblings` })
      expect(finding?.advice).toContain('ringpost index rebuild')
    },
  )

  test('near the limit it is said that Riak is about to refuse', () => {
    const [finding] = judge(seen({ siblings: [{ key: '01ABC', count: 97 }] }))
    expect(finding?.what).toMatch(/97 siblings: Riak refuses a further one at 100/)
  })

  test('copies that are equal by construction are a note, however many', () => {
    const [finding] = judge(seen({ type: 'revisions', siblings: [{ key: 'a/b', count: 60 }] }))
    expect(finding).toMatchObject({ state: 'note' })
  })

  test('of many crowded objects the worst are named and the rest counted', () => {
    const siblings = Array.from({ length: 8 }, (_, at) => ({ key: `k${at}`, count: 30 + at }))
    const findings = judge(seen({ siblings }))
    expect(findings[0]?.what).toContain('k7')
    expect(findings.map(({ what }) => what)).toContain('3 more have more than 10 siblings')
  })

  test('a value of a newer program and a damaged one are wrong, each with its own advice', () => {
    const findings = judge(
      seen({
        unreadable: [
          { key: 'new', reason: 'post: schema 9 was written by a newer program; …' },
          { key: 'bad', reason: 'post: no JSON' },
        ],
      }),
    ).filter(({ check }) => check === 'values')
    expect(findings).toMatchObject([
      { state: 'wrong', advice: expect.stringContaining('run that version') as string },
      { state: 'wrong', advice: expect.stringContaining('back-up') as string },
    ])
  })

  test('tombstones and quarantine are notes that name what is there', () => {
    const findings = judge(
      seen({ tombstones: ['gone'] }),
      seen({ type: 'quarantine', keys: 2, looked: 2 }),
    )
    expect(findings.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        '1 tombstone: posts/blog/gone',
        'quarantine keeps 2 values that could not be read',
      ]),
    )
    expect(findings.some(({ state }) => state === 'wrong')).toBe(false)
  })

  test('what could not be looked at is not passed over', () => {
    const findings = judge(seen({ failure: 'queryIndex: insufficient\n vnodes' }))
    expect(findings.at(-1)).toMatchObject({
      state: 'wrong',
      what: 'not all of posts could be looked at: queryIndex: insufficient vnodes',
    })
  })
})

describe('listings', () => {
  const facts = { posts: 40, compared: 20, differing: [], differences: undefined }

  test('all verified, or only the newest: which is said', () => {
    expect(judgeListings({ ...facts, differences: [] })[0]?.what).toContain('all verified')
    expect(judgeListings(facts)).toMatchObject([
      { state: 'ok', what: expect.stringContaining('the newest 20') as string },
    ])
  })

  test('a stale listing is named with its post, and what heals it', () => {
    const difference = {
      kind: 'missing',
      object: 'indexes/blog/tag/release',
      id: '01ABC',
      detail: 'not listed',
    } as const
    expect(judgeListings({ ...facts, differences: [difference] })).toMatchObject([
      {
        state: 'wrong',
        what: 'indexes/blog/tag/release is missing for 01ABC: not listed',
        advice: expect.stringContaining('ringpost index rebuild') as string,
      },
    ])
    expect(judgeListings({ ...facts, differing: ['01XYZ'] })).toMatchObject([
      { state: 'wrong', what: expect.stringContaining('01XYZ') as string },
    ])
  })

  test('a verification that nobody did for days is a note', () => {
    const nowMs = 1_800_000_000_000
    const after = (hours: number) =>
      judgeVerification({ nowMs, verifiedAtMs: nowMs - hours * 3_600_000, posts: 3 })[0]
    expect(after(5)).toMatchObject({
      state: 'ok',
      what: expect.stringContaining('5 h ago') as string,
    })
    expect(after(100)).toMatchObject({ state: 'note' })
    expect(judgeVerification({ nowMs, verifiedAtMs: undefined, posts: 3 })).toMatchObject([
      { state: 'ok' },
    ])
  })

  test('a blog that was not exported for a week, or never, is a note that says how', () => {
    const nowMs = 1_800_000_000_000
    const after = (days: number | undefined, posts = 3) =>
      judgeExports({
        nowMs,
        exportedAtMs: days === undefined ? undefined : nowMs - days * 86_400_000,
        posts,
      })[0]
    expect(after(1)).toMatchObject({
      state: 'ok',
      what: expect.stringContaining('24 h ago') as string,
    })
    const advice = expect.stringContaining('ringpost export') as string
    expect(after(8)).toMatchObject({ state: 'note', advice })
    expect(after(undefined)).toMatchObject({ state: 'note', advice })
    expect(after(undefined, 0)).toMatchObject({ state: 'ok' })
  })

  test('an unsettled store is a note, one that does not answer is wrong', () => {
    const settled = { answers: true, isSettled: true, troubleAgeMs: undefined }
    expect(judgeSettled(settled)).toMatchObject([{ state: 'ok' }])
    expect(judgeSettled({ ...settled, isSettled: false, troubleAgeMs: 61_000 })).toMatchObject([
      { state: 'note', what: expect.stringContaining('61 s ago') as string },
    ])
    expect(judgeSettled({ ...settled, answers: false })).toMatchObject([{ state: 'wrong' }])
  })
})
