/** Addresses as the importer makes and compares them: slugs, and the paths of old addresses. */

import { limits } from '../kernel/limits.ts'

/** Letters and digits of every script, `-`, `_` and single dots; at most `limits.slugCharsMax`. */
export function toSlug(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replace(/['’‘"“”]/g, '')
    .replace(/[^\p{L}\p{M}\p{N}._-]+/gu, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/-{2,}/g, '-')
    .slice(0, limits.slugCharsMax)
    .replace(/\p{Surrogate}$/u, '')
    .replace(/^[-.]+|[-.]+$/g, '')
}

/** Gives each post of a run a slug of its own, in the order of the calls: `a`, `a-2`, `a-3`. */
export function uniqueSlugs(): (wanted: string) => string {
  const taken = new Set<string>()
  const lastOf = new Map<string, number>()
  return (wanted) => {
    let slug = wanted
    let n = lastOf.get(wanted) ?? 1
    while (taken.has(slug)) {
      n += 1
      const tail = `-${n}`
      slug = wanted.slice(0, limits.slugCharsMax - tail.length) + tail
    }
    lastOf.set(wanted, n)
    taken.add(slug)
    return slug
  }
}

/** The path of an address, decoded: no origin, query, fragment, leading or trailing slash. */
export function pathOf(address: string): string {
  const path = address
    .trim()
    .replace(/^[a-z][a-z\d+.-]*:\/\/[^/]*/i, '')
    .replace(/[?#].*$/s, '')
  let decoded = path
  try {
    decoded = decodeURIComponent(path)
  } catch {
    // A stray percent sign stands for itself.
  }
  return decoded
    .normalize('NFC')
    .replace(/\/{2,}/g, '/')
    .replace(/^\/+|\/+$/g, '')
}
