import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createRenderWorker } from '../../../../src/http/markdown/render-worker-pool.ts'
import { compileSources } from '../../../support/compiled-sources.ts'
import type { CompiledSources } from '../../../support/compiled-sources.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const log = { write: () => undefined }

let folder: string
let file: URL
let compiled: CompiledSources

/** Workers run what is compiled: this compiles the renderer alone. */
beforeAll(() => {
  compiled = compileSources(['src/http/markdown', 'src/kernel'])
  folder = compiled.folder
  file = compiled.url('src/http/markdown/render-worker.ts')
})

afterAll(() => {
  compiled.remove()
})

describe('long texts', () => {
  test('are rendered in a worker, each asker gets its own', async () => {
    const worker = createRenderWorker({ clock: createVirtualClock(), log }, { file })
    const sources = ['# One', '*two*', '`three`']
    expect(await Promise.all(sources.map((source) => worker.render(source)))).toEqual([
      '<h2 id="one"><a class="self" href="#one">One</a></h2>\n',
      '<p><em>two</em></p>\n',
      '<p><code>three</code></p>\n',
    ])
  })

  test('that take too long end with their worker, and the next text gets a new one', async () => {
    const clock = createVirtualClock()
    const worker = createRenderWorker({ clock, log }, { file, msMax: 1_000 })
    await worker.render('warm')
    const slow = worker.render('*a_'.repeat(50_000))
    const next = worker.render('*next*')
    clock.advance(1_000)
    await expect(slow).rejects.toThrow('not rendered within 1000 ms')
    expect(await next).toBe('<p><em>next</em></p>\n')
  })

  test('are rendered here where no worker can start', async () => {
    const missing = pathToFileURL('no/such/worker.js')
    const worker = createRenderWorker({ clock: createVirtualClock(), log }, { file: missing })
    expect(await worker.render('*a*')).toBe('<p><em>a</em></p>\n')
    expect(await worker.render('*b*')).toBe('<p><em>b</em></p>\n')
  })

  test('do not keep a process alive that has nothing else to do', async () => {
    const script = join(folder, 'render-one.js')
    writeFileSync(
      script,
      `import { createRenderWorker } from './src/http/markdown/render-worker-pool.js'
      const clock = { after: () => ({ cancel: () => undefined }) }
      const alive = setInterval(() => undefined, 1_000)
      const worker = createRenderWorker({ clock, log: { write: () => undefined } })
      console.log(await worker.render('*a*'))
      clearInterval(alive)`,
    )
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    const patience = setTimeout(() => child.kill(), 10_000)
    expect(await once(child, 'close')).toEqual([0, null])
    clearTimeout(patience)
    expect(output).toBe('<p><em>a</em></p>\n\n')
  })

  test('are refused once closed, those under way included; closing twice is closing once', async () => {
    const clock = createVirtualClock()
    const worker = createRenderWorker({ clock, log }, { file })
    await worker.render('warm')
    const slow = [worker.render('*a_'.repeat(50_000)), worker.render('*next*')]
    const refused = Promise.all(slow.map((each) => expect(each).rejects.toThrow('closed')))
    await Promise.all([worker.close(), worker.close()])
    await refused
    await expect(worker.render('*late*')).rejects.toThrow('closed')
  })
})
