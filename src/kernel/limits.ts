/**
 * Every bound of the program, with its unit and reason. A new bound is added to one of the three parts,
 * never inline.
 */

import { importLimits } from './import-limits.ts'
import { storeLimits } from './store-limits.ts'
import { webLimits } from './web-limits.ts'

export const limits: typeof storeLimits & typeof webLimits & typeof importLimits = {
  ...storeLimits,
  ...webLimits,
  ...importLimits,
}
