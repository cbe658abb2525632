import { describe, expect, test } from 'vitest'
import type { Note } from '../../../../src/import/brought.ts'
import { withoutTemplateTags } from '../../../../src/import/markdown/template-tags.ts'

describe('tags of other programs in a text', () => {
  test.each([
    ['{{< figure src="a b.png" caption="A [map]" >}}', '![A \\[map\\]](<a b.png>)'],
    ['{{< figure src="a.png" alt="A" caption="B" />}}', '![A](<a.png>)\n\n*B*'],
    ['{{< figure\n  src="a.png"\n  link="b.png"\n>}}', '[![](<a.png>)](<b.png>)'],
    ['{{< youtube abc-123 >}}', '<https://www.youtube.com/watch?v=abc-123>'],
    ['{{ youtube(id="abc", autoplay=true) }}', '<https://www.youtube.com/watch?v=abc>'],
    ['[x]({{< ref "b.md#part" >}})', '[x](b.md#part)'],
    ['[x]({{% relref path="b" %}})', '[x](b.md)'],
    ['[x]({% post_url 2020-01-02-b %})', '[x](/2020-01-02-b.md)'],
    ['[x]({% link _posts/b.md %})', '[x](/_posts/b.md)'],
    ['![x]({{ site.baseurl }}/a.png)', '![x](/a.png)'],
    ["![x]({{ '/a.png' | relative_url }})", '![x](/a.png)'],
    ['{% highlight ruby linenos %}\nputs `1`\n{% endhighlight %}', '```ruby\nputs `1`\n```'],
    ['{{< highlight go "a=1" >}}\n```\n{{< /highlight >}}', '````go\n```\n````'],
  ])('%j is understood', (text, words) => {
    const notes: Note[] = []
    expect(withoutTemplateTags(`Before ${text} after`, notes)).toBe(`Before ${words} after`)
    expect(notes).toEqual([])
  })

  test('what is not known stays as words and is noted once; code and other braces stay in silence', () => {
    const text =
      '{{< tweet 1 >}} {{< tweet 2 >}} {% include a.html %} {{ a.b }} `{{< youtube x >}}`'
    const notes: Note[] = []
    expect(withoutTemplateTags(text, notes)).toBe(text)
    expect(notes.map((note) => note.text.split(' ')[0])).toEqual(['tweet', 'include'])
    const code = '```\n{% highlight ruby %}\n{{< ref "x" >}}\n```\n'
    expect(withoutTemplateTags(code, notes)).toBe(code)
    expect(notes).toHaveLength(2)
  })

  test('an address that is no film\u2019s id is not made a link, and an open block loses no text', () => {
    for (const text of ['{{< youtube "a>b" >}}', 'a {% highlight x %} b {{< youtube y >}}']) {
      expect(withoutTemplateTags(text, [])).toBe(text)
    }
  })

  test('a text of 1 MiB of openings is one pass', () => {
    for (const hostile of ['{{<', '{%', '{{', '{% highlight x %}', '{{< a ', '{{<     ']) {
      const text = hostile.repeat(Math.floor(1_000_000 / hostile.length))
      expect(withoutTemplateTags(text, [])).toBe(text)
    }
  })
})
