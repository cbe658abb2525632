/** `ringpost settings` as an operator meets it, beside a running server. */
import { describe, expect, test } from 'vitest'
import { runToEnd, serve, stage, until } from '../support/program.ts'

describe('ringpost settings', () => {
  const { env, remember } = stage('settings')

  test('what is set beside a running server is on its pages within seconds, also from standard input', async () => {
    const server = remember(await serve(env()))
    const settings = (args: readonly string[], input = ''): ReturnType<typeof runToEnd> =>
      runToEnd(['settings', ...args], env(), { input })
    expect((await settings(['set', 'title', 'Set & seen'])).code).toBe(0)
    const links = 'vim https://www.vim.org/\nThe Silver Searcher https://geoff.greer.fm/ag/\n'
    expect((await settings(['set', 'stuff', '-'], links)).code).toBe(0)
    expect((await settings(['get', 'stuff'])).stdout).toBe(links)
    expect((await settings(['get'])).stdout).toContain('title\n  Set & seen\n')
    // Measured: 5 s at most, what pages and their frame are kept for.
    const page = await until('the page has the new words', 60_000, async () => {
      const text = await (await fetch(`${server.url}/archive`)).text()
      return text.includes('Set &amp; seen') && text.includes('Silver Searcher') && text
    })
    expect(page).toContain('<a href="https://www.vim.org/">vim</a>')
  }, 120_000)

  test('a wrong name and a wrong value are named, exit 2, and change nothing', async () => {
    const name = await runToEnd(['settings', 'set', 'titel', 'x'], env())
    expect([name.code, name.output]).toEqual([
      2,
      expect.stringContaining('there are title, tagline'),
    ])
    const year = await runToEnd(['settings', 'set', 'spamSince', 'long ago'], env())
    expect([year.code, year.output]).toEqual([2, expect.stringContaining('spamSince: a year from')])
    expect((await runToEnd(['settings', 'get', 'spamSince'], env())).stdout).toBe('\n')
  }, 120_000)
})
