/** What could be a slug: addresses come from anybody, and what could not be one is not looked up. */

import { limits } from '../kernel/limits.ts'

export function isSlug(text: string): boolean {
  return (
    text.length > 0 &&
    text.length <= limits.slugCharsMax &&
    !text.includes('..') &&
    !/[\s/\\?#%\u0000-\u001f\u007f]/.test(text)
  )
}
