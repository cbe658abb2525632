import { describe, expect, test } from 'vitest'

import { InvalidInputError } from '../../../src/kernel/errors.ts'
import type { SiteSettings, StoreChange } from '../../../src/store/blog.ts'
import { readSetting, settingNames, showSetting } from '../../../src/store/settings-text.ts'
import { blogOn, memoryRiak } from '../../support/open-blog.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

async function issuesOf(work: Promise<unknown>): Promise<readonly string[]> {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  return error instanceof InvalidInputError ? error.issues.map(({ field }) => field) : []
}

describe('the settings of a site', () => {
  test('what was never edited has the words of the program', async () => {
    const blog = await blogOn(memoryRiak())
    expect(await blog.settings()).toMatchObject({
      title: 'Ringpost',
      language: 'en',
      spamBefore: 0,
    })
  })

  test('a change is seen at once here and by the next server that reads; the rest stays', async () => {
    const riak = memoryRiak()
    const [one, two] = [await blogOn(riak), await blogOn(riak)]
    const told: StoreChange[] = []
    one.onChange((change) => told.push(change))
    const after = await one.changeSettings({ title: ' Ours ', spamSince: 2004 }, 'ann')
    expect(after).toMatchObject({ title: 'Ours', spamSince: 2004, tagline: 'a blog that stays up' })
    expect(await one.settings()).toEqual(after)
    expect(await two.settings()).toEqual(after)
    expect(told).toEqual([{ kind: 'settings' }])
  })

  test('two servers that change different fields at once keep both changes', async () => {
    const riak = memoryRiak()
    const [one, two] = [await blogOn(riak), await blogOn(riak)]
    await one.changeSettings({ title: 'First' }, 'ann')
    await Promise.all([
      one.changeSettings({ about: 'I am Ann.' }, 'ann'),
      two.changeSettings({ tagline: 'both of us' }, 'bob'),
    ])
    for (const blog of [one, two]) {
      expect(await blog.settings()).toMatchObject({
        title: 'First',
        about: 'I am Ann.',
        tagline: 'both of us',
      })
    }
  })

  test('a change is later than what it replaces, although its server is ten minutes behind', async () => {
    const riak = memoryRiak()
    const ahead = createVirtualClock()
    ahead.advance(600_000)
    const [early, late] = [
      await blogOn(riak, { clock: ahead }),
      await blogOn(riak, { clock: createVirtualClock() }),
    ]
    await early.changeSettings({ title: 'Ahead' }, 'ann')
    await late.changeSettings({ title: 'Behind' }, 'bob')
    expect((await early.settings()).title).toBe('Behind')
  })

  test('an older copy, and no answer at all, take nothing back', async () => {
    const riak = memoryRiak()
    const blog = await blogOn(riak)
    await blog.changeSettings({ title: 'Old' }, 'ann')
    const at = { type: 'sites', bucket: 'blog', key: 'settings' }
    const old = (await riak.get(at))!
    await blog.changeSettings({ title: 'New' }, 'ann')
    const seen = (await riak.get(at))!
    await riak.put(at, old.siblings[0]!, { context: seen.context })
    expect((await blog.settings()).title).toBe('New')
    await riak.delete(at)
    expect((await blog.settings()).title).toBe('New')
  })

  test('what says nothing new is not written, and tells nobody', async () => {
    const riak = memoryRiak()
    const blog = await blogOn(riak)
    await blog.changeSettings({ title: 'Ours' }, 'ann')
    const puts = riak.counts()['put']
    let told = 0
    blog.onChange(() => told++)
    await blog.changeSettings({ title: 'Ours', stuff: [], spamSince: null }, 'bob')
    expect(riak.counts()['put']).toBe(puts)
    expect(told).toBe(0)
  })

  test.each<[string, Partial<SiteSettings>]>([
    ['title', { title: '  ' }],
    ['tagline', { tagline: 'two\nlines' }],
    ['about', { about: 'x'.repeat(20_000) }],
    ['aboutPicture', { aboutPicture: 'javascript:alert(1)' }],
    ['aboutPicture', { aboutPicture: '//evil.example/me.png' }],
    ['aboutPicture', { aboutPicture: 'http://example.org/me.png' }],
    ['aboutPicture', { aboutPicture: '/\\evil.example/me.png' }],
    ['stuff', { stuff: [{ name: 'vim', url: 'javascript:alert(1)' }] }],
    ['stuff', { stuff: [{ name: '', url: 'https://www.vim.org/' }] }],
    ['language', { language: 'English, please' }],
    ['spamSince', { spamSince: 2999 }],
    ['spamSince', { spamSince: Number.NaN }],
    ['spamBefore', { spamBefore: -1 }],
  ])('a wrong %s is refused by name, and nothing is written (%j)', async (field, change) => {
    const riak = memoryRiak()
    const blog = await blogOn(riak)
    expect(await issuesOf(blog.changeSettings({ ...change, colophon: 'x' }, 'ann'))).toEqual([
      field,
    ])
    expect(riak.counts()['put'] ?? 0).toBe(0)
  })
})

describe('settings as people type them', () => {
  const settings: SiteSettings = {
    title: 'Ours',
    tagline: '',
    about: 'Two\n\nparagraphs',
    aboutPicture: '/media/0/me.png',
    colophon: '',
    stuff: [
      { name: 'The Silver Searcher', url: 'https://geoff.greer.fm/ag/' },
      { name: 'vim', url: 'https://www.vim.org/' },
    ],
    language: 'de',
    spamSince: 2004,
    spamBefore: 123_456,
  }

  test.each(settingNames)('%s means after reading what it said before showing', (name) => {
    expect(readSetting(name, showSetting(settings, name))).toEqual({ [name]: settings[name] })
  })

  test('thousands may be set apart, a year may be left out, words are no number', () => {
    expect(readSetting('spamBefore', ' 1 234 567 ')).toEqual({ spamBefore: 1_234_567 })
    expect(readSetting('spamBefore', '1,234')).toEqual({ spamBefore: 1_234 })
    expect(readSetting('spamSince', ' ')).toEqual({ spamSince: null })
    expect(readSetting('spamBefore', 'many')).toEqual({ spamBefore: Number.NaN })
  })
})
