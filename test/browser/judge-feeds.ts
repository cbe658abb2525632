/**
 * What RFC 4287 (Atom), RSS 2.0 with the RSS Board's profile, JSON Feed 1.1 and the sitemap protocol
 * demand of a document, as far as a reader could trip over it. Each judge gives its complaints in words;
 * none: the document is valid.
 *
 * No kept package judges feeds, and Debian has none either: these follow the texts, rule by rule.
 */

import { parseXml } from '../support/xml.ts'
import type { XmlElement } from '../support/xml.ts'

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/
const rfc822 =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d (?:GMT|[+-]\d{4})$/

const isAbsolute = (text: string): boolean =>
  /^https?:\/\/[^/\s]+/.test(text) && URL.canParse(text) && !/[\s<>"]/.test(text)
const isIri = (text: string): boolean => URL.canParse(text)

const named = (element: XmlElement, name: string): readonly XmlElement[] =>
  element.children.filter((child) => child.name === name)
const textOf = (element: XmlElement, name: string): string | undefined =>
  named(element, name)[0]?.text.trim()
const attribute = (element: XmlElement | undefined, name: string): string =>
  element?.attributes.get(name) ?? ''

/** Gathers what does not hold. */
class Complaints {
  readonly list: string[] = []

  demand(holds: boolean, complaint: string): void {
    if (!holds) this.list.push(complaint)
  }

  /** Exactly one non-empty element of that name. */
  one(element: XmlElement, name: string, where: string): void {
    const found = named(element, name)
    this.demand(found.length === 1, `${where}: ${found.length} <${name}> instead of one`)
    this.demand((found[0]?.text.trim() ?? '') !== '', `${where}: an empty <${name}>`)
  }

  date(text: string | undefined, form: RegExp, where: string): void {
    const isDate = text !== undefined && form.test(text) && !Number.isNaN(Date.parse(text))
    this.demand(isDate, `${where}: "${text}" is no date`)
  }

  unique(values: readonly string[], what: string): void {
    const twice = values.filter((value, at) => values.indexOf(value) !== at)
    this.demand(twice.length === 0, `${what} twice: ${[...new Set(twice)].join(', ')}`)
  }

  /** HTML that leads a reader of the feed somewhere: nothing in it may be relative to a page. */
  content(html: string, where: string): void {
    for (const [, name = '', address = ''] of html.matchAll(/\s(href|src)="([^"]*)"/g)) {
      const isWhole = isIri(address.replaceAll('&amp;', '&'))
      this.demand(isWhole, `${where}: ${name}="${address}" is relative`)
    }
    this.demand(!/<script|<style|\son\w+=/i.test(html), `${where}: holds what readers throw away`)
  }
}

function read(xml: string, rootName: string, complaints: Complaints): XmlElement | undefined {
  try {
    const root = parseXml(xml)
    complaints.demand(root.name === rootName, `the root is <${root.name}>, not <${rootName}>`)
    return root
  } catch (error) {
    complaints.list.push(error instanceof Error ? error.message : String(error))
    return undefined
  }
}

function judgeAtomEntry(complaints: Complaints, entry: XmlElement, feedHasAuthor: boolean): void {
  const where = `entry ${textOf(entry, 'title')}`
  for (const name of ['id', 'title', 'updated']) complaints.one(entry, name, where)
  complaints.demand(isIri(textOf(entry, 'id') ?? ''), `${where}: the id is no IRI`)
  complaints.date(textOf(entry, 'updated'), rfc3339, where)
  const published = textOf(entry, 'published')
  if (published !== undefined) complaints.date(published, rfc3339, where)
  const authors = named(entry, 'author')
  complaints.demand(authors.length > 0 || feedHasAuthor, `${where}: no author`)
  for (const author of authors) complaints.one(author, 'name', `${where}, author`)
  const alternates = named(entry, 'link').filter((link) => attribute(link, 'rel') === 'alternate')
  complaints.demand(alternates.length === 1, `${where}: ${alternates.length} alternate links`)
  for (const link of named(entry, 'link')) {
    complaints.demand(isAbsolute(attribute(link, 'href')), `${where}: a link that is not absolute`)
  }
  for (const category of named(entry, 'category')) {
    complaints.demand(attribute(category, 'term') !== '', `${where}: a category without a term`)
  }
  const content = named(entry, 'content')[0]
  const hasText = content !== undefined || (textOf(entry, 'summary') ?? '') !== ''
  complaints.demand(hasText, `${where}: neither content nor summary`)
  if (content === undefined) return
  complaints.demand(attribute(content, 'type') === 'html', `${where}: content of another type`)
  complaints.content(content.text, where)
}

