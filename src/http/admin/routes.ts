/** The pages of `/admin`: whoever adds one adds it here. The menu shows them in this order. */

import { accountRoutes } from './account.tsx'
import type { AdminRoute } from './admin-route.ts'
import { overviewRoute } from './overview.tsx'

export const adminRoutes: readonly AdminRoute[] = [overviewRoute, ...accountRoutes]
