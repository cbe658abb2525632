/** `/media/HASH/NAME`: uploaded files. Addressed by content, so that they never change. */

import type { Hono } from 'hono'

import { matchesNone } from './etag.ts'
import { WebError } from './problem.ts'
import { mediaPolicy } from './security.ts'
import type { Env, Web } from './web.ts'

/** Shown in the page; everything else is offered as a download. */
const inlineTypes =
  /^(?:image\/(?:png|jpeg|gif|webp|avif|bmp|svg\+xml|x-icon)|audio\/|video\/|application\/pdf$|text\/plain)/

export function routeMedia(app: Hono<Env>, web: Web): void {
  app.get('/media/:hash/:name', async (c) => {
    const { hash, name } = c.req.param()
    if (!/^[0-9a-f]{16,128}$/.test(hash)) throw new WebError('BLOG_NOT_FOUND')
    const headers: Record<string, string> = {
      etag: `"${hash}"`,
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy': mediaPolicy,
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'cross-origin',
    }
    // The hash is the content: who has it has the current one.
    if (matchesNone(c.req.header('if-none-match'), [hash])) {
      return new Response(null, { status: 304, headers })
    }
    const found = await web.blog.media.read(hash)
    if (!found) throw new WebError('BLOG_NOT_FOUND')
    const isInline = inlineTypes.test(found.contentType)
    const disposition = isInline ? 'inline' : 'attachment'
    const body = Buffer.from(found.bytes.buffer, found.bytes.byteOffset, found.bytes.byteLength)
    return new Response(body as Buffer<ArrayBuffer>, {
      headers: {
        ...headers,
        'content-type': isInline ? found.contentType : 'application/octet-stream',
        'content-length': String(body.byteLength),
        'content-disposition': `${disposition}; filename*=UTF-8''${headerName(name)}`,
      },
    })
  })
}

/** Of a file, as RFC 8187 wants it: also of quotes and brackets, which addresses may hold, only the codes. */
function headerName(name: string): string {
  const code = (sign: string): string => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(name).replace(/['()*]/g, code)
}
