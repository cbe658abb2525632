import { describe, expect, test } from 'vitest'

import type {
  JavascriptEngine,
  JavascriptResult,
} from '../../../../src/embedded/javascript/javascript-engine.ts'
import { openJavascriptEngine } from '../../../../src/embedded/javascript/open-javascript-engine.ts'
import type { SandboxCall } from '../../../../src/embedded/javascript/sandbox.ts'
import { limits } from '../../../../src/kernel/limits.ts'
import { createFakeThreads } from '../../../support/fake-threads.ts'
import type { FakeThread, FakeThreads } from '../../../support/fake-threads.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'
import type { VirtualClock } from '../../../support/virtual-clock.ts'

interface World {
  readonly clock: VirtualClock
  readonly threads: FakeThreads
  readonly engine: JavascriptEngine
  readonly logged: string[]
  /** Ask for a call that is known by its source. */
  readonly ask: (source: string, options?: { timeoutMs?: number; job?: object }) => Asked
}

interface Asked {
  results: readonly JavascriptResult[] | undefined
}

function createWorld(workers = 2): World {
  const clock = createVirtualClock()
  const threads = createFakeThreads()
  const logged: string[] = []
  const log = { write: (_level: string, event: string) => void logged.push(event) }
  const engine = openJavascriptEngine({ clock, threads, log }, { workers })
  return {
    clock,
    threads,
    engine,
    logged,
    ask(source, { timeoutMs = 60_000, job } = {}) {
      const asked: Asked = { results: undefined }
      const what = { kind: 'source' as const, source }
      const call = {
        what,
        argumentLists: ['[1]'],
        timeoutMs,
        ...(job === undefined ? {} : { job }),
      }
      void engine.call(call).then((results) => (asked.results = results))
      return asked
    },
  }
}

/** Promises that are due settle. */
const settle = (): Promise<void> => new Promise((turn) => setImmediate(turn))

const done = { lines: 'L[1]\n', end: 'done', reason: '', isFit: true }
const stopped = { lines: '', end: 'stopped', reason: 'interrupted', isFit: true }

/** What the thread was given last. */
function sourceIn(thread: FakeThread | undefined): string | undefined {
  const what = (thread?.posted.at(-1) as SandboxCall | undefined)?.what
  return what?.kind === 'source' ? what.source : undefined
}

async function say(thread: FakeThread | undefined, message: unknown): Promise<void> {
  thread?.say(message)
  await settle()
}

const list = [{ kind: 'list', json: '[1]' }]
const failed = (fault: string): object => [{ kind: 'error', fault }]

describe('threads of JavaScript phases', () => {
  test('none is started before the first call; one runs many calls', async () => {
    const { threads, ask } = createWorld()
    expect(threads.started.length).toBe(0)
    const first = ask('one')
    await say(threads.started[0], 'ready')
    await say(threads.started[0], done)
    const second = ask('two')
    await say(threads.started[0], done)
    expect([first.results, second.results]).toEqual([list, list])
    expect(threads.started.length).toBe(1)
  })

  test('as many run at once as there are workers; the next call waits', async () => {
    const { threads, ask } = createWorld()
    for (const source of ['one', 'two', 'three']) ask(source)
    for (const thread of threads.started) await say(thread, 'ready')
    expect(threads.started.map(sourceIn)).toEqual(['one', 'two'])
    await say(threads.started[1], done)
    expect(threads.started.map(sourceIn)).toEqual(['one', 'three'])
  })

  test('the calls of a job go to the thread that knows it', async () => {
    const { threads, ask } = createWorld()
    const [a, b] = [{}, {}]
    ask('a', { job: a })
    ask('b', { job: b })
    for (const thread of threads.started) await say(thread, 'ready')
    for (const thread of threads.started) await say(thread, done)
    ask('a again', { job: a })
    expect(threads.started.map(sourceIn)).toEqual(['a again', 'b'])
    const names = threads.started.map(({ posted }) =>
      posted.map((each) => (each as SandboxCall).job),
    )
    expect(names).toEqual([['job 1', 'job 1'], ['job 2']])
  })

  test('threads without a call are ended after a while, and started again for the next', async () => {
    const { clock, threads, ask } = createWorld()
    ask('one')
    await say(threads.started[0], 'ready')
    await say(threads.started[0], done)
    clock.advance(limits.javascriptIdleMs - 1)
    expect(threads.started[0]?.isTerminated).toBe(false)
    clock.advance(1)
    expect(threads.started[0]?.isTerminated).toBe(true)
    const next = ask('two')
    await say(threads.started[1], 'ready')
    await say(threads.started[1], done)
    expect(next.results).toEqual(list)
  })

  test('one that does not start is given up, and the call told', async () => {
    const { clock, threads, ask, logged } = createWorld()
    const asked = ask('one')
    clock.advance(limits.javascriptStartMsMax)
    await settle()
    expect(asked.results).toMatchObject(failed('unavailable'))
    expect(threads.started[0]?.isTerminated).toBe(true)
    expect(logged).toEqual(['a JavaScript engine was ended'])
  })

  test('one that breaks is replaced: its call fails, the next runs', async () => {
    const { threads, ask } = createWorld(1)
    const broken = ask('one')
    const next = ask('two')
    await say(threads.started[0], 'ready')
    threads.started[0]?.break('no memory')
    await settle()
    expect(broken.results).toMatchObject([{ fault: 'unavailable', message: 'no memory' }])
    await say(threads.started[1], 'ready')
    await say(threads.started[1], done)
    expect(next.results).toEqual(list)
  })

  test('one that broke while it was idle is not used again', async () => {
    const { threads, ask } = createWorld(1)
    ask('one')
    await say(threads.started[0], 'ready')
    await say(threads.started[0], done)
    threads.started[0]?.break('no memory')
    const next = ask('two')
    await say(threads.started[1], 'ready')
    await say(threads.started[1], done)
    expect(next.results).toEqual(list)
  })

  test('one that is not fit any more is replaced after its answer', async () => {
    const { threads, ask } = createWorld(1)
    const first = ask('one')
    await say(threads.started[0], 'ready')
    await say(threads.started[0], { ...done, isFit: false })
    expect(first.results).toEqual(list)
    expect(threads.started[0]?.isTerminated).toBe(true)
    ask('two')
    await say(threads.started[1], 'ready')
    expect(sourceIn(threads.started[1])).toBe('two')
  })
})