/** @param self - the address it was fetched from. */
export function judgeAtom(xml: string, self: string): readonly string[] {
  const complaints = new Complaints()
  const feed = read(xml, 'feed', complaints)
  if (feed === undefined) return complaints.list
  const isAtom = attribute(feed, 'xmlns') === 'http://www.w3.org/2005/Atom'
  complaints.demand(isAtom, 'not of the Atom namespace')
  complaints.demand(attribute(feed, 'xml:lang') !== '', 'no language')
  for (const name of ['id', 'title', 'updated']) complaints.one(feed, name, 'feed')
  complaints.demand(isIri(textOf(feed, 'id') ?? ''), 'the id is no IRI')
  complaints.date(textOf(feed, 'updated'), rfc3339, 'feed')
  const selves = named(feed, 'link').filter((link) => attribute(link, 'rel') === 'self')
  complaints.demand(selves.length === 1, `${selves.length} self links instead of one`)
  complaints.demand(attribute(selves[0], 'href') === self, 'the self link is another address')
  const entries = named(feed, 'entry')
  const hasAuthor = named(feed, 'author').length > 0
  for (const entry of entries) judgeAtomEntry(complaints, entry, hasAuthor)
  complaints.unique(
    entries.map((entry) => textOf(entry, 'id') ?? ''),
    'an entry id',
  )
  const newest = Math.max(0, ...entries.map((entry) => Date.parse(textOf(entry, 'updated') ?? '')))
  const updated = Date.parse(textOf(feed, 'updated') ?? '')
  complaints.demand(updated >= newest, 'the feed is older than an entry')
  return complaints.list
}

/** @param self - the address it was fetched from. */
export function judgeRss(xml: string, self: string): readonly string[] {
  const complaints = new Complaints()
  const rss = read(xml, 'rss', complaints)
  if (rss === undefined) return complaints.list
  complaints.demand(attribute(rss, 'version') === '2.0', 'not version 2.0')
  const channels = named(rss, 'channel')
  const [channel] = channels
  complaints.demand(channels.length === 1, `${channels.length} channels`)
  if (channel === undefined) return complaints.list
  for (const name of ['title', 'link', 'description', 'language']) {
    complaints.one(channel, name, 'channel')
  }
  complaints.demand(isAbsolute(textOf(channel, 'link') ?? ''), 'the link is not absolute')
  complaints.date(textOf(channel, 'lastBuildDate'), rfc822, 'channel')
  const atom = named(channel, 'atom:link').filter((link) => attribute(link, 'rel') === 'self')
  complaints.demand(attribute(atom[0], 'href') === self, 'the self link is another address')
  const items = named(channel, 'item')
  for (const item of items) {
    const where = `item ${textOf(item, 'title')}`
    for (const name of ['title', 'link', 'guid', 'pubDate']) complaints.one(item, name, where)
    const whole = textOf(item, 'content:encoded')
    const brief = textOf(item, 'description')
    complaints.demand((whole ?? brief ?? '') !== '', `${where}: no text at all`)
    complaints.demand(isAbsolute(textOf(item, 'link') ?? ''), `${where}: link is not absolute`)
    complaints.date(textOf(item, 'pubDate'), rfc822, where)
    const guid = named(item, 'guid')[0]
    const isLink = attribute(guid, 'isPermaLink') !== 'false'
    complaints.demand(!isLink || isAbsolute(guid?.text ?? ''), `${where}: the guid is no address`)
    // `author` must be a mail address; names belong into `dc:creator`.
    complaints.demand(named(item, 'author').length === 0, `${where}: an author without a mail`)
    complaints.content(whole ?? brief ?? '', where)
  }
  complaints.unique(
    items.map((item) => textOf(item, 'guid') ?? ''),
    'a guid',
  )
  return complaints.list
}

