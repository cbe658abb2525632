/** The bounds of what people meet: comments, accounts, requests, search, pages. See `limits.ts`. */

export const webLimits = {
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

  /** Between two writes of one listing by one server, under load, ms: entries gather meanwhile. */
  listingRestMs: 40,
  /** Where a write takes long, the rest is so many times as long, up to a bound that nobody notices, ms. */
  listingRestShare: 3,
  listingRestMsMax: 250,

  /** Places of listings remembered between writes, up to 64 KiB each, and for how long. */
  warmPlaces: 128,
  warmMs: 5_000,

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
  /** A peer that takes nothing of its answer for so long is closed: what it holds is others' place. */
  httpSilenceMs: 60_000,
  /** How late each of these may be noticed. */
  httpCheckEveryMs: 5_000,
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
  /** So is one more where the first of them has waited so long: a line that long only grows. */
  searchLineMsMax: 500,
  /** Questions that the index is asked at once: it has the next at hand, and no more. */
  searchAskedMax: 2,
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
  /** Texts are looked through by pieces of this size; of these so many are read with care for an excerpt. */
  searchPassageChars: 1_000,
  searchPassagesReadMax: 6,

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
  /** Of those, so many are kept on disk for a restart without a store: a listing, a feed, the posts of a week. */
  pageCopiesMax: 100,
  /** Compressed: some 10 kB each; all of them are unpacked at a start (0.2 s). */
  pageCopiesBytesMax: 4_194_304,
  /** One of them, unpacked: no page of ours is larger. */
  pageCopyBytesMax: 16_777_216,
  /** A page on disk may be this much behind when a process is killed. */
  pageCopiesMs: 60_000,
  /** The first time, so that a server that lived shortly leaves some. */
  pageCopiesFirstMs: 5_000,
  /** Nobody is shown a copy that is older, and might have been taken back on another server. */
  pageCopyAgeMsMax: 604_800_000,
  /** Compressed forms of pages, known again when a page is made anew. */
  pageBodiesBytesMax: 33_554_432,
  /** Pages that are not there, and searches, are kept apart: no flood of addresses evicts a page. */
  passingPageCacheBytesMax: 8_388_608,
  passingPageBodiesBytesMax: 4_194_304,
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

  // Exports
  /** What is written, read and packed in one go. */
  exportBlockBytes: 65_536,
  /** A record: an object of the largest size, in base64 a third more, and its name. */
  exportLineCharsMax: 4_194_304,
  /** Files of one export: a million posts, each with two, and their media. */
  exportFilesMax: 4_000_000,
  /**
   * Unpacked bytes of a zip for each of its own. A long post with a hundred revisions packs to a hundredth,
   * a bomb to a thousandth, or without bound where its files lie over each other.
   */
  zipUnpackedRatioMax: 200,
  /** And so many bytes however small it is: seconds of reading, and never held in memory. */
  zipUnpackedFreeBytes: 1_073_741_824,
  /** Names in a zip that lead out of it: told one by one, and so many characters of each. */
  zipStrangeNamed: 10,
  zipStrangeChars: 200,
  /** Containers within each other in a record: the deepest of ours has eight, and recursion stays shallow. */
  exportDepthMax: 64,
  /** What is missing in an export is counted; so many are named in its manifest. */
  exportGapsNamed: 100,
  /** Whether nodes are away is asked this often while an export runs. */
  exportLookMs: 5_000,
  /** Beside a server an export rests after this much work, as long as it took. */
  exportTurnMs: 50,
  /** Records that are brought back at once: what waits for one write of a listing should be worth it. */
  bringAtOnce: 48,
  /** And of so many characters together: each is held several times while it is merged. */
  bringCharsMax: 16_777_216,
  /** Broken records, and damaged files, that are named one by one. */
  bringNamedMax: 100,
  /** An older export than this is worth a note. */
  exportAgeNoteMs: 604_800_000,
} as const
