/** What `/search` is asked, as one text for one question: the page, its key and its links agree on it. */

import { limits } from '../kernel/limits.ts'

/** @param query - of the address, with or without its question mark. */
export function searchWords(query: string): string {
  const text = new URLSearchParams(query).get('q') ?? ''
  return text.normalize('NFC').replace(/\s+/g, ' ').trim()
}

export function isTooLong(words: string): boolean {
  return words.length > limits.searchQueryCharsMax
}

/** Also the key under which the page is kept. */
export function searchPath(words: string, page: number | string): string {
  const asked = words === '' ? '' : `q=${encodeURIComponent(words)}`
  const more = String(page) === '1' ? '' : `page=${page}`
  const query = [asked, more].filter((each) => each !== '').join('&')
  return query === '' ? '/search' : `/search?${query}`
}
