import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ZipFile } from 'yazl'
import { openFetchedMedia } from '../../../../src/import/fetched-media.ts'
import { importAll, type ImportReport } from '../../../../src/import/import-run.ts'
import { openWxr, type WxrOptions } from '../../../../src/import/wxr/wxr-source.ts'
import type { Blog, PostView } from '../../../../src/store/blog.ts'
import { blogOn, memoryRiak } from '../../../support/open-blog.ts'
import { realClock } from '../../../support/real-clock.ts'

const preview = new URL('../../../../../shared/data/theme-preview.xml', import.meta.url).pathname

let root: string
let blog: Blog
let said: string[]
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'ringpost-wxr-'))
  blog = await blogOn(memoryRiak())
})
afterEach(async () => {
  await blog.stop()
  rmSync(root, { recursive: true, force: true })
})

async function bring(
  path: string,
  isDryRun = false,
  options: Partial<WxrOptions> = {},
  into: Blog = blog,
): Promise<ImportReport> {
  said = []
  const source = await openWxr(path, { html: 'markdown', media: undefined, ...options })
  const report = await importAll(source, {
    blog: into,
    clock: realClock(),
    isDryRun,
    listener: {
      read: () => undefined,
      found: () => undefined,
      failed: (origin, reason) => said.push(`${origin}: ${reason}`),
      noted: (_origin, note) => said.push(note.kind),
      done: () => undefined,
    },
  })
  await into.settle()
  return report
}

const bringXml = (
  xml: string | Uint8Array,
  options: Partial<WxrOptions> = {},
): Promise<ImportReport> => {
  writeFileSync(join(root, 'export.xml'), xml)
  return bring(join(root, 'export.xml'), false, options)
}
const channel = (items: string): string =>
  `<?xml version="1.0"?><rss xmlns:wp="http://wordpress.org/export/1.2/"><channel>${items}</channel></rss>`
const item = (id: number, more = '', content = 'Text'): string =>
  `<item><title>Post ${id}</title><guid>https://old.example/?p=${id}</guid><wp:post_id>${id}</wp:post_id>` +
  `<wp:post_name>post-${id}</wp:post_name><wp:post_date_gmt>2020-01-02 03:04:05</wp:post_date_gmt>` +
  `<wp:status>publish</wp:status><wp:post_type>post</wp:post_type>` +
  `<content:encoded><![CDATA[${content}]]></content:encoded>${more}</item>`
const comment = (id: number, parent: number, more = ''): string =>
  `<wp:comment><wp:comment_id>${id}</wp:comment_id><wp:comment_author>Ann</wp:comment_author>` +
  `<wp:comment_date_gmt>2020-02-0${id} 00:00:00</wp:comment_date_gmt><wp:comment_content>Comment ${id}</wp:comment_content>` +
  `<wp:comment_approved>1</wp:comment_approved><wp:comment_parent>${parent}</wp:comment_parent>${more}</wp:comment>`
const counts = ({ created, updated, unchanged, failed }: ImportReport): string =>
  `created ${created}, updated ${updated}, unchanged ${unchanged}, failed ${failed}`
const post = async (slug: string): Promise<PostView> => {
  const found = await blog.posts.bySlug(slug)
  if (found.kind !== 'post') throw new Error(`${slug} is ${found.kind}`)
  return found.post
}