interface JsonItem {
  readonly [name: string]: unknown
}

/** @param self - the address it was fetched from. */
export function judgeJsonFeed(text: string, self: string): readonly string[] {
  const complaints = new Complaints()
  const feed = JSON.parse(text) as JsonItem
  complaints.demand(feed['version'] === 'https://jsonfeed.org/version/1.1', 'another version')
  complaints.demand(typeof feed['title'] === 'string' && feed['title'] !== '', 'no title')
  complaints.demand(feed['feed_url'] === self, 'feed_url is another address')
  for (const name of ['home_page_url', 'feed_url', 'icon']) {
    complaints.demand(isAbsolute(String(feed[name])), `${name} is not absolute`)
  }
  complaints.demand(typeof feed['language'] === 'string', 'no language')
  const items = feed['items']
  if (!Array.isArray(items)) return [...complaints.list, 'items is no array']
  for (const item of items as JsonItem[]) {
    const where = `item ${String(item['title'])}`
    complaints.demand(typeof item['id'] === 'string' && item['id'] !== '', `${where}: no id`)
    complaints.demand(isAbsolute(String(item['url'])), `${where}: url is not absolute`)
    const bodies = [item['content_html'], item['content_text']].filter((each) => each !== undefined)
    complaints.demand(bodies.length > 0, `${where}: no content`)
    for (const name of ['date_published', 'date_modified']) {
      complaints.date(String(item[name]), rfc3339, where)
    }
    complaints.demand(Array.isArray(item['tags']), `${where}: tags is no array`)
    if (typeof item['content_html'] === 'string') complaints.content(item['content_html'], where)
  }
  complaints.unique(
    (items as JsonItem[]).map((item) => String(item['id'])),
    'an id',
  )
  return complaints.list
}

const sitemapNamespace = 'http://www.sitemaps.org/schemas/sitemap/0.9'

/** @returns complaints, and the addresses that it lists. */
export function judgeSitemap(
  xml: string,
  kind: 'sitemapindex' | 'urlset',
  origin: string,
): { readonly complaints: readonly string[]; readonly addresses: readonly string[] } {
  const complaints = new Complaints()
  const root = read(xml, kind, complaints)
  if (root === undefined) return { complaints: complaints.list, addresses: [] }
  complaints.demand(attribute(root, 'xmlns') === sitemapNamespace, 'another namespace')
  const entries = named(root, kind === 'urlset' ? 'url' : 'sitemap')
  complaints.demand(entries.length === root.children.length, 'elements the protocol does not know')
  complaints.demand(entries.length > 0 && entries.length <= 50_000, `${entries.length} entries`)
  complaints.demand(Buffer.byteLength(xml) <= 50 * 1_048_576, 'more than 50 MiB')
  const addresses = entries.map((entry) => textOf(entry, 'loc') ?? '')
  for (const [at, entry] of entries.entries()) {
    const address = addresses[at] ?? ''
    complaints.one(entry, 'loc', address)
    const isOurs = isAbsolute(address) && address.startsWith(`${origin}/`) && address.length < 2_048
    complaints.demand(isOurs, `${address} is not an address of ${origin}`)
    const changed = textOf(entry, 'lastmod')
    if (changed !== undefined) complaints.date(changed, rfc3339, address)
  }
  complaints.unique(addresses, 'an address')
  return { complaints: complaints.list, addresses }
}
