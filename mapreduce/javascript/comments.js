/**
 * Rows of a comment, in pieces (see `shared.js`). They name the text they were made of by its hash, and
 * ES5 has none built in.
 *
 * Source: `stored-comment.ts`, `comment-rows.ts`, the reference; FIPS 180-4 (SHA-256).
 */

export const pieces = [
  mapThreads,
  readComment,
  sizeOf,
  commentRows,
  sha256,
  sha256Block,
  sha256Constants
]

function mapThreads(value, keyData, arg) {
  try {
    return commentRows(readComment(onlyText(value)))
  } catch (failure) {
    return [unresolved(value, keyData, arg)]
  }
}

/** A comment whose registers hold nothing but what all languages write alike: they are hashed. */
function readComment(text) {
  var comment = readObject(text)
  must(comment.schema === 1 && isId(comment.id) && isId(comment.postId))
  must(comment.parent === null || isText(comment.parent))
  must(isPlaceTime(comment.createdAtMs))
  var words = comment.text
  must(isObject(words) && sizeOf(words) === 5 && isText(words.author) && isText(words.email))
  must(isText(words.url) && isText(words.body) && isClock(words.clock))
  var decision = comment.moderation
  must(isObject(decision) && sizeOf(decision) === 4 && isText(decision.by))
  must(isOneOf(decision.status, ['approved', 'pending', 'spam', 'deleted']))
  must(isHash(decision.judged) && isClock(decision.clock))
  return comment
}

function sizeOf(object) {
  var size = 0
  for (var name in object) if (Object.prototype.hasOwnProperty.call(object, name)) size++
  return size
}

function commentRows(comment) {
  var text = comment.text
  var moderation = comment.moderation
  var before = '{"author":' + quote(text.author) + ',"body":' + quote(text.body)
  var after = ',"email":' + quote(text.email) + ',"url":' + quote(text.url) + '}'
  // A decision about another text than the current one decides nothing.
  var isJudged = moderation.judged === sha256(before + after)
  var status = isJudged ? moderation.status : 'pending'
  var content = sha256(
    '[' +
      before +
      ',"clock":' +
      text.clock +
      after +
      ',{"by":' +
      quote(moderation.by) +
      ',"clock":' +
      moderation.clock +
      ',"judged":' +
      quote(moderation.judged) +
      ',"status":' +
      quote(moderation.status) +
      '}]'
  )
  var version =
    padded(text.clock, 16) + '.' + padded(moderation.clock, 16) + '.' + content.slice(0, 16)
  var clock = Math.max(text.clock, moderation.clock)
  var sort = sortKey(comment.createdAtMs, comment.id)
  var isHeld = status === 'pending' || status === 'spam'
  // Judged when it was made and not since: it never stood anywhere else.
  var isUntouched = clock <= comment.createdAtMs + 1
  var rows = []
  if (status === 'approved' || !isUntouched) {
    rows.push([comment.postId, sort, comment.id, clock, version, status === 'approved' ? 1 : 0])
  }
  if (isHeld || !isUntouched) {
    rows.push([comment.postId + '/held', sort, comment.id, clock, version, isHeld ? 1 : 0])
  }
  return rows
}

/** Of a text's UTF-8, hex. */
function sha256(text) {
  // Percent escapes are the one way to UTF-8 that every engine has built in.
  var bytes = unescape(encodeURIComponent(text))
  var constants = sha256Constants()
  var state = constants.state
  var words = []
  var length = bytes.length
  var blocks = Math.floor((length + 8) / 64) + 1
  for (var block = 0; block < blocks; block++) {
    for (var i = 0; i < 16; i++) {
      var from = block * 64 + i * 4
      if (from + 3 < length) {
        words[i] =
          (bytes.charCodeAt(from) << 24) |
          (bytes.charCodeAt(from + 1) << 16) |
          (bytes.charCodeAt(from + 2) << 8) |
          bytes.charCodeAt(from + 3)
      } else {
        var word = 0
        for (var b = 0; b < 4; b++) {
          var at = from + b
          word = (word << 8) | (at < length ? bytes.charCodeAt(at) : at === length ? 128 : 0)
        }
        words[i] = word
      }
    }
    if (block === blocks - 1) {
      words[14] = Math.floor(length / 536870912)
      words[15] = (length << 3) | 0
    }
    sha256Block(state, words, constants.rounds)
  }
  var hex = ''
  for (var s = 0; s < 8; s++) {
    hex += ('0000000' + (state[s] < 0 ? state[s] + 4294967296 : state[s]).toString(16)).slice(-8)
  }
  return hex
}

/** One block of 16 words into the state. */
function sha256Block(state, words, rounds) {
  var a = state[0]
  var b = state[1]
  var c = state[2]
  var d = state[3]
  var e = state[4]
  var f = state[5]
  var g = state[6]
  var h = state[7]
  for (var i = 0; i < 64; i++) {
    var word = words[i & 15]
    if (i > 15) {
      var x = words[(i + 1) & 15]
      var y = words[(i + 14) & 15]
      word =
        (word +
          words[(i + 9) & 15] +
          (((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)) +
          (((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10))) |
        0
      words[i & 15] = word
    }
    var t1 =
      (h +
        (((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))) +
        ((e & f) ^ (~e & g)) +
        rounds[i] +
        word) |
      0
    var t2 =
      ((((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))) +
        ((a & b) ^ (a & c) ^ (b & c))) |
      0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  state[0] = (state[0] + a) | 0
  state[1] = (state[1] + b) | 0
  state[2] = (state[2] + c) | 0
  state[3] = (state[3] + d) | 0
  state[4] = (state[4] + e) | 0
  state[5] = (state[5] + f) | 0
  state[6] = (state[6] + g) | 0
  state[7] = (state[7] + h) | 0
}

/** The first bits of the roots of the first primes, as the standard defines them. */
function sha256Constants() {
  return {
    state: [
      0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
    ],
    rounds: [
      0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
      0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
      0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
      0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
      0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
      0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
      0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
      0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
      0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
    ]
  }
}
