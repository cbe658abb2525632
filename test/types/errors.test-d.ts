import { expectTypeOf, test } from 'vitest'
import type { OperationError, QuorumUnmetError, StoreErrorCode } from '../../src/kernel/errors.ts'

test('a code is one of the documented literals, never any string', () => {
  expectTypeOf<QuorumUnmetError['code']>().toEqualTypeOf<'BLOG_QUORUM_UNMET'>()
  expectTypeOf<OperationError['code']>().toEqualTypeOf<StoreErrorCode>()
})
