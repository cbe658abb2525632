/**
 * The machine's Chromium, and how the judges look at a page with it.
 *
 * CHROMIUM names the program (default: Debian's), SCREENSHOTS a folder for pictures of all that is seen.
 */

import { existsSync, mkdirSync } from 'node:fs'
import axe from 'axe-core'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const pictures = process.env['SCREENSHOTS']

/** Without it the judges that need one skip. */
export const hasBrowser: boolean = existsSync(executablePath)
if (!hasBrowser) console.log(`skipped: no browser at ${executablePath} (set CHROMIUM)`)

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export function openBrowser(extra: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath, args: [...quiet, ...extra] })
}

/** What went wrong on a page without the page saying so. */
export interface Complaints {
  /** Errors on the console: broken scripts, what the content policy stopped, failed requests. */
  readonly errors: string[]
  /** Addresses that were asked for and are not this blog's. */
  readonly foreign: string[]
}

/** Gathers complaints from now on. @param base - the blog's own origin. */
export function listen(page: Page, base: string): Complaints {
  const complaints: Complaints = { errors: [], foreign: [] }
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.errors.push(message.text())
  })
  page.on('pageerror', (error) => complaints.errors.push(error.message))
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(base) && !url.startsWith('data:')) complaints.foreign.push(url)
  })
  return complaints
}

export interface View extends BrowserContextOptions {
  readonly width: number
  readonly colorScheme?: 'light' | 'dark'
}

/** A visitor of its own (cookies, storage) that ends with `look`. */
export async function asVisitor<T>(
  browser: Browser,
  { width, ...options }: View,
  look: (page: Page) => Promise<T>,
): Promise<T> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, ...options })
  try {
    return await look(await context.newPage())
  } finally {
    await context.close()
  }
}

/** How many pixels run off the side: more than 0 makes a page scroll both ways. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')

/** The same with letters of twice the size (WCAG 1.4.4 and 1.4.10, both at once). */
export async function overflowEnlarged(page: Page): Promise<number> {
  await page.evaluate("document.documentElement.style.fontSize = '200%'")
  const pixels = await overflow(page)
  await page.evaluate("document.documentElement.style.fontSize = ''")
  return pixels
}

/** Kept where SCREENSHOTS says; nothing otherwise. @param name - of the picture, a path will do. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  if (pictures === undefined) return
  mkdirSync(pictures, { recursive: true })
  const file = `${name.replace(/^\//, '').replace(/[^\p{L}\p{N}-]+/gu, '_') || 'home'}.png`
  await page.screenshot({ path: `${pictures}/${file}`, fullPage: true, timeout: 120_000 })
}

interface AxeReport {
  readonly violations: readonly {
    readonly id: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
  }[]
}

/** What axe-core objects to on a page, each with the first place. */
export async function axeViolations(page: Page): Promise<readonly (string | undefined)[][]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeReport>('axe.run()')
  return violations.map(({ id, nodes }) => [id, nodes[0]?.html, nodes[0]?.failureSummary])
}
