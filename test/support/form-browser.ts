/** A browser without scripts, as far as forms and cookies go; it follows no redirect. */

const ownSite = { 'sec-fetch-site': 'same-origin' }

export class FormBrowser {
  readonly #url: string
  readonly #cookies: Map<string, string>

  constructor(url: string, cookies: Map<string, string> = new Map<string, string>()) {
    this.#url = url
    this.#cookies = cookies
  }

  /** The same browser, led to another server: cookies know hosts, not ports. */
  at(url: string): FormBrowser {
    return new FormBrowser(url, this.#cookies)
  }

  cookies(): readonly string[] {
    return [...this.#cookies.values()]
  }

  get(path: string): Promise<Response> {
    return this.#send(path, {})
  }

  post(
    path: string,
    fields: Readonly<Record<string, string>> | URLSearchParams,
  ): Promise<Response> {
    return this.#send(path, { method: 'POST', body: new URLSearchParams(fields), headers: ownSite })
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { ...(init.headers as Record<string, string> | undefined), cookie }
    const answer = await fetch(`${this.#url}${path}`, { ...init, headers, redirect: 'manual' })
    for (const each of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(each) ?? []
      this.#cookies.set(name, value)
    }
    return answer
  }
}
