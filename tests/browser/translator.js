// What Chrome's translator does to a page, imitated: every text, now and whenever one comes, gives way to two <font>
// elements around its translation, which here is the text in ‹ ›. It is remembered what text each stands for.
() => {
  const LEFT_ALONE = "script, style, textarea"
  window.standsFor = new Map()
  function translate(text) {
    const [outer, inner] = [document.createElement("font"), document.createElement("font")]
    for (const font of [outer, inner]) font.style.verticalAlign = "inherit"
    inner.textContent = `‹${text.data}›`
    outer.append(inner)
    standsFor.set(outer, text)
    text.replaceWith(outer)
  }
  function translateAll() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const texts = []
    while (walker.nextNode()) texts.push(walker.currentNode)
    for (const text of texts) {
      if (text.data.trim() && !text.parentElement.closest(`${LEFT_ALONE}, font`)) translate(text)
    }
    for (const font of standsFor.keys()) if (!font.isConnected) standsFor.delete(font)
  }
  let due = 0
  new MutationObserver(() => (due ||= setTimeout(() => { due = 0; translateAll() }, 20))).observe(document.body, {
    childList: true, characterData: true, subtree: true,
  })
  translateAll()
}
