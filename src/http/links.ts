/**
 * Every address the site shows, made in one place: paths for its own pages, absolute URLs for feeds,
 * `canonical` and `Location`. Built from the configured public address, never from `Host`.
 */

export interface Links {
  /** Without a trailing slash. */
  readonly publicUrl: string
  /** Scheme, host and port. */
  readonly origin: string
  /** The public URL of a path (which starts with a slash). */
  absolute(path: string): string
}

export function createLinks(publicUrl: string): Links {
  const base = publicUrl.replace(/\/+$/, '')
  return { publicUrl: base, origin: new URL(base).origin, absolute: (path) => base + path }
}

export function postPath(post: { readonly slug: string; readonly kind: 'post' | 'page' }): string {
  return `/${post.kind}s/${encodeURIComponent(post.slug)}`
}

export function tagPath(tag: string): string {
  return `/tags/${encodeURIComponent(tag)}`
}

/** `yyyy-mm` → `/archive/yyyy/mm`. */
export function monthPath(month: string): string {
  return `/archive/${month.replace('-', '/')}`
}

/** Where a comment is found for good, on whichever page of its post's comments it stands. */
export function commentPath(path: string, commentId: string): string {
  return `${path}/comments/${encodeURIComponent(commentId)}`
}

export function editCommentPath(path: string, commentId: string): string {
  return `${commentPath(path, commentId)}/edit`
}

export function commentAnchor(commentId: string): string {
  return `comment-${commentId.replace(/[^\w-]/g, '_')}`
}

/** The nth page of a listing; the first has no query. */
export function pagePath(path: string, page: number): string {
  return page > 1 ? `${path}?page=${page}` : path
}

/** An address on the web that is safe to link to, as one URL; undefined: whatever else was typed. */
export function webAddress(text: string): string | undefined {
  return /^https?:\/\/\S+$/i.test(text) && URL.canParse(text) ? new URL(text).href : undefined
}

/** A web address, or a path of this site. */
export function webOrOwnAddress(text: string): string | undefined {
  return /^\/(?![/\\])\S*$/.test(text) ? text : webAddress(text)
}
