import { describe, expect, test } from 'vitest'

import { checkSameSite } from '../../../src/http/security.ts'

const us = 'https://blog.example'
const host = 'blog.example'

type Sent = Readonly<Record<string, string>>

function isTaken(sent: Sent, withRights: boolean): boolean {
  try {
    checkSameSite(new Headers({ host, ...sent }), us, { withRights })
    return true
  } catch {
    return false
  }
}

/** What a browser says, and whether the form is taken: anybody's, and one with a session. */
const forms: readonly (readonly [what: string, sent: Sent, anybody: boolean, session: boolean])[] =
  [
    ['our own page', { 'sec-fetch-site': 'same-origin', origin: us }, true, true],
    [
      'our own page that hides where it is',
      { 'sec-fetch-site': 'same-origin', origin: 'null' },
      true,
      true,
    ],
    ['the address bar', { 'sec-fetch-site': 'none' }, true, false],
    [
      'a sister site',
      { 'sec-fetch-site': 'same-site', origin: 'https://shop.example' },
      false,
      false,
    ],
    [
      'a sister site that claims our origin',
      { 'sec-fetch-site': 'same-site', origin: us },
      true,
      false,
    ],
    [
      'another site',
      { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      false,
      false,
    ],
    [
      'another site with a referer of ours',
      { 'sec-fetch-site': 'cross-site', referer: `${us}/` },
      false,
      false,
    ],
    ['another site without origin', { 'sec-fetch-site': 'cross-site' }, false, false],
    ['an older browser, our page', { origin: us }, true, true],
    ['an older browser, our page under another name', { origin: `http://${host}` }, true, true],
    ['an older browser, another site', { origin: 'https://evil.example' }, false, false],
    [
      'an older browser, another site, our referer',
      { origin: 'https://evil.example', referer: `${us}/` },
      false,
      false,
    ],
    ['an older browser, a sandboxed frame', { origin: 'null' }, false, false],
    ['no word at all', {}, true, false],
    ['a text browser on our page', { referer: `${us}/admin/account` }, true, true],
    ['a text browser on another site', { referer: 'https://evil.example/' }, true, false],
    ['a site whose name begins with ours', { origin: `${us}.evil.example` }, false, false],
    ['no address', { origin: 'blog.example' }, false, false],
  ]

describe('a form that is sent from', () => {
  test.each(forms)('%s', (_what, sent, anybody, session) => {
    expect([isTaken(sent, false), isTaken(sent, true)]).toEqual([anybody, session])
  })
})
