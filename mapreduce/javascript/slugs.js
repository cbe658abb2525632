/**
 * Rows of an address, in pieces (see `shared.js`).
 *
 * Source: `stored-slug.ts`, the reference.
 */

export const pieces = [mapSlugs, isClaim]

function mapSlugs(value, keyData, arg) {
  try {
    var slug = readObject(onlyText(value))
    must(slug.schema === 1 && isListOf(slug.claims, isClaim))
    var rows = []
    for (var i = 0; i < slug.claims.length; i++) {
      var claim = slug.claims[i]
      var until = claim.untilMs === undefined ? null : claim.untilMs
      rows.push(['slug', value.key, claim.postId, claim.sinceMs, until])
    }
    return rows
  } catch (failure) {
    return [unresolved(value, keyData, arg)]
  }
}

function isClaim(value) {
  return (
    isObject(value) &&
    isId(value.postId) &&
    isTime(value.sinceMs) &&
    (value.untilMs === undefined || isTime(value.untilMs))
  )
}
