/** JavaScript phases in real threads: whatever a function does, the process serves on. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import type {
  JavascriptEngine,
  JavascriptResult,
} from '../../../src/embedded/javascript/javascript-engine.ts'
import { openJavascriptEngine } from '../../../src/embedded/javascript/open-javascript-engine.ts'
import type { EngineOptions } from '../../../src/embedded/javascript/open-javascript-engine.ts'
import { systemClock } from '../../../src/runtime/system-clock.ts'
import { workerThreads } from '../../../src/runtime/worker-threads.ts'
import { compileSources } from '../../support/compiled-sources.ts'
import type { CompiledSources } from '../../support/compiled-sources.ts'
import { until } from '../../support/program.ts'

let compiled: CompiledSources
let engine: JavascriptEngine

beforeAll(() => {
  compiled = compileSources([
    ...['src/embedded/javascript', 'src/kernel'],
    ...['src/runtime/system-clock.ts', 'src/runtime/worker-threads.ts'],
  ])
})
afterAll(() => {
  compiled.remove()
})
afterEach(async () => {
  await engine.close()
})

function open(options: EngineOptions = {}): void {
  const deps = { clock: systemClock(), log: { write: () => undefined }, threads: workerThreads() }
  const file = compiled.url('src/embedded/javascript/javascript-worker.ts')
  engine = openJavascriptEngine(deps, { file, ...options })
}

const run = (source: string, timeoutMs = 60_000): Promise<readonly JavascriptResult[]> =>
  engine.call({ what: { kind: 'source', source }, argumentLists: ['[1]'], timeoutMs })

const one = 'function (a) { return [a] }'
const list = [{ kind: 'list', json: '[1]' }]

/** Each takes all time there is; those below `deaf` hardly ever ask whether they should stop. */
const endless = {
  'a loop': 'function () { while (1); }',
  'a pattern': 'function () { return [/^(a+)+$/.test(new Array(80).join("a") + "b")] }',
  'deaf: searches of a long text': `function () {
    var text = new Array(10e6).join('x')
    while (text.indexOf('y' + text.length) < 0);
  }`,
  'deaf: recursion that catches its own end':
    'function f() { try { return f() } catch (e) { return f() } }',
  'deaf: a sort of millions': `function () {
    var many = []
    for (var i = 0; i < 5e5; i++) many.push('x' + Math.random())
    while (1) many.sort()
  }`,
}
const hungry = {
  'a list': 'function () { var a = []; while (1) a.push(new Array(1e5).fill(1.5)) }',
  'a text': 'function () { var s = "x"; while (1) s += s + s.length }',
  'a result': 'function () { return [new Array(2e7).join("x")] }',
  'bound functions': 'function () { var f = function () {}; while (1) f = f.bind(null) }',
}

describe('a function that does not end', () => {
  test.each(Object.entries(endless))(
    '%s: a timeout, and the next call runs',
    async (_what, source) => {
      open({ callMsMax: 300 })
      expect(await run(source)).toMatchObject([{ kind: 'error', fault: 'timeout' }])
      expect(await run(one)).toEqual(list)
    },
  )

  test('ten at once: each is answered by its job’s time, and the calls of others go on', async () => {
    open({ quickMs: 50 })
    expect(await run(one)).toEqual(list)
    const sources = Object.values(endless)
    const answers = Array.from({ length: 10 }, (_each, n) =>
      run(sources[n % sources.length] ?? one, 4_000),
    )
    const progress = { isOver: false }
    const all = Promise.all(answers).finally(() => (progress.isOver = true))
    let others = 0
    while (!progress.isOver) {
      expect(await run(one)).toEqual(list)
      others += 1
    }
    expect((await all).flat()).toEqual(
      Array.from({ length: 10 }, () => expect.objectContaining({ fault: 'timeout' }) as unknown),
    )
    expect(others).toBeGreaterThan(5)
  })
})

describe('the process that serves', () => {
  test('does not wait for foreign code: no turn of its loop is held up by any', async () => {
    open({ callMsMax: 300 })
    await run(one)
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    await Promise.all(
      [...Object.values(endless), ...Object.values(hungry)].map((each) => run(each)),
    )
    delay.disable()
    // On its own thread, any of them would have held it for 300 ms or more. (Measured: 4 to 12 ms.)
    expect(delay.percentile(99) / 1e6).toBeLessThan(100)
  })

  test('stays as large as it was over two hundred hostile calls', async () => {
    open({ callMsMax: 100 })
    const loops = Object.values(endless).slice(0, 2)
    const sources = [...Object.values(hungry), ...loops, 'function () { throw 1 }', 'no source']
    const call = async (n: number): Promise<void> => {
      const [result] = await run(sources[n % sources.length] ?? one)
      expect(result?.kind, sources[n % sources.length]).toBe('error')
    }
    const hostile = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n += 2) await Promise.all([call(n), call(n + 1)])
    }
    await hostile(sources.length)
    const before = process.memoryUsage.rss()
    await hostile(200)
    // One engine that was kept would be 64 MB or more, each time.
    await until('memory is given back', 30_000, () => process.memoryUsage.rss() < before + 200e6)
    expect(await run(one)).toEqual(list)
  }, 300_000)

  test('ends when it has nothing else to do, though a function runs for ever', async () => {
    open()
    const script = join(compiled.folder, 'run-for-ever.js')
    writeFileSync(
      script,
      `import { openJavascriptEngine } from './src/embedded/javascript/open-javascript-engine.js'
      import { systemClock } from './src/runtime/system-clock.js'
      import { workerThreads } from './src/runtime/worker-threads.js'
      const alive = setInterval(() => undefined, 1_000)
      const log = { write: () => undefined }
      const engine = openJavascriptEngine({ clock: systemClock(), log, threads: workerThreads() })
      const call = (source) =>
        engine.call({ what: { kind: 'source', source }, argumentLists: ['[1]'], timeoutMs: 60_000 })
      console.log(JSON.stringify(await call('function (a) { return [a] }')))
      void call('function () { while (1); }')
      clearInterval(alive)`,
    )
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    const patience = setTimeout(() => child.kill(), 30_000)
    expect(await once(child, 'close')).toEqual([0, null])
    clearTimeout(patience)
    expect(output).toBe('[{"kind":"list","json":"[1]"}]\n')
  })

  test('runs from sources as well, as the tests and a developer’s server do', async () => {
    const deps = { clock: systemClock(), log: { write: () => undefined }, threads: workerThreads() }
    engine = openJavascriptEngine(deps)
    expect(await run(one)).toEqual(list)
  })
})
