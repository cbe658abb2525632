/** `/admin`: where signing in leads. */

import { adminPage } from './admin-page.tsx'
import type { AdminRoute, AdminVisit } from './admin-route.ts'

const may = {
  admin: 'You may do everything: moderate comments and change the settings of the site.',
  editor: 'You may moderate the comments on every post.',
  author: 'You may see and change your own account.',
} as const

function overview(visit: AdminVisit): Promise<Response> {
  const { signedIn, menu } = visit
  return adminPage(visit, {
    title: `Hello, ${signedIn.displayName}`,
    children: (
      <>
        <p>
          You are signed in as <strong>{signedIn.name}</strong>, with the role{' '}
          <strong>{signedIn.role}</strong>. {may[signedIn.role]}
        </p>
        <ul class="doors">
          {menu
            .filter(({ path }) => path !== '/admin')
            .map(({ path, label }) => (
              <li>
                <a href={path}>{label}</a>
              </li>
            ))}
          <li>
            <a href="/">View blog</a>
          </li>
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
