import { describe, expect, test } from 'vitest'
import { tokens } from '../../../buckets/tokens/room.ts'
import type { TokenValue } from '../../../buckets/tokens/schema.ts'
import { OperationError, QuorumUnmetError } from '../../../src/kernel/errors.ts'
import type { RiakKv } from '../../../src/riak/riak-kv.ts'
import { Objects } from '../../../src/store/read-merge-write.ts'
import { Settled } from '../../../src/store/settled.ts'
import { memoryRiak, recordingLog } from '../../support/open-blog.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'
import type { VirtualClock } from '../../support/virtual-clock.ts'

interface Call {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  readonly bytes?: Uint8Array
}

/** Records what is asked of the facade; `fail` says which calls fail (1-based). */
function recorded(fail: (call: Call, n: number) => Error | undefined = () => undefined): {
  readonly objects: Objects
  readonly settled: Settled
  readonly calls: Call[]
  readonly riak: ReturnType<typeof memoryRiak>
  readonly clock: VirtualClock
} {
  const clock = createVirtualClock()
  const riak = memoryRiak(clock)
  const calls: Call[] = []
  const watched: RiakKv = new Proxy(riak, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      if (name !== 'get' && name !== 'put') return member.bind(target) as unknown
      return async (...args: unknown[]): Promise<unknown> => {
        const options = (args.at(name === 'get' ? 1 : 2) ?? {}) as Call['options']
        const bytes = name === 'put' ? (args[1] as { value: Uint8Array }).value : undefined
        const call: Call = { name, options, ...(bytes === undefined ? {} : { bytes }) }
        calls.push(call)
        const error = fail(call, calls.length)
        if (error !== undefined) throw error
        return (member as (...all: unknown[]) => Promise<unknown>).apply(target, args)
      }
    },
  })
  const settled = new Settled({ riak: watched, clock, isSingleNode: false })
  const objects = new Objects({ riak: watched, site: 'blog', clock, log: recordingLog(), settled })
  return { objects, settled, calls, riak, clock }
}

const value: TokenValue = {
  schema: 1,
  kind: 'token',
  name: 'x',
  scope: 'read',
  createdAtMs: 1,
}
const content = (of: TokenValue) => ({
  value: tokens.encode(of),
  contentType: 'application/json',
})
const unmet = new QuorumUnmetError({ operation: 'write', required: 2, answered: 1 })

