import { expect, test } from 'vitest'
import { htmlFaults } from '../../../support/html-faults.ts'
import { openTestApp } from '../../../support/test-app.ts'
import type { TestApp } from '../../../support/test-app.ts'

const path = '/admin/comments'

async function shown(app: TestApp): Promise<string> {
  app.blog.addAccount('eve', 'editor')
  const { cookie } = await app.blog.signIn('eve')
  const answer = await app.get(path, { cookie })
  expect(answer.status).toBe(200)
  const html = await answer.text()
  expect(await htmlFaults(html)).toEqual([])
  return html
}

test('while nodes are away or have just returned the queue says that comments may be missing from it, and never that nothing waits', async () => {
  const app = openTestApp()
  const health = (): Promise<{ answers: boolean; isSettled: boolean }> =>
    Promise.resolve({ answers: true, isSettled: false })
  Object.assign(app.blog, { health })
  const html = await shown(app)
  expect(html).toContain('may be missing from these lists')
  expect(html).not.toContain('Nothing waits for you')
})

test('in a store that is settled it says neither more nor less than there is', async () => {
  const html = await shown(openTestApp())
  expect(html).not.toContain('may be missing')
  expect(html).toContain('Nothing waits for you')
})
