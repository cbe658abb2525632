import { describe, expect, test } from 'vitest'

import { createRenderTurns } from '../../../src/http/render-turns.ts'

/** Work that ends when it is told to. */
interface Work {
  readonly begun: string[]
  readonly run: (name: string) => Promise<string>
  readonly end: (name: string, error?: Error) => Promise<void>
}

function open(atOnce: number, waitingMax: number): Work {
  const turns = createRenderTurns({ atOnce, waitingMax })
  const begun: string[] = []
  const ends = new Map<string, { done: (name: string) => void; fail: (error: Error) => void }>()
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  }
  return {
    begun,
    run: (name) =>
      turns.run(() => {
        begun.push(name)
        return new Promise((done, fail) => ends.set(name, { done, fail }))
      }),
    async end(name, error) {
      await settled()
      const work = ends.get(name)
      if (error === undefined) work?.done(name)
      else work?.fail(error)
      await settled()
    },
  }
}

describe('turns at rendering', () => {
  test('so many are made at once; the others begin in the order they came, one for each that ends', async () => {
    const { begun, run, end } = open(2, 10)
    const all = ['a', 'b', 'c', 'd'].map(run)
    expect(begun).toEqual(['a', 'b'])
    await end('b')
    expect(begun).toEqual(['a', 'b', 'c'])
    await end('a')
    expect(begun).toEqual(['a', 'b', 'c', 'd'])
    for (const name of ['c', 'd']) await end(name)
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd'])
  })

  test('one too many is refused at once, and its work never begun', async () => {
    const { begun, run, end } = open(1, 1)
    const both = ['a', 'b'].map(run)
    await expect(run('c')).rejects.toMatchObject({ code: 'BLOG_OVERLOADED' })
    await end('a')
    // There is a place to wait again.
    const third = run('d')
    await end('b')
    await end('d')
    expect([await Promise.all(both), await third, begun]).toEqual([
      ['a', 'b'],
      'd',
      ['a', 'b', 'd'],
    ])
  })

  test('work that fails hands its turn on, and fails for nobody else', async () => {
    const { run, end } = open(1, 5)
    const bad = run('bad')
    const good = run('good')
    const seen = expect(bad).rejects.toThrow('broken')
    await end('bad', new Error('broken'))
    await seen
    await end('good')
    expect(await good).toBe('good')
  })

  test('work that throws before it begins to wait hands its turn on as well', async () => {
    const turns = createRenderTurns({ atOnce: 1, waitingMax: 0 })
    const throws = (): Promise<never> => {
      throw new Error('at once')
    }
    for (let time = 0; time < 3; time++) await expect(turns.run(throws)).rejects.toThrow('at once')
    expect(await turns.run(() => Promise.resolve('fine'))).toBe('fine')
  })

  test('after a crowd has gone, as many are made at once as before, and no more', async () => {
    const { begun, run, end } = open(2, 10)
    const names = Array.from({ length: 8 }, (_, n) => `crowd ${n}`)
    const crowd = names.map(run)
    for (const name of names) await end(name)
    await Promise.all(crowd)
    begun.length = 0
    const next = ['x', 'y', 'z'].map(run)
    expect(begun).toEqual(['x', 'y'])
    for (const name of ['x', 'y', 'z']) await end(name)
    await Promise.all(next)
  })
})