describe('quorums', () => {
  const quorum = { r: 'quorum', notFoundOk: true, timeoutMs: 1_500 }
  const anyVnode = { r: 1, notFoundOk: false, timeoutMs: 1_000 }
  const everyVnode = { r: 1, notFoundOk: false, timeoutMs: 500 }

  test('a page is read from one vnode that has it; what two lack is asked of all, for half a second', async () => {
    const { objects, calls, riak } = recorded()
    await objects.read(tokens, 'k', 'page')
    const first = { r: 1, notFoundOk: false, basicQuorum: true }
    expect(calls.map(({ options }) => options)).toEqual([first, everyVnode])
    calls.length = 0
    await riak.put({ type: 'tokens', bucket: 'blog', key: 'k' }, content(value))
    expect(await objects.read(tokens, 'k', 'page')).toMatchObject({ value })
    expect(calls.map(({ options }) => options)).toEqual([first])
  })

  test('a read before a write asks a quorum; not found is asked again of every vnode', async () => {
    const { objects, calls } = recorded()
    await objects.read(tokens, 'k', 'edit')
    expect(calls.map(({ options }) => options)).toEqual([quorum, everyVnode])
  })

  test('while the store is unsettled a page asks a quorum, and then any vnode, whatever went wrong', async () => {
    const { objects, calls, settled } = recorded()
    settled.noteTrouble()
    const soon = { ...quorum, timeoutMs: 1_000 }
    await objects.read(tokens, 'k', 'page')
    expect(calls.map(({ options }) => options)).toEqual([soon, everyVnode])
    calls.length = 0
    const found = recorded((_call, n) => (n === 1 ? unmet : undefined))
    found.settled.noteTrouble()
    await found.objects.read(tokens, 'k', 'page')
    expect(found.calls.map(({ options }) => options)).toEqual([soon, anyVnode])
  })

  test('a vnode that is silent leaves a not-found in doubt for ten seconds, and is no error', async () => {
    const silent = new OperationError('BLOG_TIMEOUT', 'no answer in time')
    for (const use of ['page', 'edit'] as const) {
      const { objects, settled, clock } = recorded((_call, n) => (n === 2 ? silent : undefined))
      await expect(objects.read(tokens, 'k', use)).resolves.toBeUndefined()
      expect(settled.isSettled()).toBe(false)
      clock.advance(10_000)
      expect(settled.isSettled()).toBe(true)
    }
  })

  test('a quorum that cannot be met is read from any vnode', async () => {
    const { objects, calls } = recorded((_call, n) =>
      n === 1 ? new QuorumUnmetError({ operation: 'read', required: 2, answered: 1 }) : undefined,
    )
    await objects.read(tokens, 'k', 'edit')
    expect(calls.map(({ options }) => options)).toEqual([quorum, anyVnode])
  })

  test('a quorum and then any vnode, both silent: in doubt, and no error, so that a write goes on', async () => {
    const silent = new OperationError('BLOG_TIMEOUT', 'no answer in time')
    const { objects, settled } = recorded(({ name }) => (name === 'get' ? silent : undefined))
    await expect(objects.read(tokens, 'k', 'edit')).resolves.toBeUndefined()
    expect(settled.isSettled()).toBe(false)
    expect((await objects.mergeInto(tokens, 'k', value)).value).toEqual(value)
  })

  test('no node at all is an error at once, whatever a read is for', async () => {
    for (const use of ['page', 'glance', 'edit'] as const) {
      const gone = new OperationError('BLOG_UNAVAILABLE', 'no node')
      const { objects } = recorded(() => gone)
      await expect(objects.read(tokens, 'k', use)).rejects.toBe(gone)
    }
  })

  test("a reader's own ?r= is asked as given, and its failure is told", async () => {
    const { objects, calls } = recorded(() => unmet)
    await expect(objects.read(tokens, 'k', 'edit', { r: 3 })).rejects.toBe(unmet)
    expect(calls.map(({ options }) => options)).toEqual([{ r: 3, notFoundOk: true }])
  })

  test('a write that misses its quorum is sent again, byte for byte, with w=dw=1 and the same context', async () => {
    const { objects, calls } = recorded(({ name }, n) =>
      name === 'put' && n === 4 ? unmet : undefined,
    )
    const first = await objects.put(tokens, 'k', value, undefined)
    const found = await objects.read(tokens, 'k', 'edit')
    expect(found?.context).toEqual(first.context)
    calls.push({ name: 'mark', options: {} })
    await objects.put(tokens, 'k', { ...value, revokedAtMs: 5 }, found)
    const [one, two] = calls.slice(3)
    expect(one?.options).toMatchObject({ w: 'quorum', timeoutMs: 1_500, returnBody: true })
    expect(two?.options).toMatchObject({ w: 1, dw: 1, returnBody: true })
    expect(two?.options['context']).toEqual(one?.options['context'])
    expect(two?.bytes).toEqual(one?.bytes)
  })

  test('a second try goes past the node that failed the first (a read before a write, and a write)', async () => {
    const away = new OperationError('BLOG_UNAVAILABLE', 'it broke', 'indefinite', {
      node: 'riak1:8087',
    })
    const { objects, calls } = recorded((_call, n) => (n === 1 || n === 3 ? away : undefined))
    const found = await objects.read(tokens, 'k', 'edit')
    await objects.put(tokens, 'k', value, found)
    expect(calls.map(({ name, options }) => [name, options['avoid']])).toEqual([
      ['get', undefined],
      ['get', 'riak1:8087'],
      ['put', undefined],
      ['put', 'riak1:8087'],
    ])
    for (const { name, options } of calls.slice(2)) {
      expect([name, options['isRepeatable']]).toEqual(['put', true])
    }
  })

  test('a write whose first try may be stored stays uncertain, however surely its second was not', async () => {
    const late = new OperationError('BLOG_TIMEOUT', 'too late', 'indefinite', {
      node: 'riak1:8087',
    })
    const gone = new OperationError('BLOG_UNAVAILABLE', 'no node', 'definite')
    const { objects } = recorded((_call, n) => (n === 1 ? late : gone))
    await expect(objects.put(tokens, 'k', value, undefined)).rejects.toMatchObject({
      code: 'BLOG_UNAVAILABLE',
      outcome: 'indefinite',
    })
    const { objects: others } = recorded(() => gone)
    await expect(others.put(tokens, 'k', value, undefined)).rejects.toBe(gone)
  })

  test('a write answered too late but stored becomes one value again', async () => {
    const { objects, riak } = recorded()
    riak.faults.inject({ call: 'put' }, { kind: 'lose-answer' })
    const stored = await objects.put(tokens, 'k', value, undefined)
    expect(stored.siblings).toBe(2)
    expect(stored.isUniform).toBe(true)
    const found = await objects.read(tokens, 'k', 'edit')
    const next = await objects.put(tokens, 'k', found!.value!, found)
    expect(next.siblings).toBe(1)
  })

  test("a writer's own ?w= is asked as given, once", async () => {
    const { objects, calls } = recorded(() => unmet)
    await expect(objects.put(tokens, 'k', value, undefined, { w: 3 })).rejects.toBe(unmet)
    expect(calls.map(({ options }) => options)).toEqual([
      { w: 3, returnBody: true, isRepeatable: true },
    ])
  })

  test('an error that no other vnode can help is told at once', async () => {
    const refused = new OperationError('BLOG_NO_BUCKET_TYPE', 'no such type')
    const { objects, calls } = recorded(() => refused)
    await expect(objects.put(tokens, 'k', value, undefined)).rejects.toBe(refused)
    await expect(objects.read(tokens, 'k', 'edit')).rejects.toBe(refused)
    expect(calls).toHaveLength(2)
  })

  test('an unreadable sibling is in quarantine before a write covers it, and stays readable beside its reason', async () => {
    const { objects, riak, calls } = recorded()
    const at = { type: 'tokens', bucket: 'blog', key: 'k' }
    await objects.put(tokens, 'k', value, undefined)
    await riak.put(at, { value: new TextEncoder().encode('{oops'), contentType: 'text/plain' })
    const found = await objects.read(tokens, 'k', 'edit')
    expect(found?.value).toMatchObject({ name: 'x' })
    expect(found?.unreadable).toHaveLength(1)
    calls.length = 0
    await objects.put(tokens, 'k', found!.value!, found)
    expect(calls.map(({ name }) => name)).toEqual(['put', 'put'])
    expect((await objects.read(tokens, 'k', 'edit'))?.siblings).toBe(1)
    const [key] = await riak.listKeys({ type: 'quarantine', bucket: 'blog' })
    const copy = await riak.get({ type: 'quarantine', bucket: 'blog', key: key! })
    expect(new TextDecoder().decode(copy?.siblings[0]?.value)).toContain('{oops')
  })

  test('where the copy cannot be put, nothing is covered', async () => {
    const { objects, riak } = recorded()
    const at = { type: 'tokens', bucket: 'blog', key: 'k' }
    await riak.put(at, { value: new TextEncoder().encode('{oops'), contentType: 'text/plain' })
    const found = await objects.read(tokens, 'k', 'edit')
    const away = new OperationError('BLOG_REFUSED_BY_RIAK', 'no')
    riak.faults.inject({ call: 'put', type: 'quarantine' }, { kind: 'fail', error: away })
    await expect(objects.put(tokens, 'k', value, found)).rejects.toBe(away)
    expect((await riak.get(at))?.siblings).toHaveLength(1)
  })
})

