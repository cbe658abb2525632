import { readFileSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

import { OperationError } from '../../../src/kernel/errors.ts'
import { describeError, problems } from '../../../src/http/problem.ts'

describe('errors', () => {
  test('the README explains every code with its status, and no other', () => {
    const readme = readFileSync('src/http/README.md', 'utf8')
    const explained = [...readme.matchAll(/^\| `(BLOG_\w+)` +\| +(\d{3}) +\| \S/gm)].map(
      ([, code, status]) => [code, Number(status)],
    )
    const known = Object.entries(problems).map(([code, { status }]) => [code, status])
    expect(explained.sort()).toEqual(known.sort())
  })

  test('an unknown error is a 500 that tells nothing', () => {
    expect(describeError(new Error('the inside')).problem).toEqual({
      type: 'urn:ringpost:problem:internal',
      title: 'Something went wrong on our side',
      status: 500,
      code: 'BLOG_INTERNAL',
    })
  })

  test('a write that may have happened says so', () => {
    const { problem, headers } = describeError(
      new OperationError('BLOG_TIMEOUT', 'no answer in 1500 ms', 'indefinite'),
    )
    expect(problem).toMatchObject({ status: 503, outcome: 'indefinite' })
    expect(headers).toEqual({ 'retry-after': '5' })
  })
})
