import { describe, expect, test } from 'vitest'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { createPageBodies } from '../../../src/http/page-body.ts'

const text = 'A page that says something. '.repeat(100)
const browser = 'gzip, deflate, br, zstd'

describe('bodies of pages', () => {
  test('a text that was shown before is the same body: hashed and compressed once', async () => {
    const bodies = createPageBodies()
    const first = await bodies.of(text).encoded('gzip')
    // Another string of the same characters, as another rendering makes.
    const again = bodies.of(Buffer.from(text).toString())
    expect(again).toBe(bodies.of(text))
    expect(again.encoded('gzip')).toBe(first)
    expect(gunzipSync(first.bytes).toString()).toBe(text)
  })

  test('another text is another body with another tag, though it is as long', () => {
    const bodies = createPageBodies()
    const other = text.replace('something', 'different')
    expect(bodies.of(other)).not.toBe(bodies.of(text))
    expect(bodies.of(other).tag).not.toBe(bodies.of(text).tag)
  })

  test('brotli is made for a text that is asked for again, and beside the requests', async () => {
    const body = createPageBodies().of(text)
    expect((await body.encoded(browser)).encoding).toBe('gzip')
    const ask = async (): Promise<string> => (await body.encoded(browser)).encoding
    await expect.poll(ask, { timeout: 5_000 }).toBe('br')
    const { bytes } = await body.encoded(browser)
    expect(brotliDecompressSync(bytes).toString()).toBe(text)
  })

  test('a reader who takes brotli but no gzip waits for neither', async () => {
    const body = createPageBodies().of(text)
    expect(await body.encoded('br, gzip;q=0')).toMatchObject({ encoding: 'identity' })
    const ask = async (): Promise<string> => (await body.encoded('br, gzip;q=0')).encoding
    await expect.poll(ask, { timeout: 5_000 }).toBe('br')
  })

  test('a short text, and a reader who takes nothing, get it as it is', () => {
    const bodies = createPageBodies()
    expect(bodies.of('short').encoded(browser)).toMatchObject({ encoding: 'identity' })
    expect(bodies.of(text).encoded(undefined)).toMatchObject({ encoding: 'identity' })
    expect(bodies.of(text).encoded('gzip;q=0, br;q=0.000')).toMatchObject({ encoding: 'identity' })
  })
})
