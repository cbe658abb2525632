/** `/archive`, `/archive/YYYY`, `/archive/YYYY/MM`. */

import type { Child } from 'hono/jsx'

import type { ListingPage } from '../../store/blog.ts'
import type { Page } from '../cached-page.ts'
import { monthName, monthOfYear } from '../dates.ts'
import { monthPath } from '../links.ts'
import type { Web } from '../web.ts'
import { EntryList } from './entry-list.tsx'
import { missingPage } from './error-pages.tsx'
import { htmlPage } from './layout.tsx'
import { listingPage } from './listing-page.tsx'
import { posts } from './sidebar.tsx'

interface Month {
  readonly month: string
  readonly count: number
}

/** Newest year first; within it newest month first. */
function byYear(months: readonly Month[]): readonly (readonly [string, readonly Month[]])[] {
  const years = new Map<string, Month[]>()
  for (const each of months) {
    const year = each.month.slice(0, 4)
    years.set(year, [...(years.get(year) ?? []), each])
  }
  return [...years].sort(([a], [b]) => (a < b ? 1 : -1))
}

const sum = (months: readonly Month[]): number =>
  months.reduce((total, { count }) => total + count, 0)

/** A year at a glance: twelve fields in the order of the calendar, empty ones included. */
function YearRow({ year, months }: { year: string; months: readonly Month[] }): Child {
  const counts = new Map(months.map(({ month, count }) => [month, count]))
  const numbers = Array.from({ length: 12 }, (_, index) => String(index + 1).padStart(2, '0'))
  return (
    <ol class="year">
      {numbers.map((number) => {
        const count = counts.get(`${year}-${number}`)
        const name = monthOfYear(number).slice(0, 3)
        return (
          <li>
            {count === undefined ? (
              <span class="empty">{name}</span>
            ) : (
              <a href={`/archive/${year}/${number}`} title={posts(count)}>
                {name} <span class="meta">{count}</span>
              </a>
            )}
          </li>
        )
      })}
    </ol>
  )
}

export async function archivePage(web: Web): Promise<Page> {
  const [frame, months] = await Promise.all([web.frames.load(), web.blog.listings.months()])
  const years = byYear(months)
  return htmlPage(
    web,
    frame,
    { title: 'Archive', description: 'Everything written here, by date.', canonical: '/archive' },
    <>
      <h1 class="listing-title">Archive</h1>
      <p class="meta">{months.length === 0 ? 'Nothing yet.' : posts(sum(months))}</p>
      {years.map(([year, ofYear]) => (
        <section>
          <h2>
            <a href={`/archive/${year}`}>{year}</a> <span class="meta">{posts(sum(ofYear))}</span>
          </h2>
          <YearRow year={year} months={ofYear} />
        </section>
      ))}
    </>,
    { dependsOn: ['months', 'settings'], isMissing: months.length === 0 },
  )
}

/** Most posts a year page lists for one month; the month's own page has them all. */
const yearPageMonthPosts = 12

export async function yearPage(web: Web, year: string): Promise<Page> {
  const [frame, months] = await Promise.all([web.frames.load(), web.blog.listings.months()])
  const ofYear = months.filter(({ month }) => month.startsWith(`${year}-`))
  if (ofYear.length === 0) return missingPage(web, ['months'])
  const listings = await Promise.all(
    ofYear.map(({ month }) =>
      web.blog.listings.page({ kind: 'month', month }, { limit: yearPageMonthPosts }),
    ),
  )
  const sections = ofYear.map((each, index) => ({ ...each, listing: listings[index] }))
  const [newerYear, olderYear] = neighbours(
    byYear(months).map(([name]) => name),
    year,
  )
  return htmlPage(
    web,
    frame,
    {
      title: `Archive ${year}`,
      description: `${posts(sum(ofYear))} from ${year}.`,
      canonical: `/archive/${year}`,
      prev: newerYear === undefined ? undefined : `/archive/${newerYear}`,
      next: olderYear === undefined ? undefined : `/archive/${olderYear}`,
    },
    <>
      <h1 class="listing-title">{year}</h1>
      <p class="meta">
        {posts(sum(ofYear))} · <a href="/archive">All years</a>
      </p>
      {sections.map(({ month, count, listing }) => (
        <section>
          <h2>
            <a href={monthPath(month)}>{monthOfYear(month.slice(5))}</a>{' '}
            <span class="meta">{posts(count)}</span>
          </h2>
          <EntryList entries={listing?.entries ?? []} show="day" />
          {listing?.next == null ? null : (
            <p class="more">
              <a href={monthPath(month)}>All of {monthName(month)}</a>
            </p>
          )}
        </section>
      ))}
    </>,
    {
      dependsOn: ['months', 'settings', ...ofYear.map(({ month }) => `listing:month/${month}`)],
      expiresAtMs: earliest(listings),
    },
  )
}

/** What stands beside `name` in a list: [before, after]. */
function neighbours(
  names: readonly string[],
  name: string,
): readonly [string | undefined, string | undefined] {
  const at = names.indexOf(name)
  return [at > 0 ? names[at - 1] : undefined, at === -1 ? undefined : names[at + 1]]
}

function earliest(listings: readonly ListingPage[]): number | undefined {
  const times = listings.flatMap(({ nextPublicationMs }) => nextPublicationMs ?? [])
  return times.length === 0 ? undefined : Math.min(...times)
}

export function monthPage(web: Web, month: string, page: number): Promise<Page> {
  const title = monthName(month)
  const year = month.slice(0, 4)
  return listingPage(
    web,
    { name: { kind: 'month', month }, page },
    {
      title,
      path: monthPath(month),
      dependsOn: `listing:month/${month}`,
      about: `from ${title}`,
      links: (
        <>
          <a href={`/archive/${year}`}>{year}</a> · <a href="/archive">All years</a>
        </>
      ),
    },
  )
}
