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

  // Spam
  /** A commenter waits this long for Akismet's word, then the comment is held. */
  akismetCheckMs: 3_000,
  /** Nobody waits for a report. */
  akismetReportMs: 10_000,
  /** Calls at once; a comment beyond them is held, it does not wait. */
  akismetCallsMax: 16,
  /** Its answers are a word long; what is longer comes from somebody else. */
  akismetAnswerBytesMax: 16_384,
  /** After so many failures in a row it counts as away, and comments do not wait for it … */
  akismetFailuresMax: 3,
  /** … but for one that tries again after this pause, doubled by each failure up to … */
  akismetPauseMsMin: 2_000,
  akismetPauseMsMax: 60_000,
  /** A key that was not taken is tried again after this: it may have been set right. */
  akismetRefusedMs: 300_000,
  /** Address, browser and referrer of a commenter, each. */
  visitorCharsMax: 500,
  /** Who sent a comment is forgotten this long after it was checked: Akismet and moderators have had a month. */
  visitorKeptMs: 2_592_000_000,
  visitorForgetEveryMs: 3_600_000,
  /** Decisions that Akismet is to be told of are looked for this often, besides at once by the server that took them. */
  spamReportsEveryMs: 10_000,
  /** A report that was not taken is due again after this, doubled by each try up to … */
  spamReportPauseMsMin: 15_000,
  spamReportPauseMsMax: 21_600_000,
  /** Waiting reports that are counted, and comments forgotten, in one go. */
  spamReportsPage: 500,

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

  // Accounts and sessions
  accountNameCharsMax: 40,
  /** Characters. Length is what makes a password hard to guess; rules of composition do not. */
  passwordCharsMin: 10,
  passwordCharsMax: 256,
  /** Passwords hashed at once: 32 MiB and a thread each, of the four that the disk uses as well. */
  passwordsAtOnce: 2,
  /** Passwords that wait for that, some 0.2 s each; one more is refused as overload. */
  passwordsWaiting: 32,
  /** A session ends this long after it was last used … */
  sessionIdleMs: 1_209_600_000,
  /** … and this long after it began, whatever happens. */
  sessionMs: 7_776_000_000,
  /** Its last use is written down this often. */
  sessionSeenMs: 3_600_000,
  /** A session seen valid stays so while the store cannot say, for this long. */
  sessionAwayMs: 60_000,
  sessionAgentCharsMax: 200,
  sessionsListed: 100,
  accountsListed: 1_000,

  // The moderation queue
  /** Comments of one status that are counted; beyond it the count says "more than". */
  queueCountMax: 500,
  queueCountMs: 3_000,
  /** Comments that one page of a search reads, and for how long at most: then it says how far it came. */
  queueSearchedMax: 2_000,
  queueSearchMs: 3_000,
  queueSearchBatch: 64,
  /** Comments on one page of the queue: what came of a decision about all fits an address. */
  queuePageComments: 50,
  queuePicksMax: 100,
  queueFindCharsMax: 200,
  /** A longer text, in characters or lines, is folded behind its beginning. */
  queueTextChars: 2_000,
  queueTextLines: 30,
  queueBeginningChars: 300,
  /** Titles of the posts that comments are about, and how long each is believed. */
  queuePostsRemembered: 1_000,
  queuePostMs: 10_000,

  /** Between two writes of one listing by one server, under load: entries gather meanwhile. */
  listingRestMs: 40,

  /** Places of listings remembered between writes, up to 64 KiB each, and for how long. */
  warmPlaces: 128,
  warmMs: 5_000,

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

  // Requests to the HTTP side
  /** JSON bodies: a post body with every character escaped, and its fields. */
  requestBytesMax: 2_097_152,
  /** The comment form, percent-encoded (three bytes a byte), with its other fields. */
  formBytesMax: 131_072,
  /** The form of the site's settings: its texts and links, percent-encoded. */
  settingsFormBytesMax: 1_048_576,
  apiLimitDefault: 20,
  apiLimitMax: 100,
  apiCommentsLimitMax: 1_000,
  /** A listing of whole posts ends its page early beyond this many characters of bodies. */
  apiListingCharsMax: 8_388_608,
  /** Anonymous comments from one address (IPv6: one /64): this many at once, one back each 20 s. */
  commentBurstMax: 5,
  commentRefillMs: 20_000,
  /** A comment's author may change or delete it for this long after it was first stored. */
  commentEditMs: 600_000,
  /** Comments of one visitor on one post that a cookie remembers; the newest stay. */
  ownCommentsMax: 8,
  /** Senders of new comments remembered, to know a repetition of one's own from another's. */
  commentSendersMax: 10_000,
  /** People take longer than this from the first touch of the form until they send it. */
  commentStampMsMin: 3_000,
  /** A form may stay open overnight, not for ever: a stamp is no pass for a thousand comments. */
  commentStampMsMax: 86_400_000,
  /** Answers stand within what they answer up to this depth: a column has an end. */
  commentDepthMax: 4,
  /** Code that is coloured in one comment: strangers write it, and the time grows with its square (15 ms). */
  commentHighlightCharsMax: 2_560,
  /** What RFC 5321 leaves of a mail address. */
  emailCharsMax: 254,
  /** Newest comments in a post's feed. */
  feedComments: 100,
  /** Previews of comments from one address: a page is rendered for each, and nothing is stored. */
  previewBurstMax: 20,
  previewRefillMs: 3_000,
  /** Addresses remembered by the rate limit; the least recently seen is forgotten first. */
  rateAddressesMax: 10_000,

  // Signing in
  loginFormBytesMax: 16_384,
  /** Passwords tried for a name from an address before waits begin: from … doubling to …. */
  loginTries: 5,
  loginWaitMs: 15_000,
  loginWaitMsMax: 900_000,
  /** Failures are forgotten this long after the last one. */
  loginForgetMs: 3_600_000,
  /** From one address for any names: so many at once, one back each 10 s. */
  loginAddressBurst: 30,
  loginAddressRefillMs: 10_000,
  /** For one name from any addresses: 14,400 guesses a day are far too few for a password of ours. */
  loginNameBurst: 100,
  loginNameRefillMs: 6_000,
  /** The link that makes a fresh blog's first account. */
  setupLinkMs: 3_600_000,
  /** A browser that signed in is known again for this long. */
  knownDeviceMs: 31_536_000_000,

  // Connections to the pages
  /** Silent ones are held cheaply until `httpHeadersMs` closes them; one more is refused. */
  httpConnectionsMax: 8_192,
  /** A request's head must be there within this time of the connection, or of its first byte. */
  httpHeadersMs: 15_000,
  /** A whole request, body included. */
  httpRequestMs: 60_000,
  /** Longer than the idle time of common proxies (60 s), so that it is they who close. */
  httpKeepAliveMs: 65_000,
  httpHeaderBytesMax: 16_384,
  /** Begun in one turn of the event loop: some 0.1 ms of pages from memory, then the store's answers go on. */
  httpRequestsPerTurn: 3,
  /** Then the connection is renewed, so that balanced clients spread. */
  httpRequestsPerConnectionMax: 10_000,
  /** A server that is stopped lets requests under way end for this long. */
  stopMsMax: 10_000,

  // Search
  searchQueryCharsMax: 200,
  /** Words of a query that count; the rest is as good as never typed. */
  searchWordsMax: 12,
  searchPagePosts: 10,
  /** Results that can be paged to; who has not found it by then asks for something else. */
  searchResultsMax: 1_000,
  /** Of a longer text the rest cannot be found: 99 % of the posts of large blogs are shorter. */
  searchTextCharsMax: 65_536,
  /** A longer word is a checksum, a key or an address. */
  searchTermCharsMax: 39,
  /** Words of the index that one word of a query may stand for: its beginnings, or its misspellings. */
  searchPrefixesMax: 64,
  searchTyposMax: 16,
  /** Words that are looked through for those. */
  searchPrefixesSeenMax: 20_000,
  /** An index of this size takes titles and tags of further posts, and no texts. */
  searchIndexBytesMax: 402_653_184,
  /** Its words as JavaScript strings, and a question's lists: some 60 MiB at 50,000 posts. */
  searchThreadHeapMiB: 512,
  searchThreadStackMiB: 4,
  /** Questions that wait for the index; one more is refused as overload. */
  searchQueueMax: 256,
  /** A question waits and works for this long at most: then readers are told to ask again. */
  searchAnswerMsMax: 2_000,
  /** An index thread that does not answer for this long is ended and begun anew. */
  searchSilenceMsMax: 30_000,
  /** Posts that go to the index at once: a question waits no longer than they take. */
  searchBatchPosts: 16,
  searchBatchChars: 262_144,
  /** A saved index is replaced this often at most; what came since is read again after a start. */
  searchSaveMs: 1_800_000,
  /** While the archive is read for the first time, so that an interruption costs little. */
  searchSaveBuildingMs: 60_000,
  /** The index is rewritten once this share of its posts is out of date. */
  searchStalePercent: 25,
  /** How long the index works at that before questions have their turn. */
  searchSliceMs: 10,
  /** What the store could not answer is asked again after this, doubling. */
  searchRetryMsMin: 1_000,
  searchRetryMsMax: 60_000,
  /** Posts that changed and wait for the index, by number; beyond it they are read again later. */
  searchNewsMax: 1_000,
  /** A text before and after what was found. */
  searchExcerptChars: 240,

  // Pages
  homePosts: 5,
  /** The front page shows posts in full up to here (gzipped), then cuts at a block. */
  homeGzipBytesMax: 20_000,
  listingPosts: 30,
  /** Below a post: as many as a reader chooses from at a glance. */
  relatedPosts: 4,
  /** Listings that are read for them, of its rarest tags, and posts of each. */
  relatedTags: 3,
  relatedOfTag: 40,
  relatedMs: 60_000,
  relatedRemembered: 2_000,
  feedPosts: 20,
  /** Beyond this many characters a feed gives summaries only. */
  feedCharsMax: 1_048_576,
  pageComments: 500,
  /** A longer code block is shown without colours: highlighting is slower than linear. */
  highlightCharsMax: 65_536,
  /** A longer Markdown text is rendered in a worker: 850 kB take about 0.3 s. */
  renderInlineCharsMax: 16_384,
  /** So is one with more emphasis marks and brackets: marked's time grows with their square. */
  renderInlineMarksMax: 1_500,
  renderWorkerMsMax: 10_000,
  /** Pictures of one text whose sizes are looked up; the rest come without. */
  picturesSized: 100,
  pictureSizesMax: 10_000,
  /** A thousand posts of a talkative blog: one that is not there is rendered again every few seconds. */
  renderedCacheBytesMax: 67_108_864,
  renderedCommentsBytesMax: 8_388_608,
  pageCacheBytesMax: 67_108_864,
  /** Asked for again after this long: a page that people come back to, which a crawler does not evict. */
  pageRegularMs: 5_000,
  /** Compressed forms of pages, known again when a page is made anew. */
  pageBodiesBytesMax: 33_554_432,
  /** Pages that are not there, and searches, are kept apart: no flood of addresses evicts a page. */
  passingPageCacheBytesMax: 8_388_608,
  /** Pages made at once, for everybody; a page waits for the store most of its time. */
  rendersAtOnce: 32,
  /** And for visitors whose own they are (a session, a cookie of ours): they slow each other, nobody else. */
  ownRendersAtOnce: 8,
  /** More are answered 503 at once, where no older copy stands in. */
  rendersWaitingMax: 1_024,
  pageFreshMs: 5_000,
  /** An older page is rendered anew before it is shown; a younger one in the background. */
  pageStaleMs: 60_000,
  /** DESIGN §3: absence is never proof. */
  missingPageFreshMs: 1_000,
  /** What follows from a write may trail it: pages made this soon after one live shortly. */
  pageUnrestMs: 2_000,
  pageUnrestFreshMs: 250,
  /** A failed background rendering is tried again after this long. */
  pageRetryMs: 1_000,

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