describe('time of a JavaScript call', () => {
  test('a call that runs too long ends as a timeout, after the results before it', async () => {
    const { clock, threads, ask } = createWorld()
    const asked = ask('loop')
    await say(threads.started[0], 'ready')
    clock.advance(limits.javascriptCallMsMax)
    await say(threads.started[0], { ...stopped, lines: 'L[0]\n' })
    expect(asked.results).toMatchObject([{ json: '[0]' }, { fault: 'timeout' }])
    expect(threads.started[0]?.isTerminated).toBe(false)
  })

  test('the time that a thread takes to start is not the call’s', async () => {
    const { clock, threads, ask } = createWorld()
    const asked = ask('one')
    clock.advance(limits.javascriptCallMsMax + limits.javascriptGraceMs)
    await say(threads.started[0], 'ready')
    await say(threads.started[0], done)
    expect(asked.results).toEqual(list)
  })

  test('a thread that does not stop when told is terminated, and its call is a timeout', async () => {
    const { clock, threads, ask } = createWorld()
    const asked = ask('deaf')
    await say(threads.started[0], 'ready')
    clock.advance(limits.javascriptCallMsMax)
    clock.advance(limits.javascriptGraceMs - 1)
    expect(threads.started[0]?.isTerminated).toBe(false)
    clock.advance(1)
    await settle()
    expect(threads.started[0]?.isTerminated).toBe(true)
    expect(asked.results).toMatchObject(failed('timeout'))
  })

  test('a job’s deadline ends its call at once (running, waiting, and while a thread starts)', async () => {
    const { clock, threads, ask } = createWorld(1)
    const starting = ask('starting', { timeoutMs: 10 })
    clock.advance(10)
    await settle()
    expect(starting.results).toMatchObject(failed('timeout'))
    const running = ask('running', { timeoutMs: 10 })
    const waiting = ask('waiting', { timeoutMs: 10 })
    await say(threads.started[0], 'ready')
    clock.advance(10)
    await settle()
    expect([running.results, waiting.results]).toMatchObject([failed('timeout'), failed('timeout')])
    await say(threads.started[0], stopped)
    const next = ask('next')
    await say(threads.started[0], done)
    expect(next.results).toEqual(list)
  })

  test('a job that is over ends its calls, running and waiting, and nobody else’s', async () => {
    const { threads, engine, ask } = createWorld(1)
    const [over, other] = [{}, {}]
    const ended = [ask('running', { job: over }), ask('waiting', { job: over })]
    const next = ask('next', { job: other })
    await say(threads.started[0], 'ready')
    engine.endJob(over)
    engine.endJob({})
    await settle()
    for (const { results } of ended) expect(results).toMatchObject(failed('unavailable'))
    await say(threads.started[0], stopped)
    expect(sourceIn(threads.started[0])).toBe('next')
    await say(threads.started[0], done)
    expect(next.results).toEqual(list)
  })

  test('an answer that comes after the end of its thread changes nothing', async () => {
    const { clock, threads, ask } = createWorld()
    const asked = ask('late', { timeoutMs: 10 })
    await say(threads.started[0], 'ready')
    clock.advance(10)
    await settle()
    await say(threads.started[0], done)
    expect(asked.results).toMatchObject(failed('timeout'))
  })
})

