import { describe, expect, test } from 'vitest'
import type { Check, Subject } from '../../../../src/commands/checks/check.ts'
import { inOneLine, list, ok, showFinding, wrong } from '../../../../src/commands/checks/finding.ts'
import type { Finding } from '../../../../src/commands/checks/finding.ts'
import { runChecks } from '../../../../src/commands/checks/run-checks.ts'
import { OperationError } from '../../../../src/kernel/errors.ts'
import { limits } from '../../../../src/kernel/limits.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const check = (name: Check['name'], run: Check['run']): Check => ({ name, isQuick: true, run })
const fine = check('versions', () => Promise.resolve([ok('versions', 'fine')]))
const never = check('jobs', () => new Promise(() => undefined))

describe('checks', () => {
  const clock = createVirtualClock()
  const subject = { clock, isWhole: false } as unknown as Subject

  test('one that fails, and one that never ends, are findings and hide no other', async () => {
    const broken = check('clocks', () =>
      Promise.reject(new OperationError('BLOG_TIMEOUT', 'no answer\n  in time')),
    )
    const findings: Finding[] = []
    const running = runChecks([broken, never, fine], subject, (finding) => findings.push(finding))
    // Those that end at once have.
    await new Promise(setImmediate)
    clock.advance(limits.checkMs)
    await running
    expect(findings).toMatchObject([
      { check: 'clocks', state: 'wrong', what: 'clocks: no answer in time' },
      { check: 'jobs', state: 'wrong', what: 'jobs: no answer within 10 s' },
      { check: 'versions', state: 'ok' },
    ])
  })

  test('a missing type, an unsettled store and a backend without indexes are not told again as faults', async () => {
    const failing = (code: 'BLOG_NO_BUCKET_TYPE' | 'BLOG_UNSETTLED' | 'BLOG_NO_INDEXES'): Check =>
      check('listings', () => Promise.reject(new OperationError(code, code)))
    const findings: Finding[] = []
    const all = [
      failing('BLOG_NO_BUCKET_TYPE'),
      failing('BLOG_UNSETTLED'),
      failing('BLOG_NO_INDEXES'),
    ]
    await runChecks(all, subject, (finding) => findings.push(finding))
    expect(findings.map(({ state }) => state)).toEqual(['note', 'note'])
  })

  test('a finding is a line, its advice an indented one each', () => {
    expect(showFinding(ok('nodes', 'all well'))).toBe('ok     all well')
    expect(showFinding(wrong('nodes', 'not so', 'do this\nthen that'))).toBe(
      'wrong  not so\n       do this\n       then that',
    )
  })

  test('names are joined as people do, and long Erlang terms are cut', () => {
    expect(list(['a'])).toBe('a')
    expect(list(['a', 'b', 'c'])).toBe('a, b and c')
    expect(list(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more')
    expect(inOneLine(`{error,\n    [${'x'.repeat(500)}]}`)).toMatch(/^\{error, \[x{100,}…$/)
  })
})
