import { describe, expect, test } from 'vitest'
import { judgeKey } from '../../../../src/commands/checks/akismet.ts'
import { judgeConfiguration, judgeRuntime } from '../../../../src/commands/checks/configuration.ts'
import { readEnvironment } from '../../../../src/commands/environment.ts'

const judge = (variables: Readonly<Record<string, string>>, mode?: number) =>
  judgeConfiguration(readEnvironment(variables), mode)
const sentences = (variables: Readonly<Record<string, string>>, mode?: number): string =>
  judge(variables, mode)
    .map(({ state, what, advice }) => `${state}: ${what} > ${advice ?? ''}`)
    .join('\n')

describe('the configuration', () => {
  test('with RIAK_NODES a missing SESSION_SECRET is wrong, with how to make one', () => {
    expect(sentences({ RIAK_NODES: 'a:1' })).toMatch(/wrong: SESSION_SECRET.*openssl rand -hex 32/)
    expect(sentences({})).not.toContain('SESSION_SECRET')
    expect(sentences({ RIAK_NODES: 'a:1', SESSION_SECRET: 's'.repeat(32) })).not.toContain('SECRET')
  })

  test('a data folder that others can look into is wrong; one of our own, or none yet, is not', () => {
    expect(sentences({ RINGPOST_DATA: '/x/data' }, 0o40755)).toContain('chmod 700 /x/data')
    expect(sentences({}, 0o40700)).not.toContain('wrong')
    expect(sentences({})).not.toContain('data folder')
  })

  test('an address that is not set, and a check of comments that is not, are notes', () => {
    expect(sentences({})).toMatch(/note: RINGPOST_URL[\s\S]*note: AKISMET_KEY/)
    const set = { RINGPOST_URL: 'https://blog.example', TRUST_PROXY: '1', AKISMET_KEY: 'k' }
    expect(sentences(set)).toBe('ok: links begin with https://blog.example > ')
  })

  test('proxies that are believed from anywhere, or not believed where there is one, are notes', () => {
    expect(sentences({ HOST: '0.0.0.0', TRUST_PROXY: '1' })).toMatch(/may claim any address/)
    expect(sentences({ RINGPOST_URL: 'https://blog.example' })).toMatch(/TRUST_PROXY=1/)
  })

  test('the runtime: old ones are wrong, one past its end is a note', () => {
    expect(judgeRuntime('18.20.0').state).toBe('wrong')
    expect(judgeRuntime('20.19.4').state).toBe('note')
    expect(judgeRuntime('24.1.0').state).toBe('ok')
  })
})

describe('the spam check', () => {
  test('a log-only mode is told, so that nobody wonders why every comment is held', () => {
    expect(sentences({ AKISMET_KEY: 'k', AKISMET_MODE: 'log' })).toMatch(
      /note: AKISMET_MODE is log/,
    )
    expect(sentences({ AKISMET_KEY: 'k' })).not.toContain('AKISMET')
  })

  test('a key that is not taken needs a hand; one that nobody could ask about does not', () => {
    expect(judgeKey({ kind: 'valid' }).state).toBe('ok')
    expect(judgeKey({ kind: 'invalid' })).toMatchObject({
      state: 'wrong',
      advice: expect.stringContaining('RINGPOST_URL') as string,
    })
    const unknown = judgeKey({ kind: 'unknown', reason: 'Akismet did not answer within 10 s' })
    expect(unknown).toMatchObject({ state: 'note' })
    expect(unknown.what).toContain('within 10 s')
  })
})
