/**
 * Rows of a post, in pieces (see `shared.js`).
 *
 * Source: `stored-post.ts`, `post-rows.ts`, `rows.ts`, the reference.
 */

export const pieces = [
  mapPosts,
  readPost,
  isFields,
  isConflict,
  isLines,
  isLine,
  isAncestor,
  isSlug,
  isPlace,
  isoMs,
  placeRows,
  addPlace,
  isWanted,
  claimRows
]

/** @param wanted - '' for every row, else which places: 'tags', 'months'. */
function mapPosts(value, keyData, arg, wanted) {
  try {
    var post = readPost(onlyText(value))
    var rows = placeRows(post, wanted)
    return wanted === '' ? rows.concat(claimRows(post)) : rows
  } catch (failure) {
    return [unresolved(value, keyData, arg)]
  }
}

/** A post with one whole head; several, or one by reference, take what is in `revisions`. */
function readPost(text) {
  var post = readObject(text)
  must(post.schema === 1 && isId(post.id) && isList(post.heads) && post.heads.length === 1)
  var head = post.heads[0]
  must(isObject(head) && head.isReference === undefined && head.schema === 1 && isHash(head.id))
  must(isListOf(head.parents, isHash) && isText(head.author))
  must(isListOf(head.conflicts, isConflict) && isClock(head.clock) && isTime(head.savedAtMs))
  must(isFields(head.fields))
  must(isListOf(post.ancestors, isAncestor))
  must(isListOf(post.slugs, isSlug) && isListOf(post.places, isPlace))
  return post
}

function isFields(fields) {
  return (
    isObject(fields) &&
    isText(fields.title) &&
    isText(fields.body) &&
    isText(fields.summary) &&
    isText(fields.slug) &&
    isText(fields.author) &&
    isListOf(fields.tags, isText) &&
    isListOf(fields.aliases, isText) &&
    isOneOf(fields.status, ['draft', 'published', 'deleted']) &&
    isOneOf(fields.kind, ['post', 'page']) &&
    (fields.publishedAt === null || isoMs(fields.publishedAt) !== undefined)
  )
}

function isConflict(conflict) {
  return (
    isObject(conflict) &&
    isHash(conflict.id) &&
    isOneOf(conflict.field, [
      'title',
      'body',
      'summary',
      'tags',
      'slug',
      'status',
      'kind',
      'author',
      'publishedAt',
      'aliases'
    ]) &&
    (conflict.base === null || isHash(conflict.base)) &&
    isHash(conflict.hidden) &&
    isHash(conflict.shown) &&
    (conflict.range === undefined ||
      (isObject(conflict.range) &&
        isLines(conflict.range.base) &&
        isLines(conflict.range.hidden) &&
        isLines(conflict.range.shown)))
  )
}

/** `[from, to]`, line numbers. */
function isLines(value) {
  return isListOf(value, isLine) && value.length === 2
}

function isLine(value) {
  return isWhole(value, 0, 9007199254740991)
}

function isAncestor(value) {
  return (
    isObject(value) && isHash(value.id) && isListOf(value.parents, isHash) && isClock(value.clock)
  )
}

function isSlug(value) {
  return (
    isObject(value) &&
    isText(value.slug) &&
    isTime(value.sinceMs) &&
    (value.untilMs === undefined || isTime(value.untilMs))
  )
}

function isPlace(value) {
  return isObject(value) && isText(value.index) && isPlaceTime(value.atMs)
}

/**
 * Ms of a time as toISOString writes it, in the years 0000 to 9999; undefined for another. Older
 * engines parse no such dates themselves.
 */
function isoMs(text) {
  if (typeof text !== 'string') return undefined
  var match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{3})Z$/.exec(text)
  if (match === null) return undefined
  var year = Number(match[1])
  var month = Number(match[2])
  var day = Number(match[3])
  var isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  var lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  if (month < 1 || month > 12 || day < 1 || day > lengths[month - 1]) return undefined
  if (Number(match[4]) > 23 || Number(match[5]) > 59 || Number(match[6]) > 59) return undefined
  // Days since 1970, counted from March so that a leap day is the last one of its year.
  var from = month > 2 ? year : year - 1
  var leaps = Math.floor(from / 4) - Math.floor(from / 100) + Math.floor(from / 400)
  var inYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  var days = from * 365 + leaps + inYear - 719468
  var seconds = (days * 24 + Number(match[4])) * 3600 + Number(match[5]) * 60 + Number(match[6])
  return seconds * 1000 + Number(match[7])
}

/** One row for every place the post stands in or ever stood in. */
function placeRows(post, wanted) {
  var rows = { list: [], byName: {}, atMs: null, sort: '' }
  for (var i = 0; i < post.places.length; i++) {
    addPlace(rows, post, wanted, post.places[i].index, post.places[i].atMs, 0)
  }
  var fields = post.heads[0].fields
  if (fields.status === 'published' && fields.kind === 'post' && fields.publishedAt !== null) {
    var atMs = isoMs(fields.publishedAt)
    addPlace(rows, post, wanted, 'all', atMs, 1)
    addPlace(rows, post, wanted, 'month/' + fields.publishedAt.slice(0, 7), atMs, 1)
    for (var tag = 0; tag < fields.tags.length; tag++) {
      addPlace(rows, post, wanted, 'tag/' + fields.tags[tag], atMs, 1)
    }
  }
  return rows.list
}

function addPlace(rows, post, wanted, index, atMs, present) {
  if (!isWanted(index, wanted)) return
  // Nearly all places of a post are of one time, and numbers are slow to write.
  if (atMs !== rows.atMs) {
    rows.atMs = atMs
    rows.sort = sortKey(atMs, post.id)
  }
  var name = rows.sort + ' ' + index
  var row = rows.byName[name]
  if (row === undefined) {
    var head = post.heads[0]
    row = [index, rows.sort, post.id, head.clock, head.id, 0]
    rows.byName[name] = row
    rows.list.push(row)
  }
  if (present === 1) row[5] = 1
}

function isWanted(index, wanted) {
  if (wanted === 'tags') return index.slice(0, 4) === 'tag/'
  if (wanted === 'months') return index === 'all' || index.slice(0, 6) === 'month/'
  return true
}

/** The latest period in which the post held each slug, and its aliases, which only redirect. */
function claimRows(post) {
  var rows = []
  var bySlug = {}
  for (var i = 0; i < post.slugs.length; i++) {
    var held = post.slugs[i]
    var until = held.untilMs === undefined ? null : held.untilMs
    var row = bySlug['$' + held.slug]
    if (row === undefined) {
      row = ['slug', held.slug, post.id, held.sinceMs, until]
      bySlug['$' + held.slug] = row
      rows.push(row)
    } else if (held.sinceMs > row[3]) {
      row[3] = held.sinceMs
      row[4] = until
    } else if (held.sinceMs === row[3] && until !== null) {
      row[4] = row[4] === null ? until : Math.min(row[4], until)
    }
  }
  var aliases = post.heads[0].fields.aliases
  for (var at = 0; at < aliases.length; at++) {
    rows.push(['slug', 'alias/' + aliases[at], post.id, 0, 0])
  }
  return rows
}