describe('an export of WordPress', () => {
  test('theme-preview.xml: every post, comment and tag is there, and a second run changes nothing', async ({
    skip,
  }) => {
    if (!existsSync(preview)) {
      console.log('skipped: ../shared/data/theme-preview.xml is not there')
      skip()
    }
    expect(counts(await bring(preview, true))).toBe('created 7, updated 0, unchanged 0, failed 0')
    expect((await blog.listings.page({ kind: 'all' }, { limit: 20 })).entries).toEqual([])
    const report = await bring(preview)
    expect(counts(report)).toBe('created 7, updated 0, unchanged 0, failed 0')
    expect(report.commentsCreated).toBe(2)
    const hello = await post('hello-world')
    expect([hello.author, hello.publishedAt]).toEqual(['Theme Admin', '2008-06-04T22:40:06.000Z'])
    const { comments } = await blog.comments.ofPost(hello.id, { limit: 10 })
    expect(comments.map(({ author, createdAt }) => [author, createdAt])).toEqual([
      ['themedemos', '2007-09-04T00:49:28.000Z'],
    ])
    expect((await post('category-hierarchy')).tags).toHaveLength(4)
    expect((await post('html')).body).toContain('1. one, two\n   1. buckle my shoe')
    expect((await blog.posts.byAlias('?p=1')).kind).toBe('moved')
    const again = await bring(preview)
    expect(counts(again)).toBe('created 0, updated 0, unchanged 7, failed 0')
    expect([again.commentsCreated, again.commentsUnchanged]).toEqual([0, 2])
  })

  test('threads stay threads; what nobody should see is not shown; circles are opened', async () => {
    const more =
      comment(1, 0) +
      comment(2, 1) +
      comment(3, 4) +
      comment(4, 3) +
      comment(5, 99) +
      comment(6, 0, '<wp:comment_type>pingback</wp:comment_type>')
    const report = await bringXml(channel(item(1, more)))
    expect(report.commentsCreated).toBe(5)
    const { comments } = await blog.comments.ofPost((await post('post-1')).id, { limit: 10 })
    const idOf = (n: number) => comments.find(({ body }) => body === `Comment ${n}`)?.id
    expect(comments.map(({ parent }) => parent)).toEqual([null, idOf(1), idOf(4), null, null])
    expect(said).toContain('left out: pingbacks and trackbacks')
  })

  test('a moderator’s decision and an author’s edit survive another run', async () => {
    const xml = channel(item(1, comment(1, 0) + comment(2, 0)))
    await bringXml(xml)
    const { id } = await post('post-1')
    const [first, second] = (await blog.comments.ofPost(id, { limit: 10 })).comments
    await blog.comments.moderate(first!.id, 'spam', 'mod')
    await blog.comments.edit(second!.id, { body: 'Edited' }, { verdict: 'approved' })
    await bringXml(xml)
    const { comments } = await blog.comments.ofPost(id, { limit: 10 })
    expect(comments.map(({ body }) => body)).toEqual(['Edited'])
  })

  test('private, scheduled and protected posts are drafts; the trash and other types stay behind', async () => {
    const status = (n: number, name: string, more = ''): string =>
      item(n, more).replace('>publish<', `>${name}<`)
    const report = await bringXml(
      channel(
        status(1, 'private') +
          status(2, 'future') +
          status(3, 'publish', '<wp:post_password>x</wp:post_password>') +
          status(4, 'trash') +
          item(5).replace('>post<', '>nav_menu_item<'),
      ),
    )
    expect(counts(report)).toBe('created 3, updated 0, unchanged 0, failed 0')
    expect((await blog.listings.page({ kind: 'all' }, { limit: 20 })).entries).toEqual([])
    expect(said).toContain('left out, as they are no posts: nav_menu_item')
  })

  test('uploads beside the file become media', async () => {
    mkdirSync(join(root, 'wp-content/uploads/2020/01'), { recursive: true })
    writeFileSync(join(root, 'wp-content/uploads/2020/01/a.png'), 'png')
    const url = 'https://old.example/wp-content/uploads/2020/01/a-300x200.png'
    const report = await bringXml(channel(item(1, '', `<img src="${url}" alt="A" />`)))
    expect(report.files).toBe(1)
    expect((await post('post-1')).body).toMatch(/^!\[A\]\(\/media\/[0-9a-f]{64}\/a\.png\)/)
  })

  const pictured =
    '<link>https://old.example</link>' +
    item(
      1,
      '',
      '<img src="/wp-content/uploads/a.png" alt="A" /><img src="https://x.example/b.png" alt="B" />',
    )

  test('nothing is fetched without being asked for: no socket is opened', async () => {
    const connect = vi.spyOn(Socket.prototype, 'connect')
    const report = await bringXml(channel(pictured))
    expect(report.files).toBe(0)
    expect(said).toContain('links to files of the old site, which stay')
    expect(connect).not.toHaveBeenCalled()
    connect.mockRestore()
  })

  test('files of the old site are fetched where it is asked for; a run without them keeps them', async () => {
    const asked: string[] = []
    const get = (address: string): Promise<Uint8Array> => {
      asked.push(address)
      return Promise.resolve(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))
    }
    const fetched = await openFetchedMedia({ get })
    const report = await bringXml(channel(pictured), { fetched })
    await fetched.close()
    expect(report.files).toBe(1)
    expect(asked).toEqual(['https://old.example/wp-content/uploads/a.png'])
    const { body } = await post('post-1')
    expect(body).toMatch(
      /!\[A\]\(\/media\/[0-9a-f]{64}\/a\.png\)!\[B\]\(https:\/\/x\.example\/b\.png\)/,
    )
    expect(counts(await bringXml(channel(pictured)))).toBe(
      'created 0, updated 0, unchanged 1, failed 0',
    )
  })

  test('links between the posts of the old site lead to where these are now, and are counted', async () => {
    const link = (href: string): string => `<a href="${href}">x</a> `
    const content =
      link('http://www.old.example/2020/01/post-2/#comment-3') +
      link('/?p=2') +
      link('https://old.example/?page_id=3') +
      link('https://old.example/elsewhere/') +
      link('https://other.example/?p=2')
    const report = await bringXml(
      channel(
        '<wp:base_site_url>http://wordpress.com/</wp:base_site_url>' +
          '<wp:base_blog_url>https://old.example</wp:base_blog_url>' +
          item(1, '', content) +
          item(2, '<link>https://old.example/2020/01/post-2/</link>') +
          item(3).replace('>post<', '>page<'),
      ),
    )
    expect((await post('post-1')).body).toBe(
      '[x](/posts/post-2#comment-3) [x](/posts/post-2) [x](/pages/post-3) ' +
        '[x](https://old.example/elsewhere/) [x](https://other.example/?p=2)\n',
    )
    const kind = 'links between posts, which lead to their new addresses'
    expect(report.noted.find((each) => each.kind === kind)?.count).toBe(3)
  })

  test('classic paragraphs, code and captions are read as WordPress shows them', async () => {
    const content =
      'One\ntwo\n\nThree [[x]] $BIGCMS\n\n[code lang="js"]\na &lt; b\n\nc\n[/code]\n\n' +
      '[caption id="1"]<img src="https://x.example/a.png" alt="A" /> Words[/caption]<!--more-->'
    await bringXml(channel(item(1, '', content)))
    expect((await post('post-1')).body).toBe(
      'One\\\ntwo\n\nThree \\[x\\] $BIGCMS\n\n```js\na < b\n\nc\n```\n\n![A](https://x.example/a.png "Words")\n',
    )
  })
})

