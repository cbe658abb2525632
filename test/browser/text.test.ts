/** The blog in a text browser: what a reader with w3m, a braille line or a bad connection gets. */

import { spawn, spawnSync } from 'node:child_process'
import { text as wholeText } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { realBlog, serveSample } from './blogs.ts'
import type { ServedSample } from './blogs.ts'

const hasW3m = spawnSync('w3m', ['-version']).status === 0
if (!hasW3m) console.log('skipped: no w3m on this machine (.ci/install brings it)')

/** What w3m shows of a page, 80 columns wide. */
async function dump(url: string): Promise<string> {
  const child = spawn('w3m', ['-dump', '-cols', '80', '-O', 'UTF-8', url], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 30_000,
  })
  return wholeText(child.stdout)
}

describe.skipIf(!hasW3m)('pages in a text browser', () => {
  let sample: ServedSample

  beforeAll(async () => {
    sample = await serveSample()
  })
  afterAll(() => {
    sample.close()
  })

  test('a post shows its title, date, text, code, tags, comments and form, in this order', async () => {
    const shown = await dump(`${sample.url}/posts/everything`)
    const wanted = [
      'Everything at once & more',
      'December 26',
      '$BIGCMS',
      'export function merge(heads, base)',
      '+--------+      +--------+      +--------+',
      'consistent?',
      'riak',
      'Ada',
      'A first remark',
      'Grace',
      'is what I would not write.',
      'Name',
      'Comment',
    ]
    let from = 0
    for (const each of wanted) {
      const at = shown.indexOf(each, from)
      expect(at, `"${each}" after "${shown.slice(Math.max(0, from - 60), from)}"`).not.toBe(-1)
      from = at
    }
    expect(shown).toContain('<script>alert(1)</script>')
    expect(shown).not.toContain('held text')
  })

  test('the front page shows posts by their titles and how to go on', async () => {
    const shown = await dump(sample.url)
    expect(shown).toContain('Everything at once & more')
    expect(shown).toContain('A short note')
    expect(shown).toMatch(/Older/i)
  })

  test('a missing page says so and leads on', async () => {
    const shown = await dump(`${sample.url}/posts/nothing`)
    expect(shown).toMatch(/nothing here|not found|no longer|no such/i)
    expect(shown).toContain('Archive')
  })

  test('a long post of the Node.js blog is readable to its end', async ({ skip }) => {
    const real = realBlog()
    if (real === undefined) return skip('the Node.js blog is not here')
    const shown = await dump(`${real}/posts/v8.0.0`)
    expect(shown).toContain('Node.js 8')
    expect(shown.trimEnd().split('\n').length).toBeGreaterThan(500)
  })
})
