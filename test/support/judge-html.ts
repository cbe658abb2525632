/** What in a piece of HTML could act, read by a parser and not by a pattern. */

import { Parser } from 'htmlparser2'

import { loadAssets } from '../../src/http/assets.ts'

/** The one style element of a page: what stands in it, to the letter. */
const ownStyle = loadAssets().stylesheet.bytes.toString()

/** Elements that no page of ours has, whatever somebody wrote. */
const forbidden = new Set([
  ...['iframe', 'frame', 'frameset', 'object', 'embed', 'applet', 'base', 'style', 'svg', 'math'],
  ...['template', 'noscript', 'marquee', 'video', 'audio', 'source', 'portal', 'pwned', 'xmp'],
])
/** Elements whose links are the page's own; a text that was let in has none. */
const addresses = [
  'href',
  'src',
  'srcset',
  'action',
  'formaction',
  'xlink:href',
  'poster',
  'data',
  'cite',
]
const activeScheme = /^(?:javascript|vbscript|livescript|data|file|blob|about)(?::|&colon;)/i
const safeImage = /^data:image\/(?:png|jpe?g|gif|webp|avif|bmp|svg\+xml)[;,]/i

/** An address as a browser reads it: controls and blanks within the scheme do not count. */
function asBrowsersRead(address: string): string {
  return address.replace(/[\u0000-\u0020\u007f-\u00a0\u2028\u2029\ufeff]/g, '')
}

function attributeDangers(
  element: string,
  attributes: Readonly<Record<string, string>>,
): readonly string[] {
  const found: string[] = []
  for (const [name, value] of Object.entries(attributes)) {
    const where = `<${element} ${name}="${value.slice(0, 60)}">`
    if (/^on/i.test(name)) found.push(`handler: ${where}`)
    if (/^(?:style|srcdoc|ping|background|pwned|is)$/i.test(name)) found.push(`acts: ${where}`)
    if (/["'<>`=\s]/.test(name)) found.push(`broken out: ${where}`)
    if (!addresses.includes(name.toLowerCase())) continue
    for (const part of name === 'srcset' ? value.split(',') : [value]) {
      const address = asBrowsersRead(part)
      const isPicture = element === 'img' && safeImage.test(address)
      if (activeScheme.test(address) && !isPicture) found.push(`address: ${where}`)
    }
  }
  return found
}

/**
 * @param options.isFragment - a text that was let into a page: no forms, scripts or heads in it at all.
 * @returns each danger in words; none: nothing in it acts.
 */
export function dangersOf(html: string, options: { readonly isFragment: boolean }): string[] {
  const found: string[] = []
  let style: string | undefined
  const parser = new Parser(
    {
      ontext(text) {
        if (style !== undefined) style += text
      },
      onclosetag(name) {
        if (name === 'style' && style !== ownStyle) found.push('element: <style>')
        if (name === 'style') style = undefined
      },
      onopentag(name, attributes) {
        found.push(...attributeDangers(name, attributes))
        if (name === 'style' && !options.isFragment) {
          style = ''
          return
        }
        if (forbidden.has(name)) found.push(`element: <${name}>`)
        if (name === 'meta' && attributes['http-equiv'] !== undefined) found.push('meta refresh')
        if (name === 'form') {
          const isOwn = /^\/(?!\/)/.test(attributes['action'] ?? '/')
          if (options.isFragment || !isOwn) found.push(`form to ${attributes['action']}`)
        }
        const isOurs =
          attributes['type'] === 'application/ld+json' ||
          /^\/assets\/[\w.-]+\.js$/.test(attributes['src'] ?? '')
        if (name === 'script' && (options.isFragment || !isOurs)) found.push('element: <script>')
        const isHeads = ['link', 'meta', 'title', 'textarea', 'button', 'input'].includes(name)
        if (options.isFragment && isHeads) {
          // A task list has boxes nobody can press.
          const isTask = name === 'input' && attributes['disabled'] !== undefined
          if (!isTask) found.push(`element: <${name}>`)
        }
        const isForeign = name === 'link' && /stylesheet|preload|icon/.test(attributes['rel'] ?? '')
        if (isForeign && !(attributes['href'] ?? '').startsWith('/assets/')) {
          found.push(`loads ${attributes['href']}`)
        }
      },
    },
    { decodeEntities: true },
  )
  parser.end(html)
  return found
}
