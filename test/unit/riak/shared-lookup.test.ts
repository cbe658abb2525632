import type { LookupFunction } from 'node:net'
import { describe, expect, test } from 'vitest'
import { sharedLookup } from '../../../src/riak/client/shared-lookup.ts'

/** A resolver that answers when a test says so. */
function resolver(): {
  readonly lookup: LookupFunction
  readonly asked: string[]
  readonly answer: (address: string | Error) => void
} {
  const asked: string[] = []
  const open: Parameters<LookupFunction>[2][] = []
  return {
    lookup: sharedLookup((name, _options, answer) => {
      asked.push(name)
      open.push(answer)
    }),
    asked,
    answer: (result) => {
      const answer = open.shift()!
      if (result instanceof Error) answer(result, '', 0)
      else answer(null, result, 4)
    },
  }
}

describe('lookups of names', () => {
  test('of one name one is under way at a time, whoever asks; its answer is everyone’s', () => {
    const { lookup, asked, answer } = resolver()
    const got: unknown[] = []
    for (let n = 0; n < 20; n++) lookup('riak1', {}, (_error, address) => got.push(address))
    expect(asked).toEqual(['riak1'])
    answer('10.0.0.1')
    expect(got).toEqual(Array.from({ length: 20 }, () => '10.0.0.1'))
  })

  test('nothing is remembered: a name that was not known, or has moved, is asked for again', () => {
    const { lookup, asked, answer } = resolver()
    const got: unknown[] = []
    const ask = (): void => {
      lookup('riak1', {}, (error, address) => got.push(error?.message ?? address))
    }
    ask()
    answer(new Error('ENOTFOUND'))
    ask()
    answer('10.0.0.1')
    ask()
    answer('10.0.0.2')
    expect(got).toEqual(['ENOTFOUND', '10.0.0.1', '10.0.0.2'])
    expect(asked).toHaveLength(3)
  })

  test('another name, or another family, is another question', () => {
    const { lookup, asked } = resolver()
    const ignore = (): void => undefined
    lookup('riak1', {}, ignore)
    lookup('riak2', {}, ignore)
    lookup('riak1', { family: 6 }, ignore)
    expect(asked).toEqual(['riak1', 'riak2', 'riak1'])
  })
})
