/** Names of tags as other programs write them → keys that can stand in an address. */

import { tagKey } from '../../buckets/post-fields.ts'
import { limits } from '../kernel/limits.ts'

/** A slash would end the tag's address early; a cut tag is better than a post left out. */
export function addressable(text: string): string {
  const key = tagKey(
    text
      .replace(/[/\\]+/g, ' ')
      .trim()
      .slice(0, limits.tagCharsMax),
  )
  return key.replace(/^[-.]+|[-.]+$/g, '')
}
