/** `/about`: the page of that slug where there is one, else the site's own words. */

import { raw } from 'hono/html'

import type { Page } from '../cached-page.ts'
import { rebase } from '../markdown/html-cuts.ts'
import { renderPostMarkdown } from '../markdown/markdown.ts'
import { isPublic } from '../api/shapes.ts'
import type { Web } from '../web.ts'
import { missingPage } from './error-pages.tsx'
import { htmlPage } from './layout.tsx'
import { postPage } from './post.tsx'

export async function aboutPage(web: Web): Promise<Page> {
  const [frame, answer] = await Promise.all([web.frames.load(), web.blog.posts.bySlug('about')])
  if (answer.kind === 'post' && isPublic(answer.post, web.clock.nowMs())) {
    const page = await postPage(web, answer.post)
    return { ...page, dependsOn: [...page.dependsOn, 'slug:about'] }
  }
  const { about, colophon, title } = frame.settings
  const dependsOn = ['slug:about', 'settings']
  if (about === '' && colophon === '') return missingPage(web, dependsOn)
  const words = (text: string): string => rebase(renderPostMarkdown(text), '/about')
  return htmlPage(
    web,
    // The same words would stand beside themselves.
    { ...frame, settings: { ...frame.settings, about: '', colophon: '' } },
    { title: 'About', description: `About ${title}.`, canonical: '/about' },
    <article class="post">
      <header>
        <h1 class="title">About</h1>
      </header>
      {about === '' ? null : <div class="prose">{raw(words(about))}</div>}
      {colophon === '' ? null : (
        <div class="prose">
          <h2>Colophon</h2>
          {raw(words(colophon))}
        </div>
      )}
    </article>,
    { dependsOn },
  )
}
