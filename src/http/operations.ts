/** `/healthz` (the process is up), `/readyz` (the store answers), `/metrics`, and the site's own files. */

import type { Hono } from 'hono'

import type { Asset } from './assets.ts'
import { matchesNone } from './etag.ts'
import { WebError } from './problem.ts'
import { mediaPolicy } from './security.ts'
import type { Env, Web } from './web.ts'

function json(value: unknown, status: number): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...(status === 503 ? { 'retry-after': '5' } : {}),
    },
  })
}

function sendAsset(asset: Asset, accept: string, ifNoneMatch: string | undefined): Response {
  const headers: Record<string, string> = {
    'content-type': asset.contentType,
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
    // An icon is an SVG, which has styles of its own and may be opened as a page.
    'content-security-policy': mediaPolicy,
    vary: 'accept-encoding',
    etag: `"${asset.path.split('.')[1] ?? ''}"`,
  }
  if (matchesNone(ifNoneMatch, [asset.path.split('.')[1] ?? ''])) {
    return new Response(null, { status: 304, headers })
  }
  const encoding = /\bbr\b/.test(accept) ? 'br' : /\bgzip\b/.test(accept) ? 'gzip' : undefined
  const body = encoding === undefined ? asset.bytes : asset[encoding]
  if (encoding !== undefined) headers['content-encoding'] = encoding
  return new Response(body as Buffer<ArrayBuffer>, { headers })
}

export function routeOperations(app: Hono<Env>, web: Web): void {
  app.get('/healthz', () => json({ status: 'ok' }, 200))

  app.get('/readyz', async () => {
    const health = await web.blog.health().catch(() => ({ answers: false, isSettled: false }))
    web.metrics.storeAnswers(health.answers)
    const { answers, isSettled } = health
    return json({ status: answers ? 'ready' : 'store away', isSettled }, answers ? 200 : 503)
  })

  app.get('/metrics', async () => {
    const headers = { 'content-type': web.metrics.contentType, 'cache-control': 'no-store' }
    return new Response(await web.metrics.show(), { headers })
  })

  app.get('/assets/:file', (c) => {
    const asset = web.assets.find(c.req.path)
    if (!asset) throw new WebError('BLOG_NOT_FOUND')
    return sendAsset(asset, c.req.header('accept-encoding') ?? '', c.req.header('if-none-match'))
  })

  app.get('/favicon.ico', () => {
    const headers = { location: web.assets.icon.path, 'cache-control': 'public, max-age=86400' }
    return new Response(null, { status: 302, headers })
  })
}
