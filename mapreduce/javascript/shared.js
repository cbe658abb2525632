/**
 * What every JavaScript phase needs: stored JSON read by rules that three languages keep alike.
 *
 * Pieces, taken as text and never called here: `javascript-source.ts` puts those of a phase inside one
 * function, because Riak 2.x is sent the text of a function with every job. So nothing is imported, and
 * all is ES5, without what SpiderMonkey 1.8 lacks of it (Object.keys, Array.isArray, ISO dates).
 *
 * Invariant: a map never fails and never guesses. What is not as it must be throws; the map's answer is
 * then one `unresolved` row, which the store reads itself.
 *
 * Source: `stored-json.ts`, the reference.
 */

export const pieces = [
  unresolved,
  onlyText,
  must,
  readObject,
  isPlain,
  isPlainMember,
  isList,
  isObject,
  isText,
  isId,
  isHash,
  isWhole,
  isTime,
  isPlaceTime,
  isClock,
  isListOf,
  isOneOf,
  sortKey,
  padded,
  quote
]

/** Names the object. What Riak does not say of it the job does: key data, `[type, bucket]`. */
function unresolved(value, keyData, arg) {
  var at = value || {}
  var given = isList(arg) ? arg : []
  var type = at.bucket_type || given[0] || 'default'
  return ['unresolved', type, at.bucket || given[1] || '', at.key || keyData || '']
}

/** Of siblings, or of a tombstone, one replica cannot tell what the object says. */
function onlyText(value) {
  must(value.values.length === 1)
  var only = value.values[0]
  must(only.metadata['X-Riak-Deleted'] === undefined)
  return only.data
}

function must(isSo) {
  if (!isSo) throw new Error('left to the store')
}

/** Escaped surrogates may be halves; a replacement character may stand for bytes not UTF-8. */
function readObject(text) {
  must(typeof text === 'string' && text.indexOf('\ufffd') < 0)
  must(text.indexOf('\\u') < 0 || (text.indexOf('\\ud') < 0 && text.indexOf('\\uD') < 0))
  var json = JSON.parse(text)
  must(isObject(json) && isPlain(json, 32))
  return json
}

/** Of an object or a list: no number beyond doubles, not too deep. Every member passes here. */
function isPlain(value, depth) {
  if (depth === 0) return false
  if (isList(value)) {
    for (var i = 0; i < value.length; i++) if (!isPlainMember(value[i], depth)) return false
    return true
  }
  for (var name in value) {
    var type = typeof value[name]
    if (type !== 'string' && !isPlainMember(value[name], depth)) return false
  }
  return true
}

function isPlainMember(member, depth) {
  // The difference of an infinite number from itself is none.
  if (typeof member === 'number') return member - member === 0
  return typeof member !== 'object' || member === null || isPlain(member, depth - 1)
}

function isList(value) {
  return value instanceof Array
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !isList(value)
}

function isText(value) {
  return typeof value === 'string'
}

function isId(value) {
  return typeof value === 'string' && value !== ''
}

/** SHA-256, hex. */
function isHash(value) {
  return typeof value === 'string' && value.length === 64 && /^[0-9a-f]+$/.test(value)
}

function isWhole(value, min, max) {
  return typeof value === 'number' && value >= min && value <= max && value === Math.floor(value)
}

/** Times that a Date can hold, ms. */
function isTime(value) {
  return isWhole(value, -8640000000000000, 8640000000000000)
}

/** Times whose sort key is exact in doubles, ms. */
function isPlaceTime(value) {
  return isWhole(value, -8640000000000000, 367199254740991)
}

function isClock(value) {
  return isWhole(value, 0, 8640000000000000)
}

function isListOf(value, isElement) {
  if (!isList(value)) return false
  for (var i = 0; i < value.length; i++) if (!isElement(value[i])) return false
  return true
}

function isOneOf(value, values) {
  for (var i = 0; i < values.length; i++) if (value === values[i]) return true
  return false
}

function sortKey(atMs, id) {
  return padded(atMs + 8640000000000000, 17) + ':' + id
}

function padded(number, width) {
  var text = String(number)
  return '00000000000000000'.slice(0, width - text.length) + text
}

/** A text as RFC 8785 JSON. */
function quote(text) {
  var escapes = {
    '"': '\\"',
    '\\': '\\\\',
    '\b': '\\b',
    '\t': '\\t',
    '\n': '\\n',
    '\f': '\\f',
    '\r': '\\r'
  }
  return (
    '"' +
    text.replace(/["\\\u0000-\u001f]/g, function (character) {
      var code = character.charCodeAt(0).toString(16)
      return escapes[character] || '\\u' + '0000'.slice(code.length) + code
    }) +
    '"'
  )
}
