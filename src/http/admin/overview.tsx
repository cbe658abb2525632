/** `/admin`: where signing in leads. */

import type { Child } from 'hono/jsx'

import { adminPage } from './admin-page.tsx'
import type { AdminRoute, AdminVisit } from './admin-route.ts'
import { waitingComments } from './waiting.ts'

const may = {
  admin: 'You may do everything: moderate comments and change the settings of the site.',
  editor: 'You may moderate the comments on every post.',
  author: 'You may change your own account.',
} as const

/** What stands behind each entry of the menu. */
const about: Readonly<Record<string, string>> = {
  '/admin/comments': 'What waits, what was shown, what was spam',
  '/admin/settings': 'Title, words about you, sidebar',
  '/admin/account': 'Your name, password and sessions',
}

function Door(props: {
  readonly path: string
  readonly label: string
  readonly text: string
}): Child {
  return (
    <li>
      <a href={props.path}>
        {props.label}
        <small>{props.text}</small>
      </a>
    </li>
  )
}

async function overview(visit: AdminVisit): Promise<Response> {
  const { signedIn, menu, c } = visit
  const waiting = await waitingComments(visit)
  return adminPage(visit, {
    title: `Hello, ${signedIn.displayName}`,
    children: (
      <>
        <p>
          You are signed in as <strong>{signedIn.name}</strong>, with the role{' '}
          <strong>{signedIn.role}</strong>. {may[signedIn.role]}
        </p>
        {waiting === undefined ? null : (
          <p class="notice">
            <a href="/admin/comments">
              {waiting === '1' ? 'One comment waits' : `${waiting} comments wait`} for a moderator
            </a>
            .
          </p>
        )}
        <ul class="doors">
          {menu
            .filter(({ path }) => path !== c.req.path)
            .map(({ path, label }) => (
              <Door path={path} label={label} text={about[path] ?? ''} />
            ))}
          <Door path="/" label="View blog" text="As its readers see it" />
        </ul>
      </>
    ),
  })
}

export const overviewRoute: AdminRoute = {
  path: '/admin',
  role: 'author',
  label: 'Overview',
  get: overview,
}
