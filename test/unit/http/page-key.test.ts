import { describe, expect, test } from 'vitest'
import { everybodysKey, pageText, sharedKey } from '../../../src/http/page-key.ts'

describe('the key of a page', () => {
  test.each([
    ['/', '/'],
    ['/?utm_source=x&fbclid=y', '/'],
    ['/posts/one?utm_source=x', '/posts/one'],
    ['/?page=2', '/?page=2'],
    ['/?utm=x&page=2&gclid=3', '/?page=2'],
    ['/?page=1', '/'],
    ['/tags/riak?page=3', '/tags/riak?page=3'],
    ['/archive/2016/03?page=2', '/archive/2016/03?page=2'],
    ['/#x', '/'],
    ['/?p=42', '/?p=42'],
    ['/?utm=x&page_id=7&y=1', '/?page_id=7'],
    ['/?p=forty', '/'],
    ['/tags/riak?p=42', '/tags/riak'],
    ['/posts/one#page=2', '/posts/one'],
  ])('%s is kept as %s', (target, key) => {
    expect(sharedKey(target)).toBe(key)
  })

  test('a page that has no second one is kept once, whatever number is asked for', () => {
    for (const path of ['/posts/one', '/pages/about', '/feed.atom', '/tags', '/archive/2016']) {
      expect(sharedKey(`${path}?page=7`)).toBe(path)
    }
  })

  test('letters written as bytes are the same address, as they are to the router', () => {
    expect(sharedKey('/posts/%6f%6Ee')).toBe('/posts/one')
    expect(sharedKey('/tags/caf%c3%a9')).toBe('/tags/caf%C3%A9')
    // What separates stays as it was: these are other addresses.
    expect(sharedKey('/posts/a%2Fb')).toBe('/posts/a%2Fb')
    expect(sharedKey('/posts/%zz')).toBe('/posts/%zz')
  })

  test.each(['reply=1', 'comment=held', 'comments=x', 'preview=1', 'a=b&reply=1'])(
    "a post's page with ?%s is one visitor's own; everybody's stands in for it",
    (query) => {
      expect(sharedKey(`/posts/one?${query}`)).toBeUndefined()
      expect(everybodysKey(`/posts/one?${query}`)).toBe('/posts/one')
      // Elsewhere it means nothing, and takes nobody past the cache.
      expect(sharedKey(`/?${query}`)).toBe('/')
    },
  )

  test('the page number is what stands after page=, and not after another name', () => {
    expect(pageText('/?page=2&page=3')).toBe('2')
    expect(pageText('/?homepage=2')).toBeUndefined()
  })
})
