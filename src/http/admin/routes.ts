/** The pages of `/admin`: whoever adds one adds it here. The menu shows them in this order. */

import { accountRoutes } from './account.tsx'
import type { AdminRoute } from './admin-route.ts'
import { moderationRoute } from './moderation.tsx'
import { overviewRoute } from './overview.tsx'
import { settingsRoute } from './settings.tsx'

export const adminRoutes: readonly AdminRoute[] = [
  overviewRoute,
  moderationRoute,
  settingsRoute,
  ...accountRoutes,
]
