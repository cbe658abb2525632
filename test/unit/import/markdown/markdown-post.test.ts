import { describe, expect, test } from 'vitest'
import type { BroughtPost } from '../../../../src/import/brought.ts'
import { readMarkdownPost, type ReadPost } from '../../../../src/import/markdown/markdown-post.ts'

const changedAtMs = Date.parse('2021-05-05T10:11:12.345Z')
const read = (text: string, path = 'posts/file.md'): ReadPost =>
  readMarkdownPost({ path, text, changedAtMs })
const postOf = (text: string, path?: string): BroughtPost => {
  const result = read(text, path)
  if (result.kind !== 'post') throw new Error(result.reason)
  return result.post
}

describe('a Markdown file', () => {
  test('becomes a post with all that its front matter says', () => {
    const post = postOf(`---
date: '2013-03-11T16:00:00.000Z'
category: release
tags: [v0.10, Stable]
title: Node.js 0.10.0 (Stable)
slug: node-v0-10-0
layout: blog-post
author: Isaac Z. Schlueter
description: What is new.
aliases: /2013/03/11/node-v0-10-0/
---

I am pleased.
`)
    expect(post).toEqual({
      id: post.id,
      origin: 'posts/file.md',
      title: 'Node.js 0.10.0 (Stable)',
      body: 'I am pleased.\n',
      summary: 'What is new.',
      tags: ['release', 'stable', 'v0.10'],
      slug: 'node-v0-10-0',
      isSlugStated: true,
      status: 'published',
      kind: 'post',
      author: 'Isaac Z. Schlueter',
      publishedAt: '2013-03-11T16:00:00.000Z',
      dateSource: 'stated',
      aliases: ['2013/03/11/node-v0-10-0'],
      notes: [],
    })
  })

  test('a BOM and CRLF line ends change nothing', () => {
    const text = '---\ntitle: A\ndate: 2020-01-01\n---\n\nOne\n\nTwo $BIGCMS\n'
    expect(postOf(`\uFEFF${text.replaceAll('\n', '\r\n')}`)).toEqual(postOf(text))
  })

  test.each([
    ['# The title #\n\nText', 'The title', 'Text'],
    ['The title\n=========\nText', 'The title', 'Text'],
    ['<h1 align="center">The title</h1>\n\nText', 'The title', 'Text'],
    ['Text\n\n# *The* `title` of [us](x)\n\nMore', 'The title of us', undefined],
    ['```sh\n# not this\n```\n\n# The title', 'The title', undefined],
    ['---\nslug: s\n---\n# The title {#top}\nText', 'The title', 'Text'],
    ['# snake_case_name and 2 * 3 * 4\n\nText', 'snake_case_name and 2 * 3 * 4', 'Text'],
  ])('without a stated title the first heading is it: %j', (text, title, body) => {
    const post = postOf(text)
    expect(post.title).toBe(title)
    if (body !== undefined) expect(post.body).toBe(body)
    else expect(text).toContain(post.body)
  })

  test('a heading that repeats the stated title is not shown twice; another one stays', () => {
    expect(postOf('---\ntitle: Same\n---\n# Same\n\nText').body).toBe('Text')
    expect(postOf('---\ntitle: One\n---\n# Other\n\nText').body).toBe('# Other\n\nText')
    expect(postOf('---\ntitle: One\n---\nText\n\n# One\n').body).toBe('Text\n\n# One\n')
  })

  test.each([
    ['', 'the file is empty'],
    ['\uFEFF \r\n\r\n', 'the file is empty'],
    ['Only text.', 'no title'],
    ['## Second level only', 'no title'],
    ['---\ntitle:\n---\nText', 'no title'],
    ['---\ntitle: "open\n---\nText', 'broken YAML front matter'],
    [`---\ntitle: ${'x'.repeat(301)}\n---\nText`, 'longer than 300'],
  ])('what cannot be a post says why: %j', (text, reason) => {
    const result = read(text)
    expect(result.kind).toBe('odd')
    expect(result.kind === 'odd' && result.reason).toContain(reason)
  })

  test.each([
    ['draft: true', 'x.md', 'draft'],
    ['draft: "True"', 'x.md', 'draft'],
    ['draft: false', 'x.md', 'published'],
    ['published: false', 'x.md', 'draft'],
    ['published: true', 'x.md', 'published'],
    ['published: 2020-01-01', 'x.md', 'published'],
    ['status: draft', 'x.md', 'draft'],
    ['status: publish', 'x.md', 'published'],
    ['visibility: private', 'x.md', 'draft'],
    ['slug: y', '_drafts/x.md', 'draft'],
    ['slug: y', 'draftsman/x.md', 'published'],
  ])('%s in %s is %s', (line, path, status) => {
    expect(postOf(`---\ntitle: A\n${line}\n---\nText`, path).status).toBe(status)
  })

  test('a date is stated, else the path\u2019s, else the file\u2019s (and a draft needs none)', () => {
    const stated = postOf('---\ntitle: A\npublished: 2020-01-01\n---\n', '2013-03-11-x.md')
    expect([stated.publishedAt, stated.dateSource]).toEqual(['2020-01-01T00:00:00.000Z', 'stated'])
    const ofPath = postOf('---\ntitle: A\npublished: true\n---\n', '2013-03-11-x.md')
    expect([ofPath.publishedAt, ofPath.dateSource]).toEqual(['2013-03-11T00:00:00.000Z', 'path'])
    const ofFile = postOf('# A', 'x.md')
    expect([ofFile.publishedAt, ofFile.dateSource]).toEqual(['2021-05-05T10:11:12.000Z', 'mtime'])
    const draft = postOf('---\ndraft: true\ntitle: A\n---\n', 'x.md')
    expect([draft.publishedAt, draft.dateSource]).toEqual([null, 'none'])
  })

  test('a date that is not understood is noted, and the next source taken', () => {
    const post = postOf('---\ntitle: A\ndate: someday\n---\n', '2013-03-11-x.md')
    expect(post.publishedAt).toBe('2013-03-11T00:00:00.000Z')
    expect(post.notes.map((note) => note.text)).toEqual(['the date "someday" was not understood'])
  })

  test('control characters that the store refuses are taken out and noted', () => {
    const post = postOf('---\ntitle: A\n---\na\u001b[0mb\u000cc\td')
    expect(post.body).toBe('a[0mbc\td')
    expect(post.notes.map((note) => note.text)).toEqual(['2 control characters were left out'])
  })

  test('a file of which no slug can be made takes its title\u2019s, or its id', () => {
    expect(postOf('# Hello there', '!!!.md').slug).toBe('hello-there')
    const nameless = postOf('# !!!', '!!!.md')
    expect(nameless.slug).toBe(nameless.id.toLowerCase())
  })

  test('MDX: module lines go, components and code stay', () => {
    const text = `---
title: A
---
import Box from './box.mdx'
import { a, b } from "lib";

export const meta = {
  x: 1,
}

{/* a comment */}
<Box>Text</Box>

import duties are prose.

\`\`\`js
import x from 'y'
\`\`\`
`
    const kept = "<Box>Text</Box>\n\nimport duties are prose.\n\n```js\nimport x from 'y'\n```\n"
    expect(postOf(text, 'x.mdx').body).toBe(kept)
    expect(postOf(text, 'x.md').body).toContain('import Box from')
  })

  test('a page says so itself; a layout says nothing', () => {
    expect(postOf('---\ntitle: A\ntype: page\n---\n').kind).toBe('page')
    expect(postOf('---\ntitle: A\nlayout: page\n---\n').kind).toBe('post')
  })
})
