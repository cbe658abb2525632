import { beforeEach, describe, expect, test } from 'vitest'

import { OperationError } from '../../../../src/kernel/errors.ts'
import { htmlFaults } from '../../../support/html-faults.ts'
import { openTestApp } from '../../../support/test-app.ts'
import type { TestApp } from '../../../support/test-app.ts'

const own = { 'sec-fetch-site': 'same-origin' }

/** What a browser would send of the form as it is. */
function fieldsOf(html: string): Record<string, string> {
  const unescape = (text: string): string =>
    text
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&#39;', "'")
      .replaceAll('&amp;', '&')
  const fields: Record<string, string> = {}
  for (const [tag] of html.matchAll(/<input [^>]*>/g)) {
    const name = / name="([^"]*)"/.exec(tag)?.[1]
    if (name !== undefined) fields[name] = unescape(/ value="([^"]*)"/.exec(tag)?.[1] ?? '')
  }
  for (const [, name = '', text = ''] of html.matchAll(
    /<textarea [^>]*?name="([^"]*)"[^>]*>\n?([^<]*)<\/textarea>/g,
  )) {
    fields[name] = unescape(text).replaceAll('\n', '\r\n')
  }
  return fields
}

describe('the settings', () => {
  let app: TestApp
  let headers: Record<string, string>
  beforeEach(async () => {
    app = openTestApp()
    app.blog.addAccount('ana', 'admin')
    app.blog.addAccount('eve', 'editor')
    headers = { ...own, ...(await app.blog.signIn('ana')) }
  })
  const open = async (): Promise<Record<string, string>> => {
    const html = await (await app.get('/admin/settings', headers)).text()
    expect(await htmlFaults(html)).toEqual([])
    return fieldsOf(html)
  }

  test('are shown, changed, and seen on the pages at once', async () => {
    expect(await (await app.get('/about')).text()).toContain('Ring of Keys')
    const fields = await open()
    expect(fields['stuff']).toBe('vim https://www.vim.org/\r\nRiak https://riak.com/')
    const answer = await app.form(
      '/admin/settings',
      {
        ...fields,
        title: 'Other & new',
        stuff: 'tmux https://tmux.org/',
        spamSince: '2004',
        language: 'pt-br',
      },
      headers,
    )
    expect([answer.status, answer.headers.get('location')]).toEqual([
      303,
      '/admin/settings?done=saved',
    ])
    const page = await (await app.get('/about')).text()
    expect(page).toContain('<html lang="pt-BR">')
    expect(page).toContain('<a href="/">Other &amp; new</a>')
    expect(page).toContain('<a href="https://tmux.org/">tmux</a>')
    expect(await (await app.get('/admin/settings?done=saved', headers)).text()).toContain('Saved.')
  })

  test('two forms opened at once that change different fields both count', async () => {
    const [one, two] = [await open(), await open()]
    await app.form('/admin/settings', { ...one, title: 'One' }, headers)
    await app.form('/admin/settings', { ...two, tagline: 'Two' }, headers)
    expect(app.blog.site_settings).toMatchObject({ title: 'One', tagline: 'Two' })
  })

  test('what cannot be taken comes back as it was typed, each fault beside its field', async () => {
    const answer = await app.form(
      '/admin/settings',
      { ...(await open()), stuff: 'evil javascript:alert(1)', about: '</textarea><b>', title: '' },
      headers,
    )
    expect(answer.status).toBe(422)
    const page = await answer.text()
    expect(await htmlFaults(page)).toEqual([])
    expect(page).toContain('id="stuff-error"')
    expect(page).toContain('id="title-error"')
    expect(page).toContain('evil javascript:alert(1)</textarea>')
    expect(page).toContain('&lt;/textarea&gt;&lt;b&gt;</textarea>')
    expect(app.blog.site_settings.title).toBe('Ring of Keys')
    // Sent again, mended, it still knows what was changed.
    const again = await app.form(
      '/admin/settings',
      { ...fieldsOf(page), title: 'X', stuff: '' },
      headers,
    )
    expect(again.status).toBe(303)
    expect(app.blog.site_settings).toMatchObject({ title: 'X', stuff: [], about: '</textarea><b>' })
  })

  test('are an administrator’s, and nobody’s who is sent here by another site', async () => {
    const fields = await open()
    const editor = { ...own, ...(await app.blog.signIn('eve')) }
    expect((await app.get('/admin/settings', editor)).status).toBe(403)
    expect((await app.form('/admin/settings', { ...fields, title: 'E' }, editor)).status).toBe(403)
    const foreign = { ...headers, 'sec-fetch-site': 'cross-site' }
    expect((await app.form('/admin/settings', { ...fields, title: 'F' }, foreign)).status).toBe(403)
    expect(app.blog.site_settings.title).toBe('Ring of Keys')
  })

  test('with the store away the form comes back to be sent again', async () => {
    const fields = await open()
    app.blog.failing.set('changeSettings', new OperationError('BLOG_UNAVAILABLE', 'gone'))
    const answer = await app.form('/admin/settings', { ...fields, title: 'Kept <words>' }, headers)
    expect(answer.status).toBe(503)
    expect(await answer.text()).toContain('value="Kept &lt;words&gt;"')
  })
})
