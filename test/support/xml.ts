/** A strict reader of small XML documents: what it accepts, every feed reader does. */

export interface XmlElement {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: XmlElement[]
  /** Own text, entities resolved. */
  text: string
}

const known: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function resolve(text: string): string {
  return text.replace(/&([^;]*);?/g, (whole, name: string) => {
    const char = known[name]
    if (char === undefined || !whole.endsWith(';')) throw new Error(`unknown entity ${whole}`)
    return char
  })
}

function readAttributes(source: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>()
  const rest = source.replace(
    /\s+([\w:.-]+)="([^"<]*)"/g,
    (_whole, name: string, value: string) => {
      if (attributes.has(name)) throw new Error(`attribute twice: ${name}`)
      attributes.set(name, resolve(value))
      return ''
    },
  )
  if (rest.trim() !== '') throw new Error(`not an attribute: ${rest}`)
  return attributes
}

/** @throws Error where the document is not well formed, or holds what XML 1.0 cannot. */
export function parseXml(source: string): XmlElement {
  if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(source)) {
    throw new Error('a character that XML 1.0 does not allow')
  }
  const declaration = '<?xml version="1.0" encoding="utf-8"?>'
  if (!source.startsWith(declaration)) throw new Error('no XML declaration')
  const root: XmlElement = { name: '', attributes: new Map(), children: [], text: '' }
  const open = [root]
  for (const [, tag, text] of source.slice(declaration.length).matchAll(/<([^<>]*)>|([^<]+)/g)) {
    const parent = open.at(-1)!
    if (text !== undefined) {
      if (text.includes(']]>')) throw new Error(']]> in a text')
      parent.text += resolve(text)
      continue
    }
    const match = /^(\/?)([A-Za-z][\w:.-]*)([\s\S]*?)(\/?)$/.exec(tag ?? '')
    if (!match) throw new Error(`not a tag: ${tag}`)
    const [, slash, name = '', attributes = '', empty] = match
    if (slash === '/') {
      if (open.pop()?.name !== name) throw new Error(`closed out of order: ${name}`)
      continue
    }
    const element = { name, attributes: readAttributes(attributes), children: [], text: '' }
    parent.children.push(element)
    if (empty !== '/') open.push(element)
  }
  if (open.length !== 1 || root.children.length !== 1) throw new Error('not one whole element')
  return root.children[0]!
}
