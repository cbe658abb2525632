/** `/api/tags` and `/api/tags/TAG`. */

import type { Hono } from 'hono'

import { limits } from '../../kernel/limits.ts'
import type { Env, Web } from '../web.ts'
import { identify } from './auth.ts'
import { answerJson, listPosts, query } from './posts.ts'

/** The key of a tag as it is stored: NFC, lower case, `-` for spaces. */
export function tagKey(text: string): string | undefined {
  const key = text.normalize('NFC').trim().toLowerCase().replace(/\s+/g, '-')

  const isOdd = key === '' || key.length > limits.tagCharsMax || /[\u0000-\u001f\u007f/]/.test(key)
  return isOdd ? undefined : key
}

export function routeTags(app: Hono<Env>, web: Web): void {
  app.get('/api/tags', async (c) => {
    const caller = await identify(web.blog, c.req.raw.headers)
    return answerJson({ tags: await web.blog.listings.tags() }, { caller })
  })

  app.get('/api/tags/:tag', async (c) => {
    const caller = await identify(web.blog, c.req.raw.headers)
    const tag = tagKey(c.req.param('tag'))
    const found =
      tag === undefined
        ? { posts: [], next: null }
        : await listPosts(web, { kind: 'tag', tag }, query(c))
    return answerJson({ tag, ...found }, { caller })
  })
}
