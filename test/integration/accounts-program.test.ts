/** The first account by its link, others at the terminal, and what of all this no log ever holds. */
import { describe, expect, test } from 'vitest'
import { FormBrowser } from '../support/form-browser.ts'
import { type Served, run, runToEnd, serve, stage, until } from '../support/program.ts'

const password = 'a few good words'

function linkOf(server: Served): string {
  const path = /\/admin\/setup\?token=([\w-]{22})$/m.exec(server.stdout())
  if (path === null) throw new Error(`no link was printed:\n${server.output()}`)
  return path[0]
}

describe('accounts of the real program', () => {
  const { env, remember, forget } = stage('accounts')

  test(
    'the link of a fresh blog makes its first account once; a restart kills an older link; nothing secret is in ' +
      'any log line at the level debug',
    async () => {
      const first = remember(await serve({ ...env(), LOG_LEVEL: 'debug' }))
      const older = linkOf(first)
      expect((await fetch(`${first.url}${older}`)).status).toBe(200)
      await first.kill('SIGTERM')
      forget(first)

      const server = remember(await serve({ ...env(), LOG_LEVEL: 'debug' }))
      const link = linkOf(server)
      const token = link.split('=')[1] ?? ''
      expect((await fetch(`${server.url}${older}`)).status).toBe(403)
      const rusty = new FormBrowser(server.url)
      const fields = { token, title: 'Ring', name: 'Rusty', password, again: password }
      expect((await rusty.post('/admin/setup', fields)).headers.get('location')).toBe('/admin')
      expect(await (await rusty.get('/admin')).text()).toContain('Hello, Rusty')
      expect((await rusty.post('/admin/setup', fields)).status).toBe(410)

      const other = new FormBrowser(server.url)
      const wrong = { name: 'rusty', password: 'mistyped secret' }
      expect((await other.post('/admin/login', wrong)).status).toBe(401)
      expect((await other.post('/admin/login', { name: 'rusty', password })).status).toBe(303)
      expect((await other.get('/admin')).status).toBe(200)
      const cookies = [...rusty.cookies(), ...other.cookies()]
      await other.post('/admin/logout', {})
      expect((await other.get('/admin')).status).toBe(303)
      await server.kill('SIGTERM')
      forget(server)

      const lines = [first, server].flatMap((each) => each.output().split('\n'))
      const log = lines.filter((line) => line.startsWith('{')).join('\n')
      expect(log).toContain('"somebody signed in"')
      expect(log).toContain('/admin/login')
      expect(cookies.length).toBeGreaterThan(2)
      const secrets = [password, 'mistyped secret', token, older.split('=')[1] ?? '', ...cookies]
      for (const secret of secrets.filter((each) => each !== '')) {
        expect(log).not.toContain(secret)
      }
      // Once there is an account, no start offers a link.
      const again = remember(await serve(env()))
      expect(again.output()).not.toContain('setup?token')
    },
    240_000,
  )

  test('at the terminal: added, listed, given another role and password, closed, beside a running server', async () => {
    const server = remember(await serve(env()))
    const author = (args: readonly string[], input = ''): ReturnType<typeof runToEnd> =>
      runToEnd(['author', ...args], env(), { input })

    const added = await author(
      ['add', 'Ana', '--role', 'author', '--display-name', 'Ana Lind'],
      `${password}\n`,
    )
    expect([added.code, added.stdout]).toEqual([0, 'ana may sign in, with the role author.\n'])
    expect(added.output).not.toContain(password)
    // The link of the fresh blog is dead with that.
    expect((await fetch(`${server.url}${linkOf(server)}`)).status).toBe(410)

    const ana = new FormBrowser(server.url)
    expect((await ana.post('/admin/login', { name: 'ana', password })).status).toBe(303)
    expect((await ana.get('/admin/settings')).status).toBe(403)
    expect((await author(['role', 'ana', '--role', 'admin'])).code).toBe(0)
    // Measured: 5 s, what a session is remembered for.
    await until('the session has ended', 60_000, async () => {
      return (await ana.get('/admin')).status === 303
    })
    await ana.post('/admin/login', { name: 'ana', password })
    expect((await ana.get('/admin/settings')).status).toBe(200)

    expect((await author(['sessions', 'ana'])).stdout.trim().split('\n')).toHaveLength(1)
    expect((await author(['sessions', 'ana', '--end'])).code).toBe(0)
    expect((await author(['password', 'ana'], 'other good words\n')).code).toBe(0)
    expect((await ana.post('/admin/login', { name: 'ana', password })).status).toBe(401)
    expect(
      (await ana.post('/admin/login', { name: 'ana', password: 'other good words' })).status,
    ).toBe(303)

    expect((await author(['close', 'ana'])).output).toContain('No administrator is left')
    expect((await author(['list'])).stdout).toMatch(/^ana\tclosed\t\d{4}-\d\d-\d\d\tAna Lind\n$/)
    expect((await ana.post('/admin/login', { name: 'ana', password })).status).toBe(401)
  }, 240_000)

  test('mistakes are told in a sentence, with an exit code', async () => {
    const author = (args: readonly string[], input = ''): ReturnType<typeof runToEnd> =>
      runToEnd(['author', ...args], env(), { input })
    const told = async (
      args: readonly string[],
      input?: string,
    ): Promise<readonly [number | string, string]> => {
      const { code, output } = await author(args, input)
      return [code, output]
    }
    expect(await told(['add', 'ana', '--role', 'author'])).toEqual([
      2,
      expect.stringContaining('no password on standard input'),
    ])
    expect(await told(['add', 'ana', '--role', 'author'], 'short\n')).toEqual([
      2,
      expect.stringContaining('password: at least 10 characters'),
    ])
    expect(await told(['add', 'ana'])).toEqual([2, expect.stringContaining('--role')])
    expect((await author(['add', 'ana', '--role', 'author'], `${password}\r\n`)).code).toBe(0)
    expect(await told(['add', 'ANA', '--role', 'admin'], `${password}\n`)).toEqual([
      2,
      expect.stringContaining('name: "ana" is taken'),
    ])
    expect(await told(['close', 'ben'])).toEqual([
      1,
      expect.stringContaining('there is no account "ben"'),
    ])
  }, 240_000)

  test('with RIAK_NODES there is no link, whatever the data folder says', async () => {
    const here = remember(await serve(env()))
    expect(here.output()).toContain('setup?token')
    const cluster = {
      ...env(),
      RIAK_NODES: `127.0.0.1:${here.pbPort}`,
      SESSION_SECRET: 'x'.repeat(32),
      PORT: '0',
    }
    const server = remember(run(['serve'], cluster))
    await until('the server has started', 60_000, () => /^Pages/m.test(server.stdout()))
    expect(server.output()).not.toContain('setup?token')
  }, 240_000)
})
