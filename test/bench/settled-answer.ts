/** What a server answers once its compressing has ended: the same as for the thousandth reader. */

import { request } from 'node:http'
import type { Answer } from './hono-floor.ts'

export async function settledAnswer(url: string, headers: Record<string, string>): Promise<Answer> {
  await answerOf(url, headers)
  await new Promise((resolve) => setTimeout(resolve, 300))
  return answerOf(url, headers)
}

/** The bytes as they are on the wire, and the headers that the program gave. */
function answerOf(url: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        if (answer.statusCode !== 200) reject(new Error(`${url} answered ${answer.statusCode}`))
        const all = Object.entries(answer.headers).filter(([name]) => !ofTheServer.has(name))
        resolve({
          headers: Object.fromEntries(all.map(([name, value]) => [name, String(value)])),
          body: Buffer.concat(chunks).toString('base64'),
        })
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** Written by Node's server itself, for both. */
const ofTheServer = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding'])
