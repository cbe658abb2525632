/**
 * A causal context: the opaque bytes that a read returns and the next write gives back.
 *
 * Only the Riak node looks inside (`vclock.ts`); the store and the HTTP side carry it.
 *
 * Source: basho/riak_pb `RpbGetResp.vclock`; RIAK.md §3.1 ("opaque to clients").
 */

declare const brand: unique symbol

export type CausalContext = Uint8Array & { readonly [brand]: 'CausalContext' }

/** Mark bytes that came from Riak. */
export function causalContext(bytes: Uint8Array): CausalContext {
  return bytes as CausalContext
}
