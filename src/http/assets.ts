/**
 * The site's own files, read at start, named by their hash and therefore cached for ever by every browser.
 *
 * The stylesheet of readers stands in the head of each page instead: small as it is, asking for it would
 * cost them a round trip before they see a word. Its file stays for those who ask.
 */

import { readFileSync } from 'node:fs'
import { brotliCompressSync, gzipSync } from 'node:zlib'

import { assert } from '../kernel/assert.ts'
import { hashTag } from './etag.ts'
import { contentHash } from './security.ts'
import type { ContentHash } from './security.ts'

export interface Asset {
  readonly path: string
  readonly contentType: string
  readonly bytes: Buffer
  readonly gzip: Buffer
  readonly br: Buffer
}

export interface Assets {
  readonly stylesheet: Asset
  /** The same, to stand in a page, and what the page's policy names it by. */
  readonly inlineStyle: { readonly element: string; readonly hash: ContentHash }
  /** Of `/admin`: readers never load it. */
  readonly adminStylesheet: Asset
  /** Beside the comment form; nothing needs it. */
  readonly commentScript: Asset
  readonly icon: Asset
  find(path: string): Asset | undefined
}

/** Comments and indentation are for us; browsers need neither. */
function squeezeCss(source: string): string {
  return source
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,>]) ?/g, '$1')
    .replace(/: /g, ':')
    .replace(/;}/g, '}')
    .trim()
}

/** Whole lines of comments, and indentation: no text in our scripts spans lines. */
function squeezeScript(source: string): string {
  return source
    .replace(/^\s*(?:\/\/.*|\/\*[\s\S]*?\*\/\s*)$/gm, '')
    .replace(/^\s+/gm, '')
    .trim()
}

function asset(name: string, extension: string, contentType: string, text: string): Asset {
  const bytes = Buffer.from(text)
  return {
    path: `/assets/${name}.${hashTag(bytes).slice(0, 12)}.${extension}`,
    contentType,
    bytes,
    gzip: gzipSync(bytes, { level: 9 }),
    br: brotliCompressSync(bytes),
  }
}

export function loadAssets(): Assets {
  const read = (name: string): string =>
    readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8')
  const css = (name: string): Asset =>
    asset(
      name,
      'css',
      'text/css; charset=utf-8',
      squeezeCss(read('palette.css') + read(`${name}.css`)),
    )
  const stylesheet = css('style')
  const adminStylesheet = css('admin')
  const commentScript = asset(
    'comments',
    'js',
    'text/javascript; charset=utf-8',
    squeezeScript(read('comments.js')),
  )
  const icon = asset('icon', 'svg', 'image/svg+xml', read('icon.svg').trim())
  const style = stylesheet.bytes.toString()
  assert(!/<|\/>/.test(style), 'the stylesheet stands in a page as it is')
  const inlineStyle = { element: `<style>${style}</style>`, hash: contentHash(style) }
  const byPath = new Map(
    [stylesheet, adminStylesheet, commentScript, icon].map((each) => [each.path, each]),
  )
  return {
    stylesheet,
    inlineStyle,
    adminStylesheet,
    commentScript,
    icon,
    find: (path) => byPath.get(path),
  }
}
