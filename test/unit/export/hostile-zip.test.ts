/** A zip may come from anybody: whatever it is, words come of it, the readable rest, and nothing else. */

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { bytesOf } from '../../../src/export/lines.ts'
import { openZip } from '../../../src/export/zip-reader.ts'
import { openOwnArchive } from '../../../src/import/own/own-archive.ts'
import { limits } from '../../../src/kernel/limits.ts'
import { craftedZip, type CraftedFile } from '../../support/crafted-zip.ts'
import {
  brought,
  exported,
  exportsFolder,
  newBlog,
  type Brought,
} from '../../support/round-trip.ts'

const folder = exportsFolder()
let n = 0
/** An export of two posts, file by file. */
let files: readonly CraftedFile[]

beforeAll(async () => {
  const { blog } = await newBlog()
  for (const title of ['One', 'Two']) {
    await blog.posts.create({ title, body: 'b', status: 'published' }, { by: 'ann' })
  }
  await blog.settle()
  const place = folder.at('export')
  await exported(blog, place)
  files = readdirSync(place).map((name) => ({ name, bytes: readFileSync(join(place, name)) }))
})
afterAll(() => {
  folder.remove()
})

function written(...args: Parameters<typeof craftedZip>): string {
  const path = folder.at(`z${++n}.zip`)
  writeFileSync(path, craftedZip(...args))
  return path
}

async function bring(...args: Parameters<typeof craftedZip>): Promise<Brought> {
  return brought((await newBlog()).blog, written(...args))
}

/** The export, with one of its files made other. */
function but(name: string, other: Partial<CraftedFile>): readonly CraftedFile[] {
  return files.map((file) => (file.name === name ? { ...file, ...other } : file))
}

/** With records of these lines, whose sums are right. */
function withRecords(text: string, sumLines?: (line: string) => string): readonly CraftedFile[] {
  const sha = (of: string): string => createHash('sha256').update(of).digest('hex')
  const line = `${sha(text)}  blog.ndjson\n`
  const sums = sumLines?.(line) ?? line
  const manifest = textOf('manifest.json').replace(/"sums": "\w+"/, `"sums": "${sha(sums)}"`)
  return [
    { name: 'blog.ndjson', bytes: text },
    { name: 'SHA256SUMS', bytes: sums },
    { name: 'manifest.json', bytes: manifest },
  ]
}

function textOf(name: string): string {
  const file = files.find((each) => each.name === name)
  return Buffer.from(file?.bytes ?? '').toString()
}

