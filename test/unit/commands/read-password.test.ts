import { describe, expect, test } from 'vitest'

import { readPassword } from '../../../src/commands/read-password.ts'
import type { PasswordInput } from '../../../src/commands/read-password.ts'

interface Read {
  readonly password: string | undefined
  /** In words, where there is none. */
  readonly refusal: string | undefined
  readonly shown: string
  readonly modes: readonly boolean[]
}

/** @param pieces - as they arrive. */
async function read(pieces: readonly string[], isTTY: boolean): Promise<Read> {
  let shown = ''
  const modes: boolean[] = []
  const input: PasswordInput = {
    isTTY,
    setRawMode: (mode) => modes.push(mode),
    async *[Symbol.asyncIterator]() {
      for (const piece of pieces) {
        await Promise.resolve()
        yield Buffer.from(piece)
      }
    },
  }
  const terminal = { ask: (text: string) => void (shown += text) }
  try {
    const password = await readPassword('Password for ana', terminal, input)
    return { password, refusal: undefined, shown, modes }
  } catch (error) {
    const refusal = error instanceof Error ? error.message : ''
    return { password: undefined, refusal, shown, modes }
  }
}

describe('a password typed at a terminal', () => {
  test('is asked for twice and never shown, key by key or all at once', async () => {
    for (const pieces of [
      Array.from('secret\rsecret\r'),
      ['secret\rsecret\r'],
      ['sec', 'ret\r', 'secret\n'],
    ]) {
      const { password, shown, modes } = await read(pieces, true)
      expect(password).toBe('secret')
      expect(shown).toBe('Password for ana: \nOnce more: \n')
      expect(modes).toEqual([true, false])
    }
  })

  test('can be corrected: one key back, or the whole line', async () => {
    expect((await read(['sä\u007fecres\u007ft\rsecret\r'], true)).password).toBe('secret')
    expect((await read(['wrong\u0015secret\rsecret\r'], true)).password).toBe('secret')
  })

  test.each([
    ['differs the second time', 'secret\rsecert\r', 'the two passwords are not the same'],
    ['is nothing', '\r\r', 'nothing was typed'],
    ['is given up with Ctrl-C', 'sec\u0003', 'given up'],
    ['ends with the terminal', 'sec', 'given up'],
  ])('that %s is refused, and the terminal is as it was', async (_what, typed, refusal) => {
    expect(await read([typed], true)).toMatchObject({ refusal, modes: [true, false] })
  })
})

describe('a password from a pipe', () => {
  test.each([
    ['a line', ['a secret \n'], 'a secret '],
    ['a line of Windows', ['secret\r\n'], 'secret'],
    ['a line without an end', ['secret'], 'secret'],
    ['pieces of a letter', ['sä\n'], 'sä'],
    ['more lines', ['secret\nother\n'], 'secret'],
  ])('is the first line of %s', async (_what, pieces, password) => {
    expect(await read(pieces, false)).toMatchObject({ password, shown: '', modes: [] })
  })

  test.each([
    ['nothing', ''],
    ['an empty line', '\n'],
    ['more than any password', 'x'.repeat(5_000)],
  ])('is refused where it is %s', async (_what, sent) => {
    expect((await read([sent], false)).refusal).toMatch(/standard input|at most/)
  })
})
