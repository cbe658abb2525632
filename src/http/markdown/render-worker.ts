/** The worker's side of `render-worker-pool.ts`: a Markdown text in, its HTML out. */

import { parentPort } from 'node:worker_threads'

import { renderPostMarkdown } from './markdown.ts'

const port = parentPort
port?.on('message', (job: { readonly id: number; readonly source: string }) => {
  try {
    port.postMessage({ id: job.id, html: renderPostMarkdown(job.source) })
  } catch (error) {
    port.postMessage({ id: job.id, error: String(error) })
  }
})
port?.postMessage({ id: 0 })