describe('settled', () => {
  const open = (isSingleNode: boolean, up = 3, of = 3) => {
    const clock = createVirtualClock()
    const riak = memoryRiak(clock)
    riak.setHealth(up, of)
    return { clock, riak, settled: new Settled({ riak, clock, isSingleNode }) }
  }

  test('a cluster whose nodes are all up at the start is settled', () => {
    expect(open(false).settled.isSettled()).toBe(true)
    expect(open(false, 2).settled.isSettled()).toBe(false)
  })

  test('from the loss of a node until five minutes after its return "not found" proves nothing', () => {
    const { clock, riak, settled } = open(false)
    clock.advance(1_000)
    riak.setHealth(2, 3)
    expect(settled.isSettled()).toBe(false)
    clock.advance(3_600_000)
    expect(settled.isSettled()).toBe(false)
    riak.setHealth(3, 3)
    expect(settled.isSettled()).toBe(false)
    clock.advance(299_999)
    expect(settled.isSettled()).toBe(false)
    clock.advance(1)
    expect(settled.isSettled()).toBe(true)
  })

  test('a quorum that could not be met counts as a loss behind our connections', () => {
    const { clock, settled } = open(false)
    settled.noteTrouble()
    expect(settled.isSettled()).toBe(false)
    clock.advance(300_000)
    expect(settled.isSettled()).toBe(true)
  })

  test('a single node that answers is settled at once: nobody could return empty', () => {
    const { clock, riak, settled } = open(true, 1, 1)
    clock.advance(10)
    riak.setHealth(0, 1)
    expect(settled.isSettled()).toBe(false)
    riak.setHealth(1, 1)
    expect(settled.isSettled()).toBe(true)
  })
})
