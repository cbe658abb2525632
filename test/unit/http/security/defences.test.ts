import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

import { defences } from '../../../security/defences.ts'

test.each(defences)('the list names the very lines that defend: $against', (defence) => {
  const { file, code, test: tests } = defence
  expect(readFileSync(file, 'utf8').split(code)).toHaveLength(2)
  for (const each of tests.split(' ')) expect(existsSync(each), each).toBe(true)
})
