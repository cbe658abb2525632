import { describe, expect, test } from 'vitest'
import { JobRefusedError, QuorumUnmetError } from '../../../src/kernel/errors.ts'
import type { Outcome, StoreErrorCode } from '../../../src/kernel/errors.ts'
import { toStoreError } from '../../../src/riak/to-store-error.ts'

describe('Riak error texts', () => {
  const cases: [text: string, code: StoreErrorCode, afterWrite: Outcome][] = [
    ['timeout', 'BLOG_TIMEOUT', 'indefinite'],
    ['overload', 'BLOG_OVERLOADED', 'indefinite'],
    ['all_nodes_down', 'BLOG_UNAVAILABLE', 'definite'],
    ['insufficient_vnodes_available', 'BLOG_QUORUM_UNMET', 'definite'],
    ['{r_val_unsatisfied,2,1}', 'BLOG_QUORUM_UNMET', 'indefinite'],
    ['{pw_val_unsatisfied,2,1}', 'BLOG_QUORUM_UNMET', 'indefinite'],
    ['{dw_val_unsatisfied,2,1}', 'BLOG_QUORUM_UNMET', 'indefinite'],
    ['{node_confirms_val_unsatisfied,2,1}', 'BLOG_QUORUM_UNMET', 'indefinite'],
    ['{insufficient_vnodes,1,need,2}', 'BLOG_QUORUM_UNMET', 'indefinite'],
    ['{insufficient_nodes,1,need,2}', 'BLOG_QUORUM_UNMET', 'indefinite'],
    ['{n_val_violation,3}', 'BLOG_BAD_REQUEST', 'definite'],
    ['{r_val_violation,<<"x">>}', 'BLOG_BAD_REQUEST', 'definite'],
    ['no_type', 'BLOG_NO_BUCKET_TYPE', 'definite'],
    [
      'Error processing incoming message: error:{badmatch,\n {error,\n  {function_clause,\n   [{proplists,get_value,\n [n_val,\n {error,no_type},\n undefined],',
      'BLOG_NO_BUCKET_TYPE',
      'definite',
    ],
    [`No bucket-type named 'nope'`, 'BLOG_NO_BUCKET_TYPE', 'definite'],
    ['Invalid bucket type: <<"nope">>', 'BLOG_NO_BUCKET_TYPE', 'definite'],
    ['Error no bucket type `<<"nope">>`', 'BLOG_NO_BUCKET_TYPE', 'definite'],
    ['{too_many_siblings,101}', 'BLOG_REFUSED_BY_RIAK', 'definite'],
    ['Unknown message code: 9', 'BLOG_UNAVAILABLE', 'definite'],
    ['Unknown message code: 11', 'BLOG_UNAVAILABLE', 'definite'],
    ['Unknown message code: 27', 'BLOG_REFUSED_BY_RIAK', 'indefinite'],
    ['{too_large,60000000}', 'BLOG_TOO_LARGE', 'definite'],
    ['match_found', 'BLOG_REFUSED_BY_RIAK', 'definite'],
    ['modified', 'BLOG_REFUSED_BY_RIAK', 'definite'],
    ['notfound', 'BLOG_REFUSED_BY_RIAK', 'definite'],
    ['{precommit_fail,[{unknown_field_type,<<"bad">>}]}', 'BLOG_REFUSED_BY_RIAK', 'definite'],
    ['{indexes_not_supported,riak_kv_bitcask_backend}', 'BLOG_NO_INDEXES', 'definite'],
    ['{error,{indexes_not_supported,riak_kv_bitcask_backend}}', 'BLOG_NO_INDEXES', 'definite'],
    ['Security is enabled, please STARTTLS first', 'BLOG_SECURITY_ON', 'definite'],
    ['Security is enabled, please authenticate first', 'BLOG_SECURITY_ON', 'definite'],
    ['Key cannot be zero-length', 'BLOG_BAD_REQUEST', 'definite'],
    ['Error processing incoming message: error:badarg', 'BLOG_REFUSED_BY_RIAK', 'indefinite'],
    ['something never seen', 'BLOG_REFUSED_BY_RIAK', 'indefinite'],
    ['', 'BLOG_REFUSED_BY_RIAK', 'indefinite'],
  ]
  test.each(cases)(
    '%s has code %s; after a put it is %s, after a get definite',
    (text, code, outcome) => {
      expect(toStoreError(text, 'put')).toMatchObject({ code, outcome })
      expect(toStoreError(text, 'get')).toMatchObject({ code, outcome: 'definite' })
    },
  )

  test('security that is on is told with what to do (a ping, a job)', () => {
    for (const call of ['ping', 'mapReduce'] as const) {
      const error = toStoreError('Security is enabled, please STARTTLS first', call)
      expect(error).toMatchObject({ code: 'BLOG_SECURITY_ON', outcome: 'definite' })
      expect(error.message).toContain('riak admin security disable')
    }
  })

  test('the numbers of an unmet quorum are wanted and got, in whichever order Riak has them', () => {
    const unmet = toStoreError('{pr_val_unsatisfied,3,1}', 'get')
    expect(unmet).toBeInstanceOf(QuorumUnmetError)
    expect(unmet).toMatchObject({ required: 3, answered: 1 })
    const few = toStoreError('{insufficient_vnodes,1,need,2}', 'get')
    expect(few).toMatchObject({ required: 2, answered: 1 })
  })

  test.each([
    [
      'Phase 0: invalid module named in PhaseSpec function:\n must be a valid module name (failed to load nope: embedded)',
      'unknown-function',
    ],
    [
      'Phase 0: PhaseSpec specifies riak_kv_mapreduce:nope/3, which is not exported',
      'unknown-function',
    ],
    ['Phase {xform_map,0}: PhaseSpec specifies m:f/3, which is not exported', 'unknown-function'],
    ['Phase {reduce,0}: arg specifies m:f/2, which is not exported', 'unknown-function'],
    [
      'Phase {xform_map,0}: The PhaseSpec part of the argument for riak_kv_mrc_map',
      'no-javascript',
    ],
    ['Phase 1: arg specifies riak_kv_mapreduce:nope/2, which is not exported', 'unknown-function'],
    [
      'Phase 0: The PhaseSpec part of the argument for riak_kv_mrc_map must be of one of the following forms:\n   {modfun, Module :: atom(), Function :: atom()}\n',
      'no-javascript',
    ],
    [
      'Error processing incoming message: error:function_clause:[{riak_kv_w_reduce,\n reduce_compat,\n [{jsfun,\n <<"Riak.reduceSum">>}],',
      'no-javascript',
    ],
    ['Unknown message code: 23', 'not-allowed'],
    ['{insecure_module_path,"/usr/lib/x"}', 'not-allowed'],
    [`Permission denied: User 'alice' does not have 'riak_kv.mapreduce' on any`, 'not-allowed'],
    ['{"phase":0,"error":"[worker_startup_failed]","input":"{…}","stack":"[…]"}', 'failed'],
    ['{"error":"map_reduce_error"}', 'failed'],
    ['anything else', 'failed'],
  ])('a job that ends in "%s" was refused for the reason %s', (text, reason) => {
    const error = toStoreError(text, 'mapReduce')
    expect(error).toBeInstanceOf(JobRefusedError)
    expect(error).toMatchObject({ code: 'BLOG_REFUSED_BY_RIAK', outcome: 'definite', reason })
  })

  test.each([
    ['timeout', 'BLOG_TIMEOUT'],
    ['overload', 'BLOG_OVERLOADED'],
    ['insufficient_vnodes_available', 'BLOG_QUORUM_UNMET'],
  ])('a job that ends in "%s" has the code %s, as every call', (text, code) => {
    expect(toStoreError(text, 'mapReduce').code).toBe(code)
  })

  test("the report of a failed phase tells its error, never the object's value", () => {
    const report = { phase: 1, error: '{badmatch,1}', input: 'SECRET', stack: 'SECRET' }
    const { message } = toStoreError(JSON.stringify(report), 'mapReduce')
    expect(message).toContain('phase 1: {badmatch,1}')
    expect(message).not.toContain('SECRET')
  })

  test('a stack trace is cut; what it begins with is in the message', () => {
    const error = toStoreError(`Error processing incoming message: ${'x'.repeat(9_000)}`, 'get')
    expect(error.message).toContain('Error processing incoming message')
    expect(error.message.length).toBeLessThan(500)
  })
})
