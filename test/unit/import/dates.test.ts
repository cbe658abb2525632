import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dateOfPath, readDate } from '../../../src/import/dates.ts'

describe('dates in front matter', () => {
  test.each([
    ['2013-03-11', '2013-03-11T00:00:00.000Z'],
    ['2013-3-1', '2013-03-01T00:00:00.000Z'],
    ['2013/03/11', '2013-03-11T00:00:00.000Z'],
    ['2013.03.11', '2013-03-11T00:00:00.000Z'],
    ['20130311', '2013-03-11T00:00:00.000Z'],
    ['2013-03', '2013-03-01T00:00:00.000Z'],
    ['2013', '2013-01-01T00:00:00.000Z'],
    ['2013-03-11T16:00:00.000Z', '2013-03-11T16:00:00.000Z'],
    ['2013-03-11T16:00:00', '2013-03-11T16:00:00.000Z'],
    ['2013-03-11 16:00', '2013-03-11T16:00:00.000Z'],
    ['2013-03-11t16:00:00z', '2013-03-11T16:00:00.000Z'],
    ['2013-03-11T16:00:00.123456+01:00', '2013-03-11T15:00:00.123Z'],
    ['2013-03-11 16:00:00 -0500', '2013-03-11T21:00:00.000Z'],
    ['2013-03-11 16:00:00 +01', '2013-03-11T15:00:00.000Z'],
    ['2013-03-11 16:00:00 UTC', '2013-03-11T16:00:00.000Z'],
    ['2013-03-11 16:00:00 PST', '2013-03-12T00:00:00.000Z'],
    ['2013-03-11T16:00:00+01:00[Europe/Paris]', '2013-03-11T15:00:00.000Z'],
    ['2013-01-01T00:30:00+05:30', '2012-12-31T19:00:00.000Z'],
    ['Tuesday, December 26th, 2017', '2017-12-26T00:00:00.000Z'],
    ['December 26, 2017', '2017-12-26T00:00:00.000Z'],
    ['Dec 26 2017 10:30 pm', '2017-12-26T22:30:00.000Z'],
    ['December 26, 2017 at 12:05 AM', '2017-12-26T00:05:00.000Z'],
    ['26 December 2017', '2017-12-26T00:00:00.000Z'],
    ['26-Dec-2017', '2017-12-26T00:00:00.000Z'],
    ['1st of May 2020', '2020-05-01T00:00:00.000Z'],
    ['Tue, 26 Dec 2017 10:00:00 +0000', '2017-12-26T10:00:00.000Z'],
    ['Tue, 26 Dec 2017 10:00:00 GMT', '2017-12-26T10:00:00.000Z'],
    ['Tue Dec 26 2017 10:00:00 GMT+0100 (CET)', '2017-12-26T09:00:00.000Z'],
    ['Tue Dec 26 10:00:00 EST 2017', '2017-12-26T15:00:00.000Z'],
    ['12/26/2017', '2017-12-26T00:00:00.000Z'],
    ['26/12/2017', '2017-12-26T00:00:00.000Z'],
    ['03.04.2017', '2017-04-03T00:00:00.000Z'],
    ['1362988800', '2013-03-11T08:00:00.000Z'],
    ['1362988800000', '2013-03-11T08:00:00.000Z'],
    ['  2013-03-11  ', '2013-03-11T00:00:00.000Z'],
    ['2016-02-29', '2016-02-29T00:00:00.000Z'],
  ])('%s is %s, certainly', (text, iso) => {
    expect(readDate(text)).toEqual({ iso, isGuess: false })
  })

  test('03/04/2017 is read as the fourth of March, and called a guess', () => {
    expect(readDate('03/04/2017')).toEqual({ iso: '2017-03-04T00:00:00.000Z', isGuess: true })
  })

  test.each([
    'soon',
    '',
    '2013-02-30',
    '2013-13-01',
    '2013-00-10',
    '2015-02-29',
    '2013-03-11 25:00',
    '2013-03-11 16:00 MARS',
    '2013-03-11 16:00 +99:00',
    'Foo 26, 2017',
    '31/31/2017',
    '13:00',
    'tomorrow at noon',
  ])('%s is not understood', (text) => {
    expect(readDate(text)).toBeUndefined()
  })

  test('every moment that ISO 8601 can say is read as itself', () => {
    fc.assert(
      fc.property(
        fc.date({
          min: new Date('0001-01-01T00:00:00Z'),
          max: new Date('9999-12-31T00:00:00Z'),
          noInvalidDate: true,
        }),
        (date) => {
          expect(readDate(date.toISOString())?.iso).toBe(date.toISOString())
        },
      ),
    )
  })

  test('any text ends in a date or in none, never in an exception', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\d:/T .+-]{0,30}$/)), (text) => {
        const date = readDate(text)
        expect(date === undefined || !Number.isNaN(Date.parse(date.iso))).toBe(true)
      }),
    )
  })
})

describe('dates in paths', () => {
  test.each([
    ['2013-03-11-title.md', '2013-03-11'],
    ['_posts/2013-03-11-title.md', '2013-03-11'],
    ['20130311-title.md', '2013-03-11'],
    ['2013_03_11_title.md', '2013-03-11'],
    ['2013-03-11.md', '2013-03-11'],
    ['2013/03/11/title.md', '2013-03-11'],
    ['blog/2013/3/1/title.md', '2013-03-01'],
    ['2013/03/title.md', '2013-03-01'],
    ['2013-03/title.md', '2013-03-01'],
    ['2013-03-11-title/index.md', '2013-03-11'],
    ['posts/2013/title.md', '2013-01-01'],
  ])('%s is of %s', (path, day) => {
    expect(dateOfPath(path)).toBe(`${day}T00:00:00.000Z`)
  })

  test.each(['title.md', 'release/v10.0.0.md', '2013-99-99-title.md', 'a/1234567890.md'])(
    '%s has no date',
    (path) => {
      expect(dateOfPath(path)).toBeUndefined()
    },
  )
})
