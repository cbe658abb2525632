import { afterEach, expect, test, vi } from 'vitest'

import { systemTerminal } from '../../../src/commands/terminal.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** What a terminal gets. */
function written(stream: NodeJS.WriteStream): { text: string } {
  const all = { text: '' }
  vi.spyOn(stream, 'write').mockImplementation((chunk) => {
    all.text += String(chunk)
    return true
  })
  return all
}

const attacks = [
  ['colours', '\u001b[31mred'],
  ['another title of the window', '\u001b]0;owned\u0007'],
  ['the same in one sign', '\u009d0;owned\u009c'],
  ['a line written over', 'failed\rdone  '],
  ['letters taken back', 'no\b\bok'],
  ['a word read backwards', 'gnp.\u202eexe'],
  ['nothing to be seen', 'a\u0000\u007f\u2028b'],
] as const

test.each(attacks)('a stranger’s words hold no commands for the terminal: %s', (_, words) => {
  const terminal = systemTerminal()
  const [out, error] = [written(process.stdout), written(process.stderr)]
  terminal.print(words)
  terminal.tell(words)
  terminal.ask(words)
  const lines = out.text + error.text
  expect(lines).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e]/)
  expect(lines).toMatch(/\\u\{[0-9a-f]+\}/)
})

test('what can be read stays as it is: lines, tabs, every script, joined emoji', () => {
  const out = written(process.stdout)
  const text = 'a\tb\nč Привет 日本 می‌خواهم 👩‍🚀'
  systemTerminal().print(text)
  expect(out.text).toBe(`${text}\n`)
})
