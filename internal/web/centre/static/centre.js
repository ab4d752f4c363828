// The enhancer: without it every form works the same, by loading a page.
// It sends forms of <main> by fetch, swaps the page's parts, keeps the focus
// and lets Escape say no to the open question.
(() => {
  'use strict'
  const root = '/privacy'
  const inside = url => url.pathname === root || url.pathname.startsWith(root + '/')
  let busy = false

  const swap = (text, url) => {
    const page = new DOMParser().parseFromString(text, 'text/html')
    const parts = ['title', 'header.top', 'div.room']
    if (parts.some(p => !page.querySelector(p) || !document.querySelector(p))) return false
    for (const p of parts) document.querySelector(p).replaceWith(page.querySelector(p))
    document.documentElement.lang = page.documentElement.lang
    document.documentElement.dir = page.documentElement.dir
    document.body.className = page.body.className
    history.pushState(null, '', url)
    const said = document.querySelector('#said') || document.querySelector('main h1')
    said.tabIndex = -1
    said.focus()
    said.scrollIntoView({ block: 'center' })
    return true
  }

  document.addEventListener('submit', async event => {
    const form = event.target
    const url = new URL(form.action)
    if (form.method !== 'post' || url.origin !== location.origin || !inside(url) || !inside(location) || form.dataset.plain !== undefined) return
    event.preventDefault()
    if (busy) return
    busy = true
    const body = new URLSearchParams(new FormData(form, event.submitter))
    try {
      const answer = await fetch(url, { method: 'POST', body, credentials: 'same-origin' })
      const at = new URL(answer.url)
      if (!swap(await answer.text(), at.pathname + at.search)) location.assign(at)
    } catch {
      location.reload()
    }
    busy = false
  })
  addEventListener('popstate', () => location.reload())

  document.addEventListener('keydown', event => {
    if (event.key !== 'Escape' || event.defaultPrevented) return
    const menu = document.querySelector('details.tongues[open]')
    if (menu) { menu.open = false; menu.firstElementChild.focus(); return }
    const no = document.querySelector('[data-ask] button.x')
    if (no) no.form.requestSubmit(no)
  })
})()
