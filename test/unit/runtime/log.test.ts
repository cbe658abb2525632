import { expect, test } from 'vitest'

import { openLog } from '../../../src/runtime/log.ts'

function opened(): { lines: string[]; log: ReturnType<typeof openLog> } {
  const lines: string[] = []
  return { lines, log: openLog({ level: 'info', to: { write: (line) => lines.push(line) } }) }
}

test('whatever a stranger sends is one line of JSON that no terminal takes for a command', () => {
  const { lines, log } = opened()
  const words = '/x\r\n{"level":"error","event":"forged"}\u001b[2J\u009b2J\u2028\u202e\u0000\u007f'
  log.write('info', words, { path: words, error: new Error(words) })
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e]+\n$/)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ event: words, path: words })
})

test('an error keeps its message, its stack and its cause', () => {
  const { lines, log } = opened()
  log.write('error', 'it broke', { error: new Error('outer', { cause: new Error('inner') }) })
  const { error } = JSON.parse(lines[0] ?? '') as { error: { message: string; cause: object } }
  expect(error).toMatchObject({ message: 'outer', cause: { message: 'inner' } })
})

test('below its level nothing is written', () => {
  const { lines, log } = opened()
  log.write('debug', 'a detail')
  expect(lines).toEqual([])
})
