/**
 * Every bound of the program, with its unit and reason. A new bound is added here, never inline.
 */

export const limits = {
  // What is stored
  /** Riak degrades above 1 MiB an object (its own guidance); nothing larger is ever written. */
  objectBytesMax: 1_048_576,
  /** A derived listing is cut into segments of this size. */
  segmentBytesMax: 65_536,
  /** Ancestors kept inside a post; older ones are found by walking `revisions`. */
  ancestorsMax: 500,
  /** A body of this many UTF-8 bytes still fits one object with its envelope. */
  postBodyBytesMax: 921_600,
  titleCharsMax: 300,
  summaryCharsMax: 2_000,
  slugCharsMax: 120,
  tagsMax: 100,
  tagCharsMax: 100,
  commentBodyBytesMax: 32_768,
  commentAuthorCharsMax: 100,
  mediaChunkBytesMax: 983_040,
  /** One author's own upload; larger ones belong elsewhere. */
  mediaBytesMax: 67_108_864,

  // Requests to the HTTP side
  /** JSON bodies: a post body with every character escaped, and its fields. */
  requestBytesMax: 2_097_152,

  // The embedded node
  /** Riak closes the connection on a larger frame as well (captures/pb-raw.txt, "huge length"). */
  pbFrameBytesMax: 67_108_864,
  pbConnectionsMax: 8_192,
  /** Riak's object.siblings.maximum. */
  siblingsMax: 100,
  /** Riak's object.size.maximum. */
  riakObjectBytesMax: 52_428_800,
  keyBytesMax: 65_536,

  // Time
  /** Riak waits 60 s by default; a page must not. Below the client's socket timeout. */
  riakTimeoutMsDefault: 4_000,
  /** Riak's own request timeout; longer ones are cut to it. */
  riakTimeoutMsMax: 60_000,
  /** DESIGN §3: a quorum write gives up after this and is sent again with w=dw=1. */
  quorumWriteTimeoutMs: 1_500,
  /** DESIGN §3: derived objects follow in the same request for this long at most. */
  derivedInlineMsMax: 300,
  /** After a node's loss or return a not-found proves nothing for this long (captures/README.md). */
  unsettledMs: 300_000,
} as const
