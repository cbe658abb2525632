import { describe, expect, test } from 'vitest'
import { CommandError } from '../../../src/commands/command-error.ts'
import { publicUrl, readEnvironment } from '../../../src/commands/environment.ts'

const messageOf = (from: Record<string, string>): string => {
  try {
    readEnvironment(from)
  } catch (error) {
    if (error instanceof CommandError && error.exitCode === 2) return error.message
    throw error
  }
  return ''
}

describe('the environment', () => {
  test('nothing set: a blog on this machine with an embedded node', () => {
    expect(readEnvironment({})).toEqual({
      port: 3000,
      host: '127.0.0.1',
      riakNodes: undefined,
      riakAdmin: undefined,
      dataFolder: `${process.cwd()}/data`,
      pbPort: 8087,
      riakHttpPort: 8098,
      site: 'blog',
      url: undefined,
      trustProxy: 0,
      akismetKey: undefined,
      akismetUrl: undefined,
      akismetMode: 'act',
      sessionSecret: undefined,
      logLevel: undefined,
    })
  })

  test('an empty variable counts as unset', () => {
    expect(readEnvironment({ PORT: '', RIAK_NODES: ' ' })).toEqual(readEnvironment({}))
  })

  test('every variable is read', () => {
    expect(
      readEnvironment({
        PORT: '0',
        HOST: '::1',
        RIAK_NODES: 'riak1:8087, riak2:9087,[::1]:8087 riak3',
        RIAK_ADMIN: 'docker exec riak1 riak-admin',
        RINGPOST_DATA: '/somewhere/data',
        RINGPOST_PB_PORT: '18087',
        RINGPOST_RIAK_HTTP_PORT: '18098',
        RINGPOST_SITE: 'my-blog',
        RINGPOST_URL: 'https://blog.example/',
        TRUST_PROXY: '1',
        AKISMET_KEY: 'key',
        AKISMET_URL: 'http://127.0.0.1:9/check',
        SESSION_SECRET: 'x'.repeat(32),
        LOG_LEVEL: 'debug',
      }),
    ).toMatchObject({
      port: 0,
      host: '::1',
      riakNodes: ['riak1:8087', 'riak2:9087', '[::1]:8087', 'riak3:8087'],
      url: 'https://blog.example',
      trustProxy: 1,
      site: 'my-blog',
      logLevel: 'debug',
    })
  })

  test.each([
    ['PORT', 'abc', 'a port number from 0 to 65535'],
    ['PORT', '70000', 'a port number'],
    ['PORT', '-1', 'a port number'],
    ['RINGPOST_PB_PORT', '80.5', 'a port number'],
    ['RIAK_NODES', 'riak1:port', 'riak1:8087,riak2:8087'],
    ['RIAK_NODES', ',', 'riak1:8087,riak2:8087'],
    ['RINGPOST_SITE', 'a/b', 'letters, digits'],
    ['RINGPOST_URL', 'blog.example', 'https://blog.example'],
    ['RINGPOST_URL', 'https://blog.example/path', 'without a path'],
    ['RINGPOST_URL', 'ftp://blog.example', 'https://blog.example'],
    ['TRUST_PROXY', 'true', 'a number of proxies'],
    ['AKISMET_URL', 'nope', 'an http or https address'],
    ['AKISMET_MODE', 'maybe', 'act or log'],
    ['LOG_LEVEL', 'loud', 'debug, info, warn, error'],
    ['HOST', 'http://x', 'a host name'],
  ])('%s=%s is refused by name, value and what is expected', (name, value, expected) => {
    const message = messageOf({ [name]: value })
    expect(message).toContain(`${name} is "${value}": expected `)
    expect(message).toContain(expected)
  })

  test('all that is wrong is said at once', () => {
    expect(messageOf({ PORT: 'x', LOG_LEVEL: 'y' }).split('\n')).toHaveLength(2)
  })

  test('a secret that is refused is never printed', () => {
    const message = messageOf({ SESSION_SECRET: 'tooshort' })
    expect(message).toContain('SESSION_SECRET')
    expect(message).not.toContain('tooshort')
  })

  test.each([
    [{}, 'http://127.0.0.1:4000'],
    [{ HOST: '0.0.0.0' }, 'http://localhost:4000'],
    [{ HOST: '::1' }, 'http://[::1]:4000'],
    [{ RINGPOST_URL: 'https://blog.example' }, 'https://blog.example'],
  ])('the public address of %o is %s', (from, url) => {
    expect(publicUrl(readEnvironment(from as Record<string, string>), 4000)).toBe(url)
  })
})
