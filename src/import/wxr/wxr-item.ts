/** What an item of an export says under a name. */

import type { WxrItem } from './wxr-reader.ts'

export const field = (item: WxrItem, name: string): string => (item.fields.get(name) ?? '').trim()

export function metaOf(item: WxrItem, name: string): readonly string[] {
  return item.meta.filter(([key]) => key === name).map(([, value]) => value)
}
