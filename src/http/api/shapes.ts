/** The shapes of what is answered. */

import type { CommentView, PostEntry, PostView } from '../../store/blog.ts'
import { renderCommentMarkdown } from '../markdown/markdown.ts'
import type { Web } from '../web.ts'

export async function postShape(web: Web, post: PostView): Promise<Record<string, unknown>> {
  const { html } = await web.rendered.render(post)
  return {
    id: post.id,
    slug: post.slug,
    title: post.title,
    body: post.body,
    html,
    summary: post.summary,
    tags: post.tags,
    status: post.status,
    kind: post.kind,
    author: post.author,
    publishedAt: post.publishedAt,
    updatedAt: post.updatedAt,
    revision: post.revision,
    conflicts: post.conflicts,
  }
}

/** A post as its listing knows it. */
export function entryShape(entry: PostEntry): Record<string, unknown> {
  return {
    id: entry.id,
    slug: entry.slug,
    title: entry.title,
    summary: entry.summary,
    tags: entry.tags,
    status: 'published',
    kind: entry.kind,
    author: entry.author,
    publishedAt: entry.publishedAt,
    updatedAt: entry.updatedAt,
    revision: entry.revision,
  }
}

/** @param forModerator - mail addresses are shown to nobody else. */
export function commentShape(comment: CommentView, forModerator: boolean): Record<string, unknown> {
  return {
    id: comment.id,
    postId: comment.postId,
    parent: comment.parent,
    author: comment.author,
    url: comment.url,
    ...(forModerator ? { email: comment.email } : {}),
    body: comment.body,
    html: renderCommentMarkdown(comment.body),
    status: comment.status,
    createdAt: comment.createdAt,
  }
}

/** Whether everybody may see it: published, and not only later. */
export function isPublic(post: PostView, nowMs: number): boolean {
  if (post.status !== 'published') return false
  return post.publishedAt === null || Date.parse(post.publishedAt) <= nowMs
}
