/** What a new blog shows while it is empty; never stored. */

import type { Child } from 'hono/jsx'

export function Welcome({ publicUrl }: { publicUrl: string }): Child {
  return (
    <section class="prose welcome" aria-labelledby="welcome">
      <h2 id="welcome">Welcome</h2>
      <p>
        This blog is running, and nothing has been published yet. Its posts live in Riak buckets: it
        can be written and read while machines fail.
      </p>
      <h3>Make it yours</h3>
      <p>
        Its title and the words beside the text are yours to choose: <a href="/admin">sign in</a>{' '}
        (the first account is made by the link in the terminal), or say it there:
      </p>
      <pre tabindex={0}>
        <code>npx ringpost settings set title &quot;My own words&quot;</code>
      </pre>
      <h3>Bring what you have</h3>
      <p>A folder of Markdown files with front matter becomes a blog in seconds:</p>
      <pre>
        <code>npx ringpost import PATH</code>
      </pre>
      <h3>Or write the first post</h3>
      <p>Make a token, then send a post:</p>
      <pre tabindex={0}>
        <code>
          {`TOKEN=$(npx ringpost token create --name me --scope write | tail -n 1)
curl -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"title":"Hello","body":"It *works*.","status":"published"}' \\
  ${publicUrl}/api/posts`}
        </code>
      </pre>
    </section>
  )
}