describe('blocks of WordPress’s editor', () => {
  const block = (name: string, html: string): string =>
    `<!-- wp:${name} -->${html}<!-- /wp:${name} -->`

  test.each([
    [
      'gallery',
      '<figure class="wp-block-gallery"><figure><img src="https://o.e/a.png" alt="A"/><figcaption>One</figcaption></figure>' +
        '<figure><img src="https://o.e/b.png" alt="B"/></figure><figcaption>Both</figcaption></figure>',
      '![A](https://o.e/a.png "One")\n\n![B](https://o.e/b.png)\n\nBoth\n',
    ],
    [
      'embed',
      '<figure><div class="wp-block-embed__wrapper">\nhttps://youtu.be/x\n</div><figcaption>C</figcaption></figure>',
      'https://youtu.be/x\n\nC\n',
    ],
    [
      'video',
      '<figure><video controls src="https://o.e/v.mp4"></video></figure>',
      '<video src="https://o.e/v.mp4"></video>\n',
    ],
    [
      'file',
      '<div class="wp-block-file"><a href="https://o.e/f.pdf">Paper</a>' +
        '<a href="https://o.e/f.pdf" class="wp-block-file__button" download>Download</a></div>',
      '[Paper](https://o.e/f.pdf)\n',
    ],
    [
      'button',
      '<div><a class="wp-block-button__link" href="https://o.e/">Go</a></div>',
      '[Go](https://o.e/)\n',
    ],
    [
      'columns',
      `<div>${block('column', '<div><p>L</p></div>')}<div><p>R</p></div></div>`,
      'L\n\nR\n',
    ],
    [
      'pullquote',
      '<figure><blockquote><p>Q</p><cite>Ann</cite></blockquote></figure>',
      '> Q\n>\n> *Ann*\n',
    ],
    ['verse', '<pre class="wp-block-verse">Roses\n  are</pre>', '```\nRoses\n  are\n```\n'],
    ['code', '<pre><code>a &lt; b\n\nc</code></pre>', '```\na < b\n\nc\n```\n'],
    [
      'details',
      '<details><summary>M</summary><p>In</p></details>',
      '<details><summary>M</summary><p>In</p></details>\n',
    ],
    [
      'table',
      '<figure><table><thead><tr><th>H</th></tr></thead><tbody><tr><td>a</td></tr></tbody></table></figure>',
      '| H |\n| --- |\n| a |\n',
    ],
    ['nextpage', '<!--nextpage--><p>U</p>', '***\n\nU\n'],
    ['shortcode', '[form id="7"]', '\\[form id="7"\\]\n'],
  ])('%s', async (name, html, markdown) => {
    await bringXml(channel(item(1, '', block(name, html))))
    expect((await post('post-1')).body).toBe(markdown)
  })

  test('footnotes, which are kept beside the text, come along and lead back', async () => {
    const meta = (value: string): string =>
      `<wp:postmeta><wp:meta_key>footnotes</wp:meta_key><wp:meta_value><![CDATA[${value}]]></wp:meta_value></wp:postmeta>` +
      '<wp:postmeta><wp:meta_key>_yoast_wpseo_title</wp:meta_key><wp:meta_value>x</wp:meta_value></wp:postmeta>'
    const text = '<p>Said<sup><a id="f1-link" href="#f1">1</a></sup></p><!-- wp:footnotes /-->'
    await bringXml(channel(item(1, meta('[{"id":"f1","content":"By <em>Ann</em>"}]'), text)))
    expect((await post('post-1')).body).toBe(
      'Said<sup><a id="f1-link"></a>[1](#f1)</sup>\n\n***\n\n1. <a id="f1"></a>By *Ann* [↩](#f1-link)\n',
    )
    await bringXml(channel(item(2, meta('not JSON'), text)))
    expect(said).toContain('footnotes that cannot be read')
  })
})

