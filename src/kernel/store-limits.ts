/** The bounds of what is stored, and of the nodes that store it. See `limits.ts`. */

export const storeLimits = {
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
  /** A byline, or the name of who saved. */
  authorCharsMax: 200,
  /** Old addresses of one post that redirect to it. */
  aliasesMax: 100,
  aliasCharsMax: 1_000,
  /** What browsers and search engines take of an address. */
  urlCharsMax: 2_000,
  commentBodyBytesMax: 32_768,
  commentAuthorCharsMax: 100,
  /** The site's title, its tagline, the name of a link in the sidebar. */
  siteLineCharsMax: 200,
  /** A text of the sidebar: it stands on every page. */
  siteTextBytesMax: 16_384,
  siteLinksMax: 200,
  /** Spam that another program killed before: more than any blog has seen. */
  spamBeforeMax: 1_000_000_000,
  mediaChunkBytesMax: 983_040,
  /** One author's own upload; larger ones belong elsewhere. */
  mediaBytesMax: 67_108_864,

  // The store at work
  /** Objects read at once by one verb, job or sweep: a page must not wait behind a rebuild. */
  storeConcurrency: 8,
  /** Stored bytes of values kept parsed, in case they are read again unchanged; parsed they take thrice that. */
  parsedBytesMax: 16_777_216,
  /** Snapshots read for one merge, when a save is based on a text older than the post remembers. */
  baseReadsMax: 2_000,
  /** Revision ids remembered as acknowledged, so that their snapshots are not put again. */
  acknowledgedRemembered: 10_000,
  /** Snapshots of up to 64 K characters kept as bases of merges: they never change. */
  snapshotsRemembered: 256,
  /** Riak's own warning threshold: an object in so many siblings is named in the log, once. */
  siblingsMany: 25,
  siblingsNamedMax: 1_000,
  /** Puts of one value that meet Riak's sibling limit, each after a read of what is there. */
  siblingRoundsMax: 3,
  /** The same author and body on a post within this time is one comment. */
  sameCommentMs: 600_000,
  /** A post that took a comment takes more for this long without being read again. */
  openPostMs: 2_000,
  openPostsRemembered: 1_000,
  /** Numbered slugs tried (`slug-2` … ) before the post's id is appended instead. */
  slugNumbersMax: 50,
  /** Index queries at once that look for a witness of an unknown id; each asks a third of the ring. */
  witnessQueriesMax: 4,
  /** A token's answer is kept this long: so late may a revocation on another server be noticed. */
  tokenCacheMs: 5_000,
  tokenCacheMax: 1_000,

  // Sweeps: what changed in the window is looked at again in every period
  sweepEveryMs: 60_000,
  sweepWindowMs: 3_600_000,
  deepSweepEveryMs: 3_600_000,
  deepSweepWindowMs: 86_400_000,
  /** Keys a page of an index query, as MapReduce jobs will take them. */
  sweepPageKeys: 1_000,
  /** Sources remembered as derived, so that an unchanged one is not read every minute. */
  sweepRemembered: 100_000,
  /** Sources derived together: a listing is written once a batch. */
  sweepBatch: 64,
  /** After a batch a sweep rests as long as that took, so that pages go before; this long at most. */
  sweepRestMsMax: 1_000,
  /** The first sweep after the start: what a killed process left is derived within a minute. */
  sweepFirstMs: 3_000,
  /** Writes that were under way when a sweep passed may be this much older than its newest. */
  sweepOverlapMs: 600_000,

  /** `index verify` looks this often again at what differs, after this rest: writes trail. */
  verifyLooks: 3,
  verifyRestMs: 500,

  // The keeper of the listings
  /** Whether it is due is asked this often, at most. */
  keeperLookMs: 60_000,
  /** After midnight UTC: when fewest people read, in most of the zones that have most of the blogs. */
  keeperNightMs: 7_200_000,
  /** So that servers, and blogs of one cluster, do not begin at once. */
  keeperSpreadMs: 7_200_000,
  /** A server that was just started has other work; and one that is away at night is asked then. */
  keeperFirstMs: 600_000,
  /** Not verified for two nights: now, by day. */
  keeperOverdueMs: 172_800_000,
  keeperRetryMs: 600_000,
  /** A server that dies while it verifies is followed by another after this. */
  keeperLeaseMs: 600_000,

  // The embedded node
  /** Riak closes the connection on a larger frame as well (captures/pb-raw.txt, "huge length"). */
  pbFrameBytesMax: 67_108_864,
  pbConnectionsMax: 8_192,
  /** Requests in memory, of all connections together: four of the largest. */
  pbHeldBytesMax: 268_435_456,
  /** A connection without a word is asked by TCP whether its peer is still there. */
  pbKeepAliveMs: 300_000,
  /** A client that takes no bytes of its answer for this long is given up. */
  pbStallMsMax: 300_000,
  /** After our end of a connection its peer has this long to read the rest and close. */
  pbLingerMsMax: 10_000,
  /** riak-admin at once; operators, not traffic. */
  controlConnectionsMax: 64,
  /** A command line, with the properties of a bucket type as JSON. */
  controlLineBytesMax: 262_144,
  /** A control connection lives this long: one question, one answer. */
  controlMsMax: 60_000,
  /** Riak's object.siblings.maximum. */
  siblingsMax: 100,
  /** Riak's object.size.maximum. */
  riakObjectBytesMax: 52_428_800,
  keyBytesMax: 65_536,
  /** Values of puts under way in one node; beyond it `overload`, before memory runs out. */
  putBytesInFlightMax: 268_435_456,

  /** A checkpoint holds this much of the disk at once, and writes it in one batch. */
  checkpointBatchBytes: 1_048_576,

  /** So few values are read in the caller's turn; more are a job for the disk's own threads. */
  diskReadsAtOnceMax: 8,
  /** Reads that take longer, on average, come from the disk or are large: they leave the caller's turn. */
  diskSlowReadMicros: 200,
  /** They do so for this many times their average: slow reads hold the event loop for some 5 %. */
  diskSlowReadRest: 1_000,

  // MapReduce in the embedded node
  /** Riak's own default for a job. */
  mapReduceTimeoutMsDefault: 60_000,
  /** Inputs a reduce phase is called with at once (mapred_reduce_phase_batch_size). */
  mapReduceBatch: 20,
  /** Jobs at once in one node; further ones are refused as overload. */
  mapReduceJobsMax: 64,
  /** Work on the main thread before what else waits has its turn. */
  mapReduceSliceMs: 5,
  /** A job as it is sent; a list of 100,000 keys is some 5 MiB. */
  mapReduceJobBytesMax: 16_777_216,
  /** One that is a term of Erlang is read in one go. */
  mapReduceTermJobBytesMax: 1_048_576,
  /** Lists and objects inside one another, in a job. */
  mapReduceJsonDepthMax: 256,
  /** Constants, lists and objects in a job: each costs some 200 bytes while it runs. */
  mapReduceJsonValuesMax: 1_000_000,
  /** One string with escapes in a job: a source of JavaScript at the most. */
  mapReduceEscapedBytesMax: 1_048_576,
  /** Phases of a job: each draws on the one before it, on one stack, which some 500 would fill. */
  mapReducePhasesMax: 100,
  /** Results of one job not yet taken by its client, and values between two phases. */
  mapReduceHeldBytesMax: 67_108_864,
  /** And of all jobs together. */
  mapReduceHeldBytesTotal: 268_435_456,
  /** Objects read at once by a map phase: at most so many, of about so many bytes together. */
  mapReduceReadObjects: 128,
  mapReduceReadBytes: 4_194_304,
  /** Inputs of one JavaScript call of a map phase, and their JSON. */
  mapReduceJavascriptInputs: 64,
  mapReduceJavascriptChars: 1_048_576,
  /** Calls of one job at the JavaScript engine at once: one runs while the next is made ready. */
  mapReduceJavascriptCalls: 2,
  /** A stored object as JSON for JavaScript; Riak's engines had a heap of 8 MB. */
  javascriptObjectBytesMax: 4_194_304,
  /** A JavaScript call outlives its job by so much at most. */
  mapReduceJavascriptGraceMs: 100,
  /** One JavaScript call; a job's own timeout is met besides. */
  javascriptCallMsMax: 5_000,
  /** Heap of one JavaScript engine: values of a batch, their text and what is made of them. */
  javascriptHeapBytesMax: 134_217_728,
  /** What one JavaScript call may return, as JSON: the engine holds it several times while it is made. */
  javascriptResultBytesMax: 16_777_216,
  /** Engines, each in a thread of its own. */
  javascriptWorkers: 2,
  /** WebAssembly memory of one engine: its heap with what lies between the pieces. */
  javascriptMemoryBytesMax: 201_326_592,
  /** An engine whose memory has grown to this is replaced: such memory never shrinks. */
  javascriptMemoryBytesKept: 67_108_864,
  /** QuickJS counts its own stack; the thread's is so deep that this count is met first. */
  javascriptStackBytesMax: 262_144,
  javascriptThreadStackMiB: 32,
  /** JavaScript's own heap of such a thread: texts of one call and their copies. */
  javascriptThreadHeapMiB: 256,
  /** Functions of jobs that one engine keeps compiled: a job's map and its reduce. */
  javascriptRoomsKept: 2,
  /** A call that runs longer gives way to one that waits, and is begun again later. */
  javascriptQuickMs: 250,
  /** An engine that is told to stop and does not within this time ends with its thread. */
  javascriptGraceMs: 250,
  /** A thread is ready within some 100 ms; with a loader for sources, on a busy machine, in seconds. */
  javascriptStartMsMax: 20_000,
  /** Threads without a call for this long are ended. */
  javascriptIdleMs: 30_000,
  /** Waiting calls; a job has few at once. One more is answered as overload. */
  javascriptCallsMax: 1_024,
  /** Lines that one call may write to the log (`ejsLog`), and the length of each. */
  javascriptLogLinesMax: 100,
  javascriptLogCharsMax: 1_000,
  /** An error's message, and the line of the source that it shows. */
  javascriptErrorCharsMax: 1_000,
  /** HTTP requests of the embedded node: an object of the largest size that Riak stores, and headers. */
  riakHttpBodyBytesMax: 54_525_952,
  /** Names and values of one request together; a vector clock of 50 actors takes 2 KiB. */
  riakHttpHeaderBytesMax: 65_536,
  /** As Protocol Buffers: bodies in memory, of all requests together. */
  riakHttpHeldBytesMax: 268_435_456,
  riakHttpConnectionsMax: 1_024,
  /** Requests that one connection has sent ahead of their answers; more end the connection. */
  riakHttpPipelinedMax: 256,
  /** `/stats` is made anew after this: a minute of histograms is not summed for every caller. */
  riakHttpStatsMs: 1_000,

  // Time
  /** Riak waits 60 s by default; a page must not. Below the client's socket timeout. */
  riakTimeoutMsDefault: 4_000,
  /** Riak's own request timeout; longer ones are cut to it. */
  riakTimeoutMsMax: 60_000,
  /** A call ends this long after Riak's own timeout: time for the answer "timeout" to arrive. */
  riakGraceMs: 500,
  /** DESIGN §3: a quorum write gives up after this and is sent again with w=dw=1. */
  quorumWriteTimeoutMs: 1_500,
  /** A quorum read that a write follows gives up after this for any one vnode. */
  quorumReadTimeoutMs: 1_500,
  /** What no quorum could tell is asked of any one vnode; no answer: in doubt, a write merges. */
  anyVnodeTimeoutMs: 1_000,
  /** What a quorum lacks is asked of every vnode for so long: one that has it answers in milliseconds. */
  absenceTimeoutMs: 500,
  /** After a vnode did not say in time that it lacks something, a not-found proves nothing for so long. */
  doubtMs: 10_000,
  /** A page's read of a quorum, while nodes are away, gives up after this for any one vnode. */
  waryReadTimeoutMs: 1_000,
  /** DESIGN §3: derived objects follow in the same request for this long at most. */
  derivedInlineMsMax: 300,
  /** After a node's loss or return a not-found proves nothing for this long (captures/README.md). */
  unsettledMs: 300_000,

  // Looks at the ring: whether a node is away that we do not talk to ourselves
  /** A node that dies and returns takes longer; a look is some dozen small requests. */
  ringLookMs: 5_000,
  /** Keys of the first look: they meet each of 20 nodes with 98 %. */
  ringFirstKeys: 24,
  /** Of later ones, beyond those that meet every node that is known. */
  ringExploredKeys: 4,
  ringKeysMax: 32,
  /** Keys that may be asked before a ring is known whole: 1,024 meet a ring of 256. */
  ringCandidates: 1_024,
  /** A primary that does not answer a look in this time is silent. */
  ringProbeMs: 2_000,
  /** A "not found" waits this long for a look that began after it; without one it proves nothing. */
  ringWaitMs: 500,
  /** The start of a server waits this long for the first look. */
  ringFirstWaitMs: 1_500,
  /** Trouble that was seen is told to other servers this often, and theirs asked for. */
  troubleMarkMs: 60_000,

  // MapReduce jobs as the program sends them
  /** A job over a page of keys; the page is halved where it does not end in this time. */
  jobTimeoutMsDefault: 20_000,
  /** Results of one job, as JSON: 1,000 posts of a hundred tags take some 15 MB. */
  jobAnswerBytesMax: 33_554_432,
  /** A job over one page is tried over halves of it, down to so many keys; those are read. */
  jobKeysMin: 100,
  /** What a cluster could not do is asked of it again after this: a module may have been loaded. */
  jobRefusalMs: 3_600_000,

  // Connections to the Riak nodes
  /** One request is in flight on each; a node's throughput peaks around this many. */
  riakConnectionsPerNodeMax: 64,
  /** Calls that wait for a connection; beyond it they are refused as overload. */
  riakQueueMax: 4_096,
  /** What those calls carry; 4,096 values of 1 MiB would not fit in memory. */
  riakQueueBytesMax: 67_108_864,
  /** A call that is safe to repeat is sent this often at most. */
  riakAttemptsMax: 3,
  /** What had better go to another node waits this long for room there: a connection opens sooner. */
  riakElsewhereMs: 100,
  /** An answer is late once this share of the answers of a node would be there … */
  riakLatePercent: 97,
  /** … never before this: pauses of our own, for garbage or a long page, are as long … */
  riakLateMsMin: 25,
  /** … and after this in any case; a silent node is looked at by then. */
  riakLateMsMax: 500,
  /** Reads that may be asked of a second node because the first is late: this share of all … */
  riakHedgePercent: 5,
  /** … and so many at once: all that one node can owe when it falls silent. */
  riakHedgesMax: 64,
  /** A node that cannot be connected to, and pinged, within this time does not answer. */
  riakProbeMs: 2_000,
  /** A node silent for this long with requests in flight is pinged: slow, or gone? */
  riakWatchMs: 500,
  /** An idle node is pinged this often, so that its loss is known before a reader meets it. */
  riakKeepAliveMs: 5_000,
  /** Calls wait this long for any node to come back; then they fail at once. */
  riakReconnectMs: 1_000,
  /** Pause between probes of a lost node: from … doubling to …, with jitter. */
  riakBackoffMsMin: 50,
  riakBackoffMsMax: 1_000,
  /** A node that listens before it has its services has them within a second (seen on 3.2.3). */
  riakStartingMs: 250,
  /** A connection unused for this long is closed, all but one. */
  riakIdleMs: 30_000,

  // Checks: `ringpost doctor`, and a server on a cluster
  /** One check; what it has not found out by then is told as unknown. */
  checkMs: 10_000,
  /** A check that walks or compares much ends by itself, so that it can tell what it saw. */
  checkWalkMs: 7_000,
  /** Keys of one bucket type that are listed; all are looked at, but of types that never change so many. */
  checkKeysMax: 10_000,
  checkObjectsMax: 500,
  /** Objects that the walk reads at once: an operator waits, and pages do not wait behind it. */
  checkReadsAtOnce: 32,
  /** Of these, values that are read and parsed as well. */
  checkValuesMax: 100,
  /** Objects that differ, or lie in siblings, named by doctor; counted are all. */
  checkNamedMax: 5,
  /** Keys whose replicas each node is asked for: they meet each of 20 members. */
  checkRingKeys: 48,
  /** Keys tried until one lies where it is wanted: with 20 members some 7 are enough. */
  checkKeysTried: 100,
  /** Clocks so far apart are told: of two edits that did not see each other the wrong one may win. */
  clockSkewNoteMs: 1_000,
  /** So far apart they are wrong: posts appear, and edits win, at the wrong time. */
  clockSkewWrongMs: 30_000,
  /** Siblings of one object: more are told, and written as one even where they are equal. */
  siblingsNote: 10,
  /** So many are near the end (`siblingsMax`). */
  siblingsNearMax: 80,
  /** A server looks this often whether its cluster is back, to check it anew. */
  checkLookMs: 1_000,
} as const