describe('a zip', () => {
  test('that was packed by another program, plain, packed or with 64 bits, comes in whole', async () => {
    for (const how of [{}, { isPacked: true }, { isZip64: true, isPacked: true }]) {
      const { report, failed } = await bring(files.map((file) => ({ ...file, ...how })))
      expect([failed, report.damage]).toEqual([[], []])
      expect(report.of.posts.created).toBe(2)
    }
  })

  test('that was packed by hand, with its folder, by slashes or backslashes, comes in whole', async () => {
    for (const before of ['my blog/', 'my blog\\']) {
      const within = files.map((file) => ({ ...file, name: `${before}${String(file.name)}` }))
      const forks = { name: '__MACOSX/manifest.json', bytes: 'Mac' }
      const { report } = await bring([forks, ...within])
      expect(report.damage).toEqual([])
      expect(report.of.posts.created).toBe(2)
    }
  })

  test('with names that lead out of it: they are named and left alone, the rest is brought', async () => {
    const names = ['../../evil', '/etc/evil', 'C:\\evil', '..\\evil', 'a/../../evil']
    const { report } = await bring([...names.map((name) => ({ name, bytes: 'x' })), ...files])
    expect(report.damage).toHaveLength(names.length)
    expect(report.damage[0]).toBe(
      '"../../evil": a name that leads out of the archive; it was left alone',
    )
    expect(report.of.posts.created).toBe(2)
    const many = Array.from({ length: 50 }, (_, at) => ({ name: `../${at}`, bytes: '' }))
    const told = (await bring([...many, ...files])).report.damage
    expect(told.slice(limits.zipStrangeNamed)).toEqual(['40 more names of this kind'])
  })

  test('with a link among its files does not take it for one', async () => {
    const { report } = await bring(but('blog.ndjson', { bytes: '/etc/passwd', mode: 0o120_777 }))
    expect(report.damage.join('\n')).toContain('blog.ndjson is not a regular file')
    expect(report.of.posts.created).toBe(0)
  })

  test('with two files of one name reads neither', async () => {
    const twice = await bring([...files, { name: 'blog.ndjson', bytes: 'other' }])
    expect(twice.report.damage.join('\n')).toContain('blog.ndjson is in it more than once')
    expect(twice.report.of.posts.created).toBe(0)
    const manifests = written([...files, { name: 'manifest.json', bytes: '{}' }])
    await expect(openOwnArchive(manifests)).rejects.toThrow('manifest.json is in it more than once')
  })

  test('that is encrypted says so', async () => {
    const path = written(files.map((file) => ({ ...file, isEncrypted: true, isPacked: true })))
    await expect(openOwnArchive(path)).rejects.toThrow('manifest.json is encrypted')
  })

  test('whose bytes have another checksum says which file it is', async () => {
    const { report } = await bring(but('blog.ndjson', { crc: 7 }))
    expect(report.damage[0]).toContain('blog.ndjson is damaged: its checksum is another one')
    const wordPress = await openZip(written([{ name: 'a.xml', bytes: '<rss/>', crc: 7 }]))
    const chunks = await wordPress.read('a.xml')
    await expect(bytesOf(chunks!, 100)).rejects.toThrow('its checksum is another one')
    await wordPress.close()
  })

  test('whose packed bytes are broken in the middle names the file, and nothing hangs', async () => {
    const bytes = craftedZip(files.map((file) => ({ ...file, isPacked: true })))
    const at = bytes.indexOf('blog.ndjson') + 'blog.ndjson'.length
    bytes.fill(0xff, at + 20, at + 60)
    const path = folder.at(`z${++n}.zip`)
    writeFileSync(path, bytes)
    const { report } = await brought((await newBlog()).blog, path)
    expect(report.damage[0]).toMatch(/^blog\.ndjson: it cannot be read/)
  })

  test('whose file unpacks to more, or less, than the directory promised stops there', async () => {
    const long = but('blog.ndjson', { bytes: ' '.repeat(3_000_000), isPacked: true, byteLength: 9 })
    expect((await bring(long)).report.damage[0]).toMatch(/^blog\.ndjson: it cannot be read/)
    const short = but('blog.ndjson', { isPacked: true, byteLength: 900_000 })
    expect((await bring(short)).report.damage[0]).toMatch(/^blog\.ndjson: it cannot be read/)
  })

  test('that would unpack to far more than its size is refused before a byte is unpacked', async () => {
    const kernel = { name: 'a', bytes: Buffer.alloc(4_000_000), crc: 0 }
    const over = Array.from({ length: 600 }, (_, at) => ({ ...kernel, name: `b${at}`, at: 0 }))
    await expect(openZip(written([kernel, ...over]))).rejects.toThrow(/200 times its size/)
    const giant = { name: 'a', bytes: 'x', isPacked: true, isZip64: true, byteLength: 2 ** 45 }
    await expect(openZip(written([giant, ...files]))).rejects.toThrow(/200 times its size/)
    const small = Buffer.alloc(4_000_000)
    const honest = await openZip(written([{ name: 'a', bytes: small, isPacked: true }, ...files]))
    expect(honest.files).toHaveLength(files.length + 1)
    await honest.close()
  })

  test('of more files than any export is refused before they are listed', async () => {
    const path = written(files, limits.exportFilesMax + 1)
    await expect(openZip(path)).rejects.toThrow(`it holds ${limits.exportFilesMax + 1} files`)
    await expect(openZip(written(files, 60_000))).rejects.toThrow(/it c|no whole zip/)
  })

  test('within a zip is a file like any other: nobody opens it', async () => {
    const { report } = await bring([...files, { name: 'inner.zip', bytes: craftedZip(files) }])
    expect(report.damage).toEqual([])
    expect(report.of.posts.created).toBe(2)
  })

  test('with names of old programs (CP437) beside ours comes in whole', async () => {
    const old = { name: Buffer.from([0x81, 0x62, 0x65, 0x72]), bytes: 'x' }
    const path = written([old, ...files])
    const zip = await openZip(path)
    expect(zip.files[0]?.name).toBe('über')
    await zip.close()
    expect((await brought((await newBlog()).blog, path)).report.of.posts.created).toBe(2)
  })
})

describe('records and lists that lie', () => {
  test('a record nested without end is named, and those after it are brought', async () => {
    const records = textOf('blog.ndjson')
    const nested = (deep: number): string =>
      `{"key":"k","type":"posts","value":${'['.repeat(deep)}${']'.repeat(deep)}}\n`
    const { report, failed } = await bring(withRecords(nested(1_000_000) + nested(100) + records))
    expect(failed).toHaveLength(2)
    expect(failed[0]).toContain('nested deeper')
    expect(report.of.posts.created).toBe(2)
  })

  test('a list that names one file a thousand times has it read once', async () => {
    const records = textOf('blog.ndjson')
    const { report } = await bring(withRecords(records, (line) => line.repeat(1_000)))
    expect(report.of.posts).toMatchObject({ created: 2, unchanged: 0 })
    expect(report.damage[0]).toBe('SHA256SUMS, line 2: it names blog.ndjson again')
    expect(report.damage.length).toBeLessThan(limits.bringNamedMax + 2)
  })

  test('counts that promise more than is there are told, and what is there is brought', async () => {
    const manifest = textOf('manifest.json').replace('"posts": 2', '"posts": 9000')
    const { report } = await bring(but('manifest.json', { bytes: manifest }))
    expect(report.damage).toEqual(['9000 posts were written, 2 are in its files'])
    expect(report.of.posts.created).toBe(2)
  })

  test.each([
    ['counts below zero', '"posts": 2', '"posts": -2', /manifest is damaged \(counts\.posts/],
    ['a layout of another kind', '"layout": "json"', '"layout": "sql"', /manifest is damaged/],
    ['a newer format', '"ringpostExport": 1', '"ringpostExport": 99', /format 99.*up to 1/],
  ])('a manifest with %s is refused in words', async (_what, from, to, words) => {
    const bytes = textOf('manifest.json').replace(from, to)
    await expect(openOwnArchive(written(but('manifest.json', { bytes })))).rejects.toThrow(words)
  })
})
