/** What a blog has that visitors ask for, read as one of them: posts with their forms, tags, words. */

import type { Site } from './mix-load.ts'

const postsMax = 1_000
const wordsMax = 5_000

interface Listed {
  readonly slug: string
  readonly title: string
  readonly body: string
}

/** @throws Error where a page or a form is not as it should be. */
export async function readSite(url: string): Promise<Site> {
  const listed = await readListing(url)
  const posts: Site['posts'][number][] = []
  for (const { slug } of listed) {
    const path = `/posts/${encodeURIComponent(slug)}`
    posts.push({ path, form: formOf(await textOf(`${url}${path}`), path) })
  }
  return { url, posts, tags: await readTags(url), words: wordsOf(listed) }
}

/** Different words of its posts, from the rare ones to the common ones. */
export async function readWords(url: string): Promise<readonly string[]> {
  return wordsOf(await readListing(url))
}

async function textOf(address: string): Promise<string> {
  const answer = await fetch(address)
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`${address} answered ${answer.status}: ${text}`)
  return text
}

/** The newest posts, which are also the most read. */
async function readListing(url: string): Promise<readonly Listed[]> {
  const all: Listed[] = []
  let cursor = ''
  do {
    const page = JSON.parse(await textOf(`${url}/api/posts?limit=100${cursor}`)) as {
      posts: readonly Listed[]
      next: string | null
    }
    all.push(...page.posts)
    cursor = page.next === null ? '' : `&cursor=${encodeURIComponent(page.next)}`
  } while (cursor !== '' && all.length < postsMax)
  return all.slice(0, postsMax)
}

async function readTags(url: string): Promise<readonly string[]> {
  const { tags } = JSON.parse(await textOf(`${url}/api/tags`)) as {
    tags: readonly { tag: string; count: number }[]
  }
  const popular = tags.toSorted((a, b) => b.count - a.count)
  return popular.map(({ tag }) => `/tags/${encodeURIComponent(tag)}`)
}

function formOf(page: string, path: string): Site['posts'][number]['form'] {
  const forms = page.match(/<form[^>]*method="post"[^>]*>[\s\S]*?<\/form>/gi) ?? []
  const form = forms.find((each) => each.includes('name="body"'))
  const action = /action="([^"]*)"/.exec(form ?? '')?.[1]
  if (form === undefined || action === undefined) throw new Error(`no comment form on ${path}`)
  const inputs = form.match(/<input[^>]*type="hidden"[^>]*>/g) ?? []
  const hidden = inputs.map((input): [string, string] => [
    /name="([^"]*)"/.exec(input)?.[1] ?? '',
    /value="([^"]*)"/.exec(input)?.[1] ?? '',
  ])
  return { action, hidden: Object.fromEntries(hidden) }
}

/** Different words of the texts, as people look for them: from the rare ones to the common ones. */
function wordsOf(posts: readonly Listed[]): readonly string[] {
  const words = new Set<string>()
  for (const { title, body } of posts) {
    for (const word of `${title} ${body.slice(0, 2_000)}`.match(/\p{L}{4,16}/gu) ?? []) {
      words.add(word.toLowerCase())
    }
  }
  const all = [...words]
  const step = Math.max(1, all.length / wordsMax)
  const count = Math.min(all.length, wordsMax)
  return Array.from({ length: count }, (_, n) => all[Math.floor(n * step)] ?? 'blog')
}
