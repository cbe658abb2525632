import { existsSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import type { BroughtFile, Note } from '../../../src/import/brought.ts'
import { openFetchedMedia, type FetchedMedia } from '../../../src/import/fetched-media.ts'
import { realTypeOf } from '../../../src/import/real-type.ts'
import type { NotFetched } from '../../../src/kernel/ports.ts'

const png = Buffer.from('\x89PNG\r\n\x1a\n and so on', 'latin1')
let opened: FetchedMedia | undefined
afterEach(() => opened?.close())

async function open(
  get: (address: string) => Promise<Uint8Array | NotFetched>,
): Promise<(address: string) => Promise<BroughtFile | string>> {
  const media = await openFetchedMedia({ get })
  opened = media
  return async (address) => {
    const notes: Note[] = []
    return (await media.fetch(address, notes)) ?? notes[0]?.text ?? 'nothing'
  }
}

describe('files that are fetched from the old site', () => {
  test('are known by their bytes: the type is the real one, and so is the ending', async () => {
    const fetchFile = await open(() => Promise.resolve(png))
    const file = await fetchFile('https://old.example/a%20b.jpg?w=300')
    expect(file).toMatchObject({ name: 'a b.png', contentType: 'image/png' })
    if (typeof file === 'string') throw new Error(file)
    expect(Buffer.from(await file.bytes())).toEqual(png)
  })

  test('are asked for once each, and four at once at most', async () => {
    let [asked, running, most] = [0, 0, 0]
    const fetchFile = await open(async () => {
      asked += 1
      most = Math.max(most, (running += 1))
      await new Promise((next) => setImmediate(next))
      running -= 1
      return png
    })
    const addresses = Array.from({ length: 40 }, (_, n) => `https://old.example/${n % 20}.png`)
    await Promise.all(addresses.map(fetchFile))
    expect([asked, most]).toEqual([20, 4])
  })

  test('that are a page, or a program, are none', async () => {
    const fetchFile = await open(() => Promise.resolve(Buffer.from('<html>Not found</html>')))
    expect(await fetchFile('https://old.example/a.png')).toBe(
      'https://old.example/a.png: it is no picture, document, film or sound',
    )
  })

  test('of a server that is gone are not waited for one by one', async () => {
    let asked = 0
    const fetchFile = await open(() => {
      asked += 1
      return Promise.resolve({ reason: 'its server does not answer', isUnreachable: true })
    })
    for (let n = 0; n < 20; n++) await fetchFile(`https://gone.example/${n}.png`)
    expect(asked).toBe(5)
    expect(await fetchFile('https://gone.example/z.png')).toContain('was not asked again')
  })

  test('leave nothing on the disk when the run is over', async () => {
    const fetchFile = await open(() => Promise.resolve(png))
    const file = await fetchFile('https://old.example/a.png')
    await opened?.close()
    await expect(typeof file === 'string' ? undefined : file.bytes()).rejects.toThrow('ENOENT')
    expect(existsSync('a.png')).toBe(false)
  })
})

test.each([
  ['image/jpeg', '\xff\xd8\xff\xe0'],
  ['image/gif', 'GIF89a'],
  ['image/webp', 'RIFF\0\0\0\0WEBP'],
  ['image/avif', '\0\0\0\x20ftypavif'],
  ['video/mp4', '\0\0\0\x20ftypisom'],
  ['application/pdf', '%PDF-1.7'],
  ['audio/mpeg', 'ID3\x04'],
  ['image/svg+xml', '\xef\xbb\xbf<?xml version="1.0"?>\n<!-- x --><svg xmlns="">'],
  [undefined, '<!doctype html><svg>'],
  [undefined, 'MZ\x90\0'],
  [undefined, ''],
])('%s is told from its first bytes', (type, bytes) => {
  expect(realTypeOf(Buffer.from(bytes, 'latin1'))).toBe(type)
})
