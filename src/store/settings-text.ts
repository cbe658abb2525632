/**
 * Settings as people type them, in a form or on a command line: one text each.
 *
 *     stuff       a line a link: the name, then the address
 *     spamSince   a year, or nothing
 *     the rest    as it is
 */

import type { SiteSettings } from './blog.ts'

export type SettingName = keyof SiteSettings

/** In the order in which a form asks for them. */
export const settingNames: readonly SettingName[] = [
  'title',
  'tagline',
  'about',
  'aboutPicture',
  'stuff',
  'colophon',
  'spamSince',
  'spamBefore',
  'language',
]

export function isSettingName(text: string): text is SettingName {
  return (settingNames as readonly string[]).includes(text)
}

export function showSetting(settings: SiteSettings, name: SettingName): string {
  if (name === 'stuff') return settings.stuff.map((link) => `${link.name} ${link.url}`).join('\n')
  const value = settings[name]
  return value === null ? '' : String(value)
}

/** What the text means; whether it may be is `checkSettings`' to say. */
export function readSetting(name: SettingName, text: string): Partial<SiteSettings> {
  switch (name) {
    case 'stuff':
      return { stuff: linesOf(text).map(readLink) }
    case 'spamSince':
      return { spamSince: text.trim() === '' ? null : wholeNumber(text) }
    case 'spamBefore':
      return { spamBefore: text.trim() === '' ? 0 : wholeNumber(text) }
    case 'title':
    case 'tagline':
    case 'about':
    case 'aboutPicture':
    case 'colophon':
    case 'language':
      return { [name]: text }
  }
}

function linesOf(text: string): readonly string[] {
  return text
    .split(/\r\n?|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** The address is the last word of the line. */
function readLink(line: string): SiteSettings['stuff'][number] {
  const at = Math.max(line.lastIndexOf(' '), line.lastIndexOf('\t'))
  return { name: line.slice(0, Math.max(0, at)).trim(), url: line.slice(at + 1) }
}

/** NaN for anything else. Thousands may be set apart. */
function wholeNumber(text: string): number {
  const digits = text.trim().replace(/(?<=\d)[ ,.'_](?=\d{3}(?:\D|$))/g, '')
  return /^\d{1,15}$/.test(digits) ? Number(digits) : Number.NaN
}
