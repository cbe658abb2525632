/** What each door reads of a body that has no end, and what it says. Slow ones: `commands/slow-peers.test.ts`. */

import { beforeEach, describe, expect, test } from 'vitest'

import { adminRoutes } from '../../../../src/http/admin/routes.ts'
import { openSetup } from '../../../../src/http/admin/setup-offer.ts'
import { limits } from '../../../../src/kernel/limits.ts'
import { seededDice } from '../../../../src/kernel/prng.ts'
import { fillSampleBlog } from '../../../support/sample-blog.ts'
import { openTestApp } from '../../../support/test-app.ts'
import type { TestApp } from '../../../support/test-app.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

interface Door {
  readonly method: string
  readonly path: string
  readonly bytesMax: number
  readonly headers: Readonly<Record<string, string>>
}

const json = { 'content-type': 'application/json' }
const form = {
  'content-type': 'application/x-www-form-urlencoded',
  'sec-fetch-site': 'same-origin',
}
const token = { authorization: 'Bearer W' }
const chunkBytes = 65_536

let app: TestApp
let doors: readonly Door[]
beforeEach(async () => {
  const { offer } = openSetup({
    clock: createVirtualClock(),
    dice: seededDice(1),
    onDone: () => Promise.resolve(),
  })
  app = openTestApp({ setup: offer })
  await fillSampleBlog(app.blog)
  const { posts } = (await (await app.get('/api/posts')).json()) as { posts: { id: string }[] }
  const id = posts[0]?.id ?? ''
  const door = (
    method: string,
    path: string,
    bytesMax: number,
    headers: Readonly<Record<string, string>>,
  ): Door => ({ method, path, bytesMax, headers })
  const { requestBytesMax, formBytesMax, loginFormBytesMax } = limits
  doors = [
    door('POST', '/api/posts', requestBytesMax, { ...json, ...token }),
    door('PUT', `/api/posts/${id}`, requestBytesMax, { ...json, ...token, 'if-match': '*' }),
    door('PATCH', `/api/posts/${id}`, requestBytesMax, { ...json, ...token, 'if-match': '*' }),
    door('POST', `/api/posts/${id}/comments`, requestBytesMax, { ...json, ...token }),
    door('POST', `/api/posts/${id}/comments`, formBytesMax, json),
    door('PATCH', `/api/comments/${id}`, formBytesMax, { ...json, ...token }),
    door('POST', '/posts/short/comments', formBytesMax, form),
    door('POST', '/admin/login', loginFormBytesMax, form),
    door('POST', '/admin/setup', loginFormBytesMax, form),
    ...adminRoutes
      .filter(({ post }) => post !== undefined)
      .map((each) => door('POST', each.path, each.formBytesMax ?? formBytesMax, form)),
  ]
})

/** A body without an end. @returns the answer, and how many bytes were asked for. */
async function pour(door: Omit<Door, 'bytesMax'>, length?: number): Promise<[Response, number]> {
  let poured = 0
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        poured += chunkBytes
        controller.enqueue(new Uint8Array(chunkBytes).fill(0x61))
      },
    },
    { highWaterMark: 0 },
  )
  const { method, path, headers } = door
  const request = new Request(`https://blog.example${path}`, {
    method,
    headers: { ...headers, ...(length === undefined ? {} : { 'content-length': String(length) }) },
    body,
    duplex: 'half',
  } as RequestInit)
  return [await app.fetch(request), poured]
}

async function saysSo(answer: Response, { path, bytesMax }: Door): Promise<void> {
  expect([path, answer.status]).toEqual([path, 413])
  const isApi = path.startsWith('/api/')
  const type = isApi ? 'application/problem+json' : 'text/html'
  expect(answer.headers.get('content-type'), path).toContain(type)
  expect(await answer.text(), path).toContain(isApi ? `${bytesMax} bytes` : 'That is too much')
}

describe('a body larger than its door', () => {
  test('without a length: no more is read than may be kept, and 413 says why', async () => {
    expect(doors.length).toBeGreaterThan(12)
    for (const door of doors) {
      const [answer, poured] = await pour(door)
      await saysSo(answer, door)
      expect(poured, door.path).toBeLessThanOrEqual(door.bytesMax + 2 * chunkBytes)
    }
  })

  test('with its length: not a byte is read', async () => {
    for (const door of doors) {
      const [answer, poured] = await pour(door, door.bytesMax + 1)
      await saysSo(answer, door)
      expect(poured, door.path).toBe(0)
    }
  })

  test('with a length that is a lie: no more is read all the same', async () => {
    for (const door of doors) {
      const [answer, poured] = await pour(door, 10)
      await saysSo(answer, door)
      expect(poured, door.path).toBeLessThanOrEqual(door.bytesMax + 2 * chunkBytes)
    }
  })

  test('changes nothing, and counts no try of a password', async () => {
    app.blog.calls.clear()
    for (const door of doors) await pour(door)
    const verbs = [...app.blog.calls.keys()]
    expect(
      verbs.filter((verb) => /add|create|save|change|verify|edit|moderate/.test(verb)),
    ).toEqual([])
  })
})

test('a body for an address that takes none is not read at all', async () => {
  for (const path of [
    '/',
    '/posts/short',
    '/nowhere',
    '/api/nowhere',
    '/healthz',
    '/admin/logout',
  ]) {
    const [answer, poured] = await pour({ method: 'POST', path, headers: form })
    expect(answer.status, path).toBeLessThan(500)
    expect(poured, path).toBe(0)
  }
})
