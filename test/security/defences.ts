/**
 * What is defended, by which lines, and the test that falls when those lines are taken away.
 * `remove-defences.ts` takes them away one after the other; `npm test` sees that the list still fits.
 */

export interface Defence {
  readonly against: string
  readonly by: string
  readonly file: string
  /** Exactly as it stands there, once. */
  readonly code: string
  readonly without: string
  /** Files of the project `unit` of which at least one test must fail. */
  readonly test: string
}

const room = 'test/unit/http'

export const defences: readonly Defence[] = [
  {
    against: 'XSS in Markdown and raw HTML of posts, comments, settings, feeds, API',
    by: 'everything that marked makes passes an allow-list',
    file: 'src/http/markdown/sanitize.ts',
    code: "    disallowedTagsMode: 'discard',",
    without: "    disallowedTagsMode: 'discard', allowVulnerableTags: true, allowedTags: false,",
    test: `${room}/security/hostile-words.test.ts`,
  },
  {
    against: 'XSS by addresses in texts (javascript:, data:)',
    by: 'an allow-list of schemes',
    file: 'src/http/markdown/sanitize.ts',
    code: "    allowedSchemes: ['http', 'https',",
    without: "    allowedSchemes: ['javascript', 'vbscript', 'data', 'http', 'https',",
    test: `${room}/security/hostile-words.test.ts`,
  },
  {
    against: 'XSS by addresses of commenters and in the settings',
    by: 'only web addresses become links',
    file: 'src/http/links.ts',
    code: 'return /^https?:\\/\\/\\S+$/i.test(text) && URL.canParse(text) ?',
    without: 'return URL.canParse(text) ?',
    test: `${room}/security/hostile-words.test.ts`,
  },
  {
    against: 'XSS by ending the data block (JSON-LD)',
    by: '<, > and & are escaped in JSON',
    file: 'src/http/pages/head.ts',
    code: 'JSON.stringify(value).replace(/[<>&\\u2028\\u2029]/g, escapeInScript)',
    without: 'JSON.stringify(value).replace(/[\\u2028\\u2029]/g, escapeInScript)',
    test: `${room}/security/hostile-words.test.ts`,
  },
  {
    against: 'XSS by titles, names and tags in the head of a page',
    by: 'every attribute is escaped',
    file: 'src/http/pages/head.ts',
    code: '="${escapeHtml(attributes[key] ?? \'\')}"',
    without: '="${attributes[key] ?? \'\'}"',
    test: `${room}/security/hostile-words.test.ts`,
  },
  {
    against: 'XSS in readers of RSS by a plain summary',
    by: 'words are escaped once more where HTML is expected',
    file: 'src/http/feeds/rss.ts',
    code: 'x(escapeHtml(entry.summary))',
    without: 'x(entry.summary)',
    test: `${room}/security/hostile-words.test.ts`,
  },
  {
    against: 'CSRF',
    by: 'a form from another site is refused',
    file: 'src/http/security.ts',
    code: "  throw new WebError('BLOG_CROSS_SITE'",
    without: "  if (headers.has('x')) throw new WebError('BLOG_CROSS_SITE'",
    test: `${room}/same-site.test.ts ${room}/admin`,
  },
  {
    against: 'CSRF on /admin, whichever page is added',
    by: 'the one door asks before any route',
    file: 'src/http/admin/route-admin.tsx',
    code: '      checkSameSite(headers, web.links.origin, { withRights })',
    without: '      void [checkSameSite, withRights]',
    test: `${room}/admin`,
  },
  {
    against: 'Open redirect after signing in',
    by: '`next` is a path of this site or nothing',
    file: 'src/http/admin/next-path.ts',
    code: "  if (origin !== base || pathname.startsWith('//')) return fallback",
    without: '',
    test: `${room}/admin/next-path.test.ts`,
  },
  {
    against: 'A session stolen by a script or sent along from another site',
    by: 'HttpOnly, SameSite',
    file: 'src/http/admin/session-cookie.ts',
    code: '; HttpOnly; SameSite=Lax${secure}',
    without: '${secure}',
    test: `${room}/admin/login.test.ts`,
  },
  {
    against: 'Forging of comment forms and own-comment cookies',
    by: 'signatures are compared',
    file: 'src/http/signature.ts',
    code: '&& timingSafeEqual(signature, expected)',
    without: '&& timingSafeEqual(expected, expected)',
    test: `${room}/signature.test.ts`,
  },
  {
    against: 'Media that act in the blog’s name',
    by: 'a policy with a sandbox',
    file: 'src/http/security.ts',
    code: 'img-src data:; sandbox"',
    without: 'img-src data:"',
    test: `${room}/app.test.ts`,
  },
  {
    against: 'A spoofed address around the rate limit',
    by: 'X-Forwarded-For counts from the right, TRUST_PROXY hops',
    file: 'src/http/client-address.ts',
    code: 'seen[Math.max(0, seen.length - hops)]',
    without: 'seen[0]',
    test: `${room}/client-address.test.ts ${room}/comment-form.test.ts`,
  },
]
