import { describe, expect, test } from 'vitest'

import { loginPath, safeNext } from '../../../../src/http/admin/next-path.ts'

describe('where signing in leads', () => {
  test.each(['/admin', '/admin/comments?status=spam&cursor=x', '/posts/a-post', '/', '/?page=2'])(
    'to the page of this site that was wanted: %s',
    (path) => {
      expect(safeNext(path)).toBe(path)
    },
  )

  test.each([
    ['nothing', undefined],
    ['an empty one', ''],
    ['another host', 'https://evil.example/'],
    ['a host without scheme', '//evil.example'],
    ['a backslash for a slash', '/\\evil.example'],
    ['two backslashes', '\\\\evil.example'],
    ['a backslash further on', '/x\\..\\..\\evil'],
    ['a scheme without slashes', 'https:evil.example'],
    ['a script', 'javascript:alert(1)'],
    ['slashes in disguise', '/%2f%2fevil.example'],
    ['slashes in disguise, large letters', '/%2F/evil.example'],
    ['a backslash in disguise', '/%5cevil.example'],
    ['a tab that browsers drop', '/\t/evil.example'],
    ['a line break that browsers drop', '/\n/evil.example'],
    ['a header in a line of its own', '/admin\r\nset-cookie: a=b'],
    ['a space before it', ' //evil.example'],
    ['a way up to a host', '/admin/..//evil.example'],
    ['a dot that vanishes', '/.//evil.example'],
    ['a relative path', 'evil'],
    ['an address beyond the bound', `/${'a'.repeat(1_000)}`],
    ['the login itself', '/admin/login?next=/admin/login'],
    ['the way out', '/admin/logout'],
  ])('to the overview with %s', (_what, next) => {
    expect(safeNext(next)).toBe('/admin')
  })

  test('the login page carries it along, where it says more than the usual', () => {
    expect(loginPath('/admin')).toBe('/admin/login')
    expect(loginPath('//evil')).toBe('/admin/login')
    expect(loginPath('/admin/comments?status=spam&x=1')).toBe(
      '/admin/login?next=%2Fadmin%2Fcomments%3Fstatus%3Dspam%26x%3D1',
    )
  })
})