describe('files that are broken or hostile', () => {
  test('a file that is cut off gives what came before, and says so', async () => {
    const whole = channel(item(1) + item(2))
    const report = await bringXml(whole.slice(0, whole.indexOf('Post 2') + 200))
    expect(counts(report)).toBe('created 1, updated 0, unchanged 0, failed 1')
    expect(said).toContain('"Post 2": the file ends within it')
  })

  test('entities of its own are words: nothing is expanded, nothing is read', async () => {
    const dtd =
      '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    const xml = channel(item(1).replace('Post 1', 'Post &b;&c;')).replace('<rss', `${dtd}<rss`)
    expect(counts(await bringXml(xml))).toBe('created 1, updated 0, unchanged 0, failed 0')
    expect((await post('post-1')).title).toBe('Post &b;&c;')
    expect(said).toContain('files with entities of their own')
  })

  test('zero bytes, broken UTF-8 and a CDATA end within CDATA lose no post', async () => {
    const xml = channel(item(1, '', 'a\u0000b ]]]]><![CDATA[> c') + item(2, '', 'BAD'))
    const bytes = Buffer.from(xml)
    bytes[bytes.indexOf('BAD')] = 0xff
    expect(counts(await bringXml(bytes))).toBe('created 2, updated 0, unchanged 0, failed 0')
    expect((await post('post-1')).body).toBe('ab \\]\\]> c\n')
  })

  test('an item larger than any post is named, and the next ones are brought', async () => {
    const report = await bringXml(channel(item(1, '', 'x'.repeat(36_000_000)) + item(2) + item(3)))
    expect(report.failed).toBe(1)
    expect(said).toContainEqual(expect.stringContaining('larger than 32 MiB'))
    expect((await post('post-3')).title).toBe('Post 3')
  })

  test('10,000 tags on a post are the first hundred; equal slugs are numbered', async () => {
    const tags = Array.from({ length: 10_000 }, (_, n) => `<category>t${n}</category>`).join('')
    const report = await bringXml(channel(item(1, tags) + item(2).replace('post-2', 'post-1')))
    expect(counts(report)).toBe('created 2, updated 0, unchanged 0, failed 0')
    expect((await post('post-1')).tags).toHaveLength(100)
    expect((await post('post-1-2')).title).toBe('Post 2')
  })

  test('cut off at any place: what came before is brought whole, what was begun is named', async () => {
    const whole = channel(item(1, comment(1, 0)) + item(2, comment(2, 0)) + item(3))
    const ends = [...whole.matchAll(/<\/item>/g)].map(({ index }) => index + '</item>'.length)
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: whole.indexOf('<item>') + 6, max: whole.length - 16 }),
        async (at) => {
          const own = await blogOn(memoryRiak())
          try {
            const file = join(root, 'cut.xml')
            writeFileSync(file, whole.slice(0, at))
            const report = await bring(file, false, {}, own)
            const before = ends.filter((end) => end <= at)
            const isWithin = whole.slice(before.at(-1) ?? 0, at).includes('<item>')
            expect([report.created, report.failed]).toEqual([before.length, isWithin ? 1 : 0])
            expect(report.commentsCreated).toBe(Math.min(before.length, 2))
            expect(said).toContain('files that end before their end')
            const { entries } = await own.listings.page({ kind: 'all' }, { limit: 10 })
            expect(entries).toHaveLength(before.length)
          } finally {
            await own.stop()
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  test.each([
    ['Latin-1', 'latin1', '<?xml version="1.0" encoding="ISO-8859-1"?>'],
    ['UTF-16 with a mark', 'utf16le', '\uFEFF<?xml version="1.0" encoding="UTF-16"?>'],
    ['UTF-16 without a mark', 'utf16le', '<?xml version="1.0" encoding="UTF-16"?>'],
    ['UTF-8 that calls itself UTF-16', 'utf8', '<?xml version="1.0" encoding="UTF-16"?>'],
    ['UTF-8 of an unknown name', 'utf8', '<?xml version="1.0" encoding="x-klingon"?>'],
    ['XML 1.1', 'utf8', '<?xml version="1.1" encoding="UTF-8"?>'],
  ] as const)('%s is read', async (_name, encoding, head) => {
    const xml = channel(item(1, '', 'Größe')).replace('<?xml version="1.0"?>', head)
    await bringXml(Buffer.from(xml, encoding))
    expect((await post('post-1')).body).toBe('Größe\n')
  })
})

describe('exports that are packed', () => {
  const bringPacked = (name: string, bytes: Uint8Array): Promise<ImportReport> => {
    writeFileSync(join(root, name), bytes)
    return bring(join(root, name))
  }
  const zipOf = async (files: Readonly<Record<string, string>>): Promise<Buffer> => {
    const zip = new ZipFile()
    for (const [name, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), name)
    zip.end()
    return buffer(zip.outputStream)
  }

  test('by gzip are read as they are; one that is cut off gives what came before', async () => {
    const filler = Array.from({ length: 20_000 }, (_, n) => (n * 7_919).toString(36)).join(' ')
    const packed = gzipSync(channel(item(1) + item(2, '', filler) + item(3)))
    const cut = await bringPacked('cut.xml.gz', packed.subarray(0, packed.length - 40_000))
    expect(counts(cut)).toBe('created 1, updated 0, unchanged 0, failed 1')
    const whole = await bringPacked('export.xml.gz', packed)
    expect(counts(whole)).toBe('created 2, updated 0, unchanged 1, failed 0')
  })

  test('as several files of a zip are one blog: its links and authors are found across them', async () => {
    const zip = await zipOf({
      'blog.002.xml': channel(
        '<wp:author><wp:author_login>ann</wp:author_login><wp:author_display_name>Ann B.</wp:author_display_name></wp:author>' +
          item(2),
      ),
      'blog.001.xml': channel(item(1, '<dc:creator>ann</dc:creator>', '<a href="/?p=2">two</a>')),
      '__MACOSX/._blog.001.xml': 'no XML at all',
      'readme.txt': 'Hello',
    })
    expect(counts(await bringPacked('blog.zip', zip))).toBe(
      'created 2, updated 0, unchanged 0, failed 0',
    )
    expect(await post('post-1')).toMatchObject({ author: 'Ann B.', body: '[two](/posts/post-2)\n' })
  })

  test('of nothing but blanks without end are given up', async () => {
    const bomb = gzipSync(Buffer.alloc(96_000_000, ' '))
    await expect(bringPacked('bomb.xml.gz', bomb)).rejects.toThrow('times its size')
  })

  test('without an XML file, or damaged, are refused as a whole', async () => {
    await expect(bringPacked('a.zip', await zipOf({ 'a.txt': 'a' }))).rejects.toThrow(
      'no .xml file',
    )
    const zip = await zipOf({ 'a.xml': channel(item(1)) })
    await expect(bringPacked('b.zip', zip.subarray(0, 60))).rejects.toThrow('no whole zip file')
  })
})
