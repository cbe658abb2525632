import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

import { archiveDefences } from '../../../security/archive-defences.ts'
import { cachePromises } from '../../../security/cache-promises.ts'
import { defences } from '../../../security/defences.ts'

test.each([...defences, ...archiveDefences, ...cachePromises])(
  'the list names the very lines that defend: $against',
  ({ file, code, test: tests }) => {
    expect(readFileSync(file, 'utf8').split(code)).toHaveLength(2)
    for (const each of tests.split(' ')) expect(existsSync(each), each).toBe(true)
  },
)
