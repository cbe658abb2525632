// Beside the comment form. Everything works without it; with it a form proves that somebody sat before it, a
// double click is one click, a draft outlives a reload, and a reply is written where it will stand.
const form = document.querySelector('form.respond[action$="/comments"]')
if (form) {
  const section = document.getElementById('respond')
  const title = document.getElementById('respond-title')
  const field = (name) => form.elements.namedItem(name)
  const own = ['author', 'email', 'url']
  const path = form.getAttribute('action').replace(/\/comments$/, '')
  const draft = 'ringpost draft ' + path
  const names = 'ringpost commenter'
  // A browser may refuse to keep anything.
  const keep = (store, key, value) => {
    try {
      value ? store().setItem(key, JSON.stringify(value)) : store().removeItem(key)
    } catch {}
  }
  const kept = (store, key) => {
    try {
      return JSON.parse(store().getItem(key)) || {}
    } catch {
      return {}
    }
  }
  const session = () => sessionStorage
  const local = () => localStorage
  const values = (list) => Object.fromEntries(list.map((name) => [name, field(name).value]))
  const fill = (saved, list) => {
    for (const name of list) if (saved[name] && !field(name).value) field(name).value = saved[name]
  }

  // What was sent is no draft any more.
  if (/[?&]comment=/.test(location.search)) {
    keep(session, draft)
    history.replaceState(null, '', location.pathname + location.hash)
  }
  // The first look into the browser's stores holds a fresh page up: it is taken when the form comes into sight.
  const recall = () => {
    sight.disconnect()
    form.removeEventListener('focusin', recall)
    fill(kept(session, draft), [...own, 'body'])
    fill(kept(local, names), own)
  }
  const sight = new IntersectionObserver((seen) => seen.some((at) => at.isIntersecting) && recall())
  sight.observe(form)
  form.addEventListener('focusin', recall)

  // Somebody has begun: the stamp is asked for once, and again should the network have failed.
  let begun = false
  const begin = () => {
    if (begun || field('stamp').value) return
    begun = true
    const ticket = encodeURIComponent(field('ticket').value)
    fetch(path + '/comments/stamp?ticket=' + ticket)
      .then((answer) => (answer.ok ? answer.text() : Promise.reject()))
      .then((stamp) => (field('stamp').value = stamp))
      .catch(() => (begun = false))
  }
  let remember
  const offer = () => {
    remember = document.createElement('input')
    remember.type = 'checkbox'
    remember.checked = !!kept(local, names).author
    const label = document.createElement('label')
    label.className = 'remember'
    label.append(remember, ' Remember my name, mail address and website in this browser')
    form.querySelector('.buttons').before(label)
  }
  form.addEventListener('focusin', (event) => {
    begin()
    // Not below a finger that is on a button: it would move away.
    if (!remember && event.target.type !== 'submit') offer()
  })
  form.addEventListener('input', () => {
    begin()
    keep(session, draft, values([...own, 'body']))
  })

  let sent = false
  const rest = () => {
    sent = false
    for (const button of form.querySelectorAll('button')) button.disabled = false
  }
  form.addEventListener('submit', (event) => {
    if (sent) return event.preventDefault()
    sent = true
    if (remember) keep(local, names, remember.checked && values(own))
    // After the browser has put together what it sends: the button that was pressed belongs to it.
    setTimeout(() => {
      for (const button of form.querySelectorAll('button')) button.disabled = true
    })
    setTimeout(rest, 8000)
  })
  // Back from the cache of the browser.
  addEventListener('pageshow', rest)

  // A reply is written below what it answers.
  const home = document.createComment('')
  section.before(home)
  const heading = title.textContent
  const parent = field('parent').value
  const everybody = document.createElement('p')
  everybody.className = 'meta everybody'
  const back = document.createElement('button')
  back.type = 'button'
  back.className = 'link'
  back.textContent = 'Write to everybody instead'
  everybody.append(back)
  back.addEventListener('click', () => {
    home.after(section)
    everybody.remove()
    title.textContent = heading
    field('parent').value = parent
    field('body').focus()
  })
  if (!parent) {
    document.getElementById('comments').addEventListener('click', (event) => {
      const link = event.target.closest('a[href*="reply="]')
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
      event.preventDefault()
      const article = link.closest('article')
      article.after(section)
      title.after(everybody)
      title.textContent = link.getAttribute('aria-label')
      field('parent').value = article.id.slice('comment-'.length)
      field('body').focus()
    })
  }
}
