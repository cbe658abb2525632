import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { idOfPath } from '../../../src/import/markdown/import-id.ts'
import { importAll, ImportStoppedError, type ImportReport } from '../../../src/import/import-run.ts'
import { markdownSource } from '../../../src/import/markdown/markdown-source.ts'
import { openSourceFolder } from '../../../src/import/markdown/source-folder.ts'
import { OperationError } from '../../../src/kernel/errors.ts'
import { seededDice } from '../../../src/kernel/prng.ts'
import { MemoryRiakKv } from '../../../src/riak/memory-riak-kv.ts'
import type { Blog, PostView } from '../../../src/store/blog.ts'
import { openBlog } from '../../../src/store/open-blog.ts'
import { cheapPasswords } from '../../support/cheap-passwords.ts'
import { realClock } from '../../support/real-clock.ts'

const silent = { write: () => undefined }

describe('an import', () => {
  let root: string
  let riak: MemoryRiakKv
  let blog: Blog
  let said: string[]
  const clock = realClock()
  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'ringpost-import-'))
    riak = new MemoryRiakKv({ clock, dice: seededDice(1) })
    blog = await openBlog({
      riak,
      clock,
      dice: seededDice(2),
      log: silent,
      passwords: cheapPasswords(),
      site: 'blog',
      isSingleNode: true,
    })
  })
  afterEach(async () => {
    await blog.stop()
    rmSync(root, { recursive: true, force: true })
  })

  const write = (files: Record<string, string | Uint8Array>): void => {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(root, dirname(path)), { recursive: true })
      writeFileSync(join(root, path), content)
    }
  }
  const run = async (into: Blog = blog): Promise<ImportReport> => {
    said = []
    const folder = await openSourceFolder(root)
    const report = await importAll(markdownSource(folder), {
      blog: into,
      clock,
      listener: {
        read: () => undefined,
        found: () => undefined,
        failed: (path, reason) => said.push(`${path}: ${reason}`),
        noted: (path, { text }) => said.push(`${path}: ${text}`),
        done: () => undefined,
      },
    })
    await into.settle()
    return report
  }
  const counts = ({ created, updated, unchanged, failed }: ImportReport): string =>
    `created ${created}, updated ${updated}, unchanged ${unchanged}, failed ${failed}`
  const post = async (path: string): Promise<PostView> => {
    const found = await blog.posts.read(idOfPath(path))
    if (found === undefined) throw new Error(`${path} is no post`)
    return found
  }
  const head = (title: string, more = ''): string => `---\ntitle: ${title}\n${more}\n---\n\n`
  const lines = Array.from({ length: 12 }, (_, n) => `Line ${n}.`).join('\n\n')

  test('posts are there under their slugs, tags and old addresses', async () => {
    write({
      'news/hello.md': `${head('Hello', 'date: 2020-01-31\ntags: [A B]\ncategory: news\naliases: /2020/hello')}Text`,
      'drafts/later.md': `${head('Later')}Text`,
    })
    expect(counts(await run())).toBe('created 2, updated 0, unchanged 0, failed 0')
    const bySlug = await blog.posts.bySlug('hello')
    expect(bySlug.kind === 'post' && bySlug.post.tags).toEqual(['a-b', 'news'])
    expect((await blog.posts.byAlias('2020/hello')).kind).toBe('moved')
    expect((await post('drafts/later.md')).status).toBe('draft')
    const all = await blog.listings.page({ kind: 'all' }, { limit: 10 })
    expect(all.entries.map((entry) => entry.title)).toEqual(['Hello'])
  })

  test('a second run writes nothing at all', async () => {
    write({
      'a.md': `${head('A', 'date: 2020-01-01')}![x](p.png)`,
      'b.md': `${head('B')}![y](data:image/png;base64,QUJD)`,
      'sub/a.md': `${head('Another A', 'date: 2020-01-02')}Text`,
      'p.png': 'not really',
    })
    expect(counts(await run())).toBe('created 3, updated 0, unchanged 0, failed 0')
    const before = riak.counts()
    expect(counts(await run())).toBe('created 0, updated 0, unchanged 3, failed 0')
    expect(riak.counts()['put']).toBe(before['put'])
    expect(riak.counts()['delete']).toBe(before['delete'])
  })

  test('a changed file is an update; the others stay', async () => {
    write({ 'a.md': `${head('A')}One`, 'b.md': `${head('B')}Two` })
    await run()
    write({ 'a.md': `${head('A, again')}One and more` })
    expect(counts(await run())).toBe('created 0, updated 1, unchanged 1, failed 0')
    expect((await post('a.md')).title).toBe('A, again')
    expect(counts(await run())).toBe('created 0, updated 0, unchanged 2, failed 0')
  })

  test('an edit made in the blog is kept where the file did not change', async () => {
    write({ 'a.md': head('A') + lines })
    await run()
    const there = await post('a.md')
    await blog.posts.save(
      there.id,
      { body: there.body.replace('Line 1.', 'Line 1, by Ann.') },
      { ifMatch: [there.revision], mode: 'change', by: 'ann' },
    )
    expect(counts(await run())).toBe('created 0, updated 0, unchanged 1, failed 0')
    expect((await post('a.md')).body).toContain('by Ann')
  })

  test('a changed file is merged with edits made in the blog since, not put over them', async () => {
    write({ 'a.md': head('A') + lines })
    await run()
    const there = await post('a.md')
    await blog.posts.save(
      there.id,
      { body: there.body.replace('Line 1.', 'Line 1, by Ann.') },
      { ifMatch: [there.revision], mode: 'change', by: 'ann' },
    )
    write({ 'a.md': head('A') + lines.replace('Line 10.', 'Line 10, in the file.') })
    expect(counts(await run())).toBe('created 0, updated 1, unchanged 0, failed 0')
    const merged = await post('a.md')
    expect(merged.body).toContain('Line 1, by Ann.')
    expect(merged.body).toContain('Line 10, in the file.')
    expect(merged.conflicts).toEqual([])
    expect(counts(await run())).toBe('created 0, updated 0, unchanged 1, failed 0')
    // The next change has the last import as its parent, though a merge stands between.
    write({ 'a.md': head('A') + lines.replace('Line 10.', 'Line 10, in the file, twice.') })
    expect(counts(await run())).toBe('created 0, updated 1, unchanged 0, failed 0')
    const again = await post('a.md')
    expect(again.body).toContain('Line 1, by Ann.')
    expect(again.body).toContain('Line 10, in the file, twice.')
    expect(again.conflicts).toEqual([])
  })

  test('the file and the blog changing one line leave a conflict and lose neither', async () => {
    write({ 'a.md': head('A') + lines })
    await run()
    const there = await post('a.md')
    await blog.posts.save(
      there.id,
      { body: there.body.replace('Line 5.', 'Ann wrote this.') },
      { ifMatch: [there.revision], mode: 'change', by: 'ann' },
    )
    write({ 'a.md': head('A') + lines.replace('Line 5.', 'Ben wrote that.') })
    const report = await run()
    expect(report.conflicts).toBe(1)
    expect((await post('a.md')).conflicts.length).toBeGreaterThan(0)
    expect(said).toEqual(['a.md: the blog and the file changed the same place: a conflict'])
  })

  test('a post deleted in the blog stays deleted while its file stays the same', async () => {
    write({ 'a.md': `${head('A')}Text` })
    await run()
    const there = await post('a.md')
    await blog.posts.save(
      there.id,
      { status: 'deleted' },
      { ifMatch: [there.revision], mode: 'change', by: 'ann' },
    )
    expect(counts(await run())).toBe('created 0, updated 0, unchanged 1, failed 0')
    expect((await post('a.md')).status).toBe('deleted')
  })

  test('two files of one name get two slugs, the same in every run, and keep them when a third comes', async () => {
    write({ 'b/x.md': `${head('In b')}Text`, 'c/x.md': `${head('In c')}Text` })
    await run()
    expect([(await post('b/x.md')).slug, (await post('c/x.md')).slug]).toEqual(['x', 'x-2'])
    write({ 'a/x.md': `${head('In a')}Text` })
    expect(counts(await run())).toBe('created 1, updated 0, unchanged 2, failed 0')
    expect([(await post('b/x.md')).slug, (await post('c/x.md')).slug]).toEqual(['x', 'x-2'])
    expect((await post('a/x.md')).slug).not.toBe('x')
  })

  test('a date that only the file\u2019s time gave is counted, and kept when the file is copied', async () => {
    write({
      'a.md': '# A\n\nText',
      '2020-01-02-b.md': '# B',
      'c.md': head('C', 'date: 2020-03-03'),
    })
    utimesSync(join(root, 'a.md'), 1_500_000_000, 1_500_000_000)
    const report = await run()
    expect([report.datesFromPath, report.datesFromFile]).toEqual([1, 1])
    expect((await post('a.md')).publishedAt).toBe('2017-07-14T02:40:00.000Z')
    utimesSync(join(root, 'a.md'), 1_600_000_000, 1_600_000_000)
    expect(counts(await run())).toBe('created 0, updated 0, unchanged 3, failed 0')
    write({ 'a.md': '# A\n\nText, changed' })
    await run()
    expect((await post('a.md')).publishedAt).toBe('2017-07-14T02:40:00.000Z')
  })

  test('pictures are stored once, and the text leads to them', async () => {
    write({
      'a.md': `${head('A')}![x](img/p.png)`,
      'b.md': `${head('B')}![x](img/p.png) ![y](img/gone.png)`,
      'img/p.png': Buffer.from([1, 2, 3]),
    })
    const report = await run()
    expect(report.files).toBe(1)
    expect(said).toEqual(['b.md: img/gone.png is not there'])
    const hash = /\/media\/([0-9a-f]{64})\/p\.png/.exec((await post('a.md')).body)?.[1] ?? ''
    expect(Buffer.from((await blog.media.read(hash))!.bytes)).toEqual(Buffer.from([1, 2, 3]))
  })

  test('odd files are named with a reason, and the rest goes on', async () => {
    write({
      'good.md': `${head('Good')}Text`,
      'empty.md': '',
      'untitled.md': 'Only text.',
      'broken.md': '---\ntitle: "open\n---\nText',
      'latin1.md': Buffer.from('---\ntitle: Stra\xdfe\n---\n', 'latin1'),
      'binary.md': Buffer.from('---\ntitle: A\n---\n\0\0'),
      'huge.md': `${head('Huge')}${'x'.repeat(9_000_000)}`,
      'long.md': `${head('Long')}${'x'.repeat(1_000_000)}`,
      'utf16.md': Buffer.from(`\uFEFF${head('Wide')}Text`, 'utf16le'),
      'folder.md/inside.md': `${head('Inside')}Text`,
      'ignored.txt': 'x',
      '.git/hidden.md': head('Hidden'),
      'node_modules/x/readme.md': head('Foreign'),
    })
    symlinkSync('/etc/hostname', join(root, 'outside.md'))
    symlinkSync(join(root, 'nowhere'), join(root, 'dangling.md'))
    symlinkSync(join(root, 'good.md'), join(root, 'same.md'))
    symlinkSync(tmpdir(), join(root, 'up'))
    execFileSync('mkfifo', [join(root, 'pipe.md')])
    const report = await run()
    expect(said.sort()).toEqual([
      'binary.md: not a text: it contains zero bytes',
      expect.stringMatching(/^broken\.md: broken YAML front matter, line \d/),
      expect.stringMatching(/^dangling\.md: a symbolic link to nothing/),
      'empty.md: the file is empty',
      'folder.md: a folder, not a file',
      'huge.md: 8.6 MiB is too large for a post',
      'latin1.md: the text is not UTF-8',
      expect.stringMatching(/^long\.md: body: at most 921600 bytes/),
      'outside.md: a symbolic link that leaves the folder',
      'pipe.md: not a regular file',
      expect.stringMatching(/^untitled\.md: no title/),
      'up: a symbolic link that leaves the folder',
    ])
    expect(counts(report)).toBe('created 3, updated 0, unchanged 0, failed 12')
    expect((await post('utf16.md')).title).toBe('Wide')
    expect((await post('folder.md/inside.md')).title).toBe('Inside')
  })

  test('a file that may not be read is named', async ({ skip }) => {
    if (process.getuid?.() === 0) {
      console.log('skipped: a file that may not be read (root may read every file)')
      skip('root may read every file')
    }
    write({ 'a.md': head('A'), 'b.md': head('B') })
    chmodSync(join(root, 'a.md'), 0)
    expect(counts(await run())).toBe('created 1, updated 0, unchanged 0, failed 1')
    expect(said).toEqual(['a.md: cannot be read (EACCES)'])
  })

  test('a folder larger than what is held in memory is imported whole', async () => {
    const long = (letter: string): string => letter.repeat(900_000)
    write(
      Object.fromEntries(
        Array.from({ length: 24 }, (_, n) => [
          `p${n}.md`,
          head(`Post ${n}`, `date: 20${String(40 - n)}-01-01`) + long('abc'[n % 3]!),
        ]),
      ),
    )
    expect(counts(await run())).toBe('created 24, updated 0, unchanged 0, failed 0')
    for (const n of [0, 11, 23]) expect((await post(`p${n}.md`)).body).toBe(long('abc'[n % 3]!))
  })

  test('an answer that is lost is asked for again, and makes no second post', async () => {
    write(Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`p${n}.md`, head(`Post ${n}`)])))
    let refusals = 3
    const flaky: Blog = {
      ...blog,
      posts: {
        ...blog.posts,
        create: async (input, options) => {
          const saved = await blog.posts.create(input, options)
          if (refusals-- > 0) throw new OperationError('BLOG_TIMEOUT', 'no answer', 'indefinite')
          return saved
        },
      },
    }
    const report = await run(flaky)
    expect(report.created + report.unchanged).toBe(30)
    expect((await blog.listings.page({ kind: 'all' }, { limit: 100 })).entries).toHaveLength(30)
  })

  test('a store that goes on refusing stops the run, which says what is left and goes on later', async () => {
    write(Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`p${n}.md`, head(`Post ${n}`)])))
    let taken = 0
    const away: Blog = {
      ...blog,
      posts: {
        ...blog.posts,
        create: (input, options) => {
          taken += 1
          if (taken <= 20) return blog.posts.create(input, options)
          throw new OperationError('BLOG_NO_BUCKET_TYPE', 'no type')
        },
      },
    }
    const stopped = await run(away).catch((error: unknown) => error)
    expect(stopped).toBeInstanceOf(ImportStoppedError)
    const { report, left } = stopped as ImportStoppedError
    expect(report.created).toBe(20)
    expect(left).toBe(40)
    expect(counts(await run())).toBe('created 40, updated 0, unchanged 20, failed 0')
  })

  test('a save under the importer\u2019s id that no import made is named, not covered', async () => {
    await blog.posts.create({ title: 'Mine', body: 'Mine.' }, { id: idOfPath('a.md'), by: 'ann' })
    write({ 'a.md': `${head('Theirs')}Text` })
    expect(counts(await run())).toBe('created 0, updated 0, unchanged 0, failed 1')
    expect((await post('a.md')).title).toBe('Mine')
  })
})
