/** Which methods an address takes, for 405 and `Allow` (RFC 9110 §15.5.6). */

import type { Hono } from 'hono'

import type { Env } from './web.ts'

interface Pattern {
  readonly method: string
  readonly path: RegExp
}

/** Hono's patterns (`/a/:b`, `/a/:b{re}`) as one expression over the whole path. */
function toExpression(path: string): RegExp {
  let source = ''
  for (let rest = path; rest !== '';) {
    const parameter = /^:\w+/.exec(rest)
    if (!parameter) {
      source += (rest[0] ?? '').replace(/[.*+?^${}()|[\]\\]/, '\\$&')
      rest = rest.slice(1)
      continue
    }
    rest = rest.slice(parameter[0].length)
    const own = rest.startsWith('{') ? closing(rest) : undefined
    source += own === undefined ? '[^/]+' : `(?:${rest.slice(1, own)})`
    if (own !== undefined) rest = rest.slice(own + 1)
  }
  return new RegExp(`^${source}$`)
}

/** Index of the brace that closes the first one. */
function closing(text: string): number | undefined {
  let depth = 0
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '{') depth += 1
    if (text[index] === '}' && --depth === 0) return index
  }
  return undefined
}

/** @returns for a path the methods it takes, empty where nothing is there at all. */
export function createMethodCheck(app: Hono<Env>): (path: string) => readonly string[] {
  const patterns: Pattern[] = app.routes
    .filter((route) => route.method !== 'ALL')
    .map((route) => ({ method: route.method, path: toExpression(route.path) }))
  return (path) => {
    const methods = new Set(
      patterns.filter((pattern) => pattern.path.test(path)).map((pattern) => pattern.method),
    )
    if (methods.size === 0) return []
    if (methods.has('GET')) methods.add('HEAD')
    return [...methods, 'OPTIONS'].sort()
  }
}
