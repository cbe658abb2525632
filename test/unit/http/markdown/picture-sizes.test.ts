import { Buffer } from 'node:buffer'
import { describe, expect, test } from 'vitest'

import { limits } from '../../../../src/kernel/limits.ts'
import { createPictureSizes, sizeOfPicture } from '../../../../src/http/markdown/picture-sizes.ts'
import { createRenderedPosts } from '../../../../src/http/markdown/rendered-posts.ts'
import { seededDice } from '../../../../src/kernel/prng.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEElEQVR4nGP4z8AARAwQCgAf7gP9mVZRRgAAAABJRU5ErkJggg==',
  'base64',
)
const gif = Buffer.from('R0lGODlhBQAEAIAAAAAAAP///yH5BAEAAAAALAAAAAAFAAQAAAIEhI+pWwA7', 'base64')
const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"/>')
/** VP8X: a canvas of 30 × 20. */
const webp = Buffer.from(
  '524946461a000000574542505650385800000000000000001d00001300005650382000000000',
  'hex',
)
/** The head of a JPEG of 8 × 4, which EXIF says to turn by a quarter. */
const turnedJpeg = Buffer.from(
  'ffd8' +
    'ffe1002245786966000049492a000800000001001201030001000000060000000000' +
    '0000' +
    'ffc0001108000400080301220002110103110100' +
    'ffd9',
  'hex',
)

const hash = 'ab'.repeat(32)
const own = `<img src="/media/${hash}/a%20map.png" alt="A map" decoding="async" />`

function sizes(bytes: Uint8Array | Error | undefined): {
  readonly put: (html: string) => Promise<{ readonly html: string; readonly isWhole: boolean }>
  readonly reads: () => number
} {
  let reads = 0
  const beginning = async (): Promise<Uint8Array | undefined> => {
    reads++
    if (bytes instanceof Error) throw bytes
    return bytes
  }
  const made = createPictureSizes({ media: { beginning }, log: { write: () => undefined } })
  return { put: (html) => made.put(html), reads: () => reads }
}

describe('sizes of pictures', () => {
  test.each([
    ['PNG', png, { width: 3, height: 2 }],
    ['GIF', gif, { width: 5, height: 4 }],
    ['SVG, by its view box', svg, { width: 40, height: 20 }],
    ['WebP', webp, { width: 30, height: 20 }],
    ['JPEG that lies on its side', turnedJpeg, { width: 4, height: 8 }],
  ])('are read from the first bytes: %s', (_name, bytes, size) => {
    expect(sizeOfPicture(bytes)).toEqual(size)
  })

  test('are unknown of what is no picture, is cut, or was made to take long', () => {
    expect(sizeOfPicture(Buffer.from('hello'))).toBeUndefined()
    expect(sizeOfPicture(png.subarray(0, 10))).toBeUndefined()
    expect(sizeOfPicture(new Uint8Array(0))).toBeUndefined()
    const dice = seededDice(4)
    const began = performance.now()
    for (let n = 0; n < 500; n++) {
      const noise = Buffer.from(dice.bytes(400))
      ;[png, gif, svg, webp, turnedJpeg][n % 5]!.subarray(0, 16).copy(noise)
      sizeOfPicture(noise)
    }
    expect(performance.now() - began).toBeLessThan(10_000)
  })

  test('stand in the text, once read, for ever', async () => {
    const { put, reads } = sizes(png)
    const html = `<p>${own} and ${own}</p>`
    const sized = own.replace(' alt=', ' width="3" height="2" alt=')
    expect(await put(html)).toEqual({ html: `<p>${sized} and ${sized}</p>`, isWhole: true })
    await put(html)
    expect(reads()).toBe(1)
  })

  test('that an author gave stay, and pictures elsewhere are not asked for', async () => {
    const { put, reads } = sizes(png)
    const html = `${own.replace(' alt=', ' width="100" alt=')}<img src="https://e.example/x.png" alt="" />`
    expect(await put(html)).toEqual({ html, isWhole: true })
    expect(reads()).toBe(0)
  })

  test('of a text of a thousand pictures are read for the first hundred', async () => {
    const { put, reads } = sizes(png)
    const many = Array.from({ length: 1_000 }, (_, n) =>
      own.replace(hash, String(n).padStart(64, '0')),
    )
    await put(many.join(''))
    expect(reads()).toBe(limits.picturesSized)
  })

  test('that cannot be read now are read the next time the post is shown', async () => {
    let bytes: Uint8Array | Error = new Error('away')
    const rendered = createRenderedPosts({
      clock: createVirtualClock(),
      log: { write: () => undefined },
      blog: {
        media: {
          beginning: async () => {
            if (bytes instanceof Error) throw bytes
            return bytes
          },
        },
      },
    })
    const post = { id: 'i', revision: 'r', body: `![A map](/media/${hash}/a.png)`, summary: '' }
    expect((await rendered.render(post)).html).not.toContain('width=')
    bytes = png
    const shown = await rendered.render(post)
    expect(shown.html).toContain('width="3" height="2"')
    expect(await rendered.render(post)).toBe(shown)
    await rendered.close()
  })
})