describe('slow calls and fresh ones', () => {
  test('slow calls on all threads: the one that ran least gives way to a fresh call', async () => {
    const { clock, threads, ask } = createWorld()
    ask('slow 1')
    await say(threads.started[0], 'ready')
    clock.advance(1)
    const second = ask('slow 2')
    await say(threads.started[1], 'ready')
    clock.advance(limits.javascriptQuickMs)
    const fresh = ask('fresh')
    await say(threads.started[1], stopped)
    expect(threads.started.map(sourceIn)).toEqual(['slow 1', 'fresh'])
    await say(threads.started[1], done)
    expect(fresh.results).toEqual(list)
    expect(threads.started.map(sourceIn)).toEqual(['slow 1', 'slow 2'])
    await say(threads.started[1], done)
    expect(second.results).toEqual(list)
  })

  test('ten endless calls leave one thread to the others', async () => {
    const { clock, threads, ask } = createWorld()
    const endless = Array.from({ length: 10 }, (_each, n) => ask(`endless ${n}`))
    for (const thread of threads.started) await say(thread, 'ready')
    const fresh = ask('fresh')
    // Each is found out in its quarter of a second, on the thread that serves fresh calls.
    for (let n = 0; n < 10 && sourceIn(threads.started[1]) !== 'fresh'; n++) {
      clock.advance(limits.javascriptQuickMs)
      await say(threads.started[1], stopped)
    }
    await say(threads.started[1], done)
    expect(fresh.results).toEqual(list)
    expect(endless.every((each) => each.results === undefined)).toBe(true)
    const next = ask('next')
    await say(threads.started[1], stopped)
    await say(threads.started[1], done)
    expect(next.results).toEqual(list)
  })

  test('a stream of fresh calls does not keep a slow one from ending', async () => {
    const { clock, threads, ask } = createWorld()
    const slow = ask('slow')
    ask('other')
    for (const thread of threads.started) await say(thread, 'ready')
    clock.advance(limits.javascriptQuickMs)
    for (let n = 0; n < 5; n++) {
      ask(`fresh ${n}`)
      await say(threads.started[1], n === 0 ? stopped : done)
    }
    expect(sourceIn(threads.started[0])).toBe('slow')
    await say(threads.started[0], done)
    expect(slow.results).toEqual(list)
    expect(sourceIn(threads.started[0])).toBe('other')
  })

  test('a slow call that ends just as it should give way has ended', async () => {
    const { clock, threads, ask } = createWorld(1)
    const slow = ask('slow')
    await say(threads.started[0], 'ready')
    clock.advance(limits.javascriptQuickMs)
    ask('fresh')
    await say(threads.started[0], done)
    expect(slow.results).toEqual(list)
    expect(sourceIn(threads.started[0])).toBe('fresh')
  })

  test('a slow call whose thread does not give way is begun again on another', async () => {
    const { clock, threads, ask } = createWorld(1)
    const slow = ask('deaf')
    await say(threads.started[0], 'ready')
    clock.advance(limits.javascriptQuickMs)
    ask('fresh')
    clock.advance(limits.javascriptGraceMs)
    await settle()
    expect(threads.started[0]?.isTerminated).toBe(true)
    await say(threads.started[1], 'ready')
    expect(sourceIn(threads.started[1])).toBe('fresh')
    await say(threads.started[1], done)
    expect(sourceIn(threads.started[1])).toBe('deaf')
    await say(threads.started[1], done)
    expect(slow.results).toEqual(list)
  })
})

describe('the bounds of the engine', () => {
  test('more waiting calls than the limit are overload', async () => {
    const { ask } = createWorld(1)
    for (let n = 0; n <= limits.javascriptCallsMax; n++) ask('wait')
    const refused = ask('too many')
    await settle()
    expect(refused.results).toMatchObject(failed('overload'))
  })

  test('closing ends what runs and what waits, and refuses what comes; twice is once', async () => {
    const { threads, engine, ask, clock, logged } = createWorld(1)
    const asked = [ask('running'), ask('waiting')]
    await say(threads.started[0], 'ready')
    await Promise.all([engine.close(), engine.close()])
    asked.push(ask('late'))
    await settle()
    for (const { results } of asked) expect(results).toMatchObject(failed('unavailable'))
    expect(threads.started[0]?.isTerminated).toBe(true)
    clock.advance(100_000)
    expect(threads.started.length).toBe(1)
    expect(logged).toEqual([])
  })
})
