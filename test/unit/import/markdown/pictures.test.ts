import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { destinationsOf } from '../../../../src/import/links.ts'
import { illustrate } from '../../../../src/import/illustrate.ts'
import { besideText } from '../../../../src/import/markdown/pictures.ts'
import {
  openSourceFolder,
  type SourceFolder,
} from '../../../../src/import/markdown/source-folder.ts'

describe('where a text points', () => {
  test.each([
    ['![a](b.png) and [c](d.png "title")', ['b.png', 'd.png']],
    ['![a [b] c](<with space.png>)', ['with space.png']],
    ['[x](a_(b).png)', ['a_(b).png']],
    ['[![a](inner.png)](outer.png)', ['inner.png', 'outer.png']],
    ['[ref]: ./a.png "T"\n\n![x][ref]', ['./a.png']],
    [`<img\n  alt="x"\n  src="a.png">`, ['a.png']],
    [`<a href='b.pdf'><img src="c.png"></a>`, ['b.pdf', 'c.png']],
    ['`![a](code.png)` ![b](real.png) ``![c](`code`.png)``', ['real.png']],
    ['```\n![a](code.png)\n```\n![b](real.png)', ['real.png']],
    ['~~~\n![a](code.png)\n```\n![still](code.png)\n~~~\n![b](real.png)', ['real.png']],
    ['a lone ` tick ![b](real.png)', ['real.png']],
    ['a lone ` tick\n\nanother ` tick ![b](real.png)', ['real.png']],
    ['[not a link] (x.png) and text](y', []],
  ])('%j', (text, targets) => {
    expect(destinationsOf(text).map((destination) => destination.target)).toEqual(targets)
    for (const { start, end, target } of destinationsOf(text)) {
      expect(text.slice(start, end)).toBe(target)
    }
  })

  test('a text of 1 MiB of brackets and backticks is one pass, not a square of it', () => {
    for (const hostile of ['![', '](', '`', '` ``', '<img ', '[a]: ']) {
      const text = hostile.repeat(Math.floor(1_000_000 / hostile.length))
      expect(destinationsOf(text).length).toBeLessThan(200_000)
    }
  })
})

describe('large pictures inside a text', () => {
  test('a data: URI of 6 MiB is found whole', () => {
    const uri = `data:image/png;base64,${'QUJD'.repeat(1_500_000)}`
    expect(destinationsOf(`text ![x](${uri}) <img src="${uri}">`)).toHaveLength(2)
  })
})

describe('pictures beside a text', () => {
  const root = mkdtempSync(join(tmpdir(), 'ringpost-pictures-'))
  const png = Buffer.from('89504e470d0a1a0a00', 'hex')
  const hash = createHash('sha256').update(png).digest('hex')
  let folder: SourceFolder
  beforeAll(async () => {
    mkdirSync(join(root, 'blog/posts/img'), { recursive: true })
    writeFileSync(join(root, 'secret.png'), png)
    writeFileSync(join(root, 'blog/posts/img/map (1).png'), png)
    writeFileSync(join(root, 'blog/top.png'), png)
    writeFileSync(join(root, 'blog/posts/notes.txt'), 'text')
    symlinkSync(join(root, 'secret.png'), join(root, 'blog/posts/link.png'))
    folder = await openSourceFolder(join(root, 'blog'))
  })
  afterAll(() => {
    rmSync(root, { recursive: true })
  })
  const bodyOf = (body: string) =>
    illustrate(body, (target, notes) => besideText(folder, 'posts/post.md', target, notes))

  test('a file beside the text becomes media, and its link leads there', async () => {
    const made = await bodyOf('![Map](img/map%20%281%29.png "T") ![again](<img/map (1).png>)')
    const address = `/media/${hash}/map%20%281%29.png`
    expect(made.body).toBe(`![Map](${address} "T") ![again](<${address}>)`)
    expect(made.files.map(({ name, contentType }) => [name, contentType])).toEqual([
      ['map (1).png', 'image/png'],
    ])
    expect(Buffer.from(await made.files[0]!.bytes())).toEqual(png)
  })

  test('a path from the root is looked for in the imported folder', async () => {
    expect((await bodyOf('![x](/top.png?w=3#a)')).body).toBe(`![x](/media/${hash}/top.png)`)
    expect((await bodyOf('![x](../top.png)')).body).toBe(`![x](/media/${hash}/top.png)`)
  })

  test('a picture inside the text (data: URI) becomes media', async () => {
    const made = await bodyOf(`![x](data:image/png;base64,${png.toString('base64')})`)
    expect(made.body).toBe(`![x](/media/${hash}/picture-${hash.slice(0, 8)}.png)`)
    expect(Buffer.from(await made.files[0]!.bytes())).toEqual(png)
  })

  test.each([
    ['an address', '![x](https://a.example/x.png)', []],
    ['an address without a scheme', '![x](//a.example/x.png)', []],
    ['an old address of the site', '![x](/static/x.png)', []],
    ['a file that is not there', '![x](gone.png)', ['gone.png is not there']],
    ['outside the folder', '![x](../../secret.png)', ['../../secret.png is outside the folder']],
    ['a symbolic link that leaves', '![x](link.png)', ['link.png is not there']],
    ['no picture', '[x](notes.txt)', []],
    ['another post', '[x](other.md#part)', []],
    ['a script', '![x](data:text/html;base64,aGk=)', []],
    ['a stray percent sign', '![x](100%.png)', ['100%.png is not there']],
  ])('what is no file of the folder stays as it is (%s)', async (_what, text, notes) => {
    const made = await bodyOf(text)
    expect(made.body).toBe(text)
    expect(made.files).toEqual([])
    expect(made.notes.map((note) => note.text)).toEqual(notes)
  })
})
