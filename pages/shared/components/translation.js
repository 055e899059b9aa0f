// The page under a browser's translator, such as that of Chrome.
//
// The translator puts <font> elements in the place of the text nodes that React has made and goes on holding. Left alone,
// React would then change texts that nobody sees, and fail over nodes that are no longer where it has put them. Here a
// parent gets the children back that React knows, as soon as React touches one of them; the translator then translates
// what is new. What is code, a formula or a number that changes by itself is not translated at all.
const UNTRANSLATED = [
  "code", "pre", ".katex", "svg", ".js-plotly-plot", ".vega-embed",
  '[data-testid="stMetricValue"]', '[data-testid="stSliderThumbValue"]', '[data-testid="stProgress"]',
].join()
const INSTALLED = Symbol.for("autoencoder-explorer.translation")
const KNOWN = new WeakMap() // a translated parent → its children as React knows them
const PARENT = new WeakMap() // one of these that is text → its parent

const { insertBefore, removeChild } = Node.prototype
const observer = new MutationObserver(handle)

export default function () {
  if (window[INSTALLED]) return
  window[INSTALLED] = true
  Node.prototype.removeChild = function (child) {
    if (child.parentNode === this) return removeChild.call(this, child)
    if (giveBack(this, child)) return removeChild.call(this, child)
    // Moved before anybody watched, or by a translator that leaves no <font>: at least nothing fails.
    if (this.contains(child)) child.parentNode.removeChild(child)
    return child
  }
  Node.prototype.insertBefore = function (child, next) {
    if (next && next.parentNode !== this && !giveBack(this, next)) next = childAround(this, next)
    return insertBefore.call(this, child, next)
  }
  observer.observe(document.body, { childList: true, subtree: true })
  keep(document.body)
}

const isFont = (node) => node.nodeName === "FONT"

function keep(root) {
  if (root.nodeType !== Node.ELEMENT_NODE) return
  if (root.matches(UNTRANSLATED)) root.setAttribute("translate", "no")
  for (const element of root.querySelectorAll(UNTRANSLATED)) element.setAttribute("translate", "no")
}

function childAround(parent, node) {
  if (!parent.contains(node)) return null
  while (node.parentNode !== parent) node = node.parentNode
  return node
}

// Give `parent` back what React knows, if `node` is of that.
function giveBack(parent, node) {
  handle(observer.takeRecords())
  if (!KNOWN.get(parent)?.includes(node)) return false
  restore(parent)
  return true
}

function restore(parent) {
  const children = KNOWN.get(parent)
  KNOWN.delete(parent)
  for (const child of [...parent.childNodes]) if (isFont(child)) removeChild.call(parent, child)
  let next = null
  for (const child of [...children].reverse()) {
    if (child.parentNode !== parent || child.nextSibling !== next) insertBefore.call(parent, child, next)
    next = child
  }
  observer.takeRecords()
}

function handle(records) {
  book(records)
  const changed = records.filter((record) => record.type === "characterData").map((record) => PARENT.get(record.target))
  for (const parent of new Set(changed)) if (KNOWN.has(parent)) restore(parent)
}

// Keep account of what React knows.
function book(records) {
  const byParent = new Map()
  for (const record of records) {
    if (record.type !== "childList") continue
    if (!byParent.has(record.target)) byParent.set(record.target, [])
    byParent.get(record.target).push(record)
  }
  for (const [parent, changes] of byParent) {
    const translated = changes.some((change) => [...change.addedNodes, ...change.removedNodes].some(isFont))
    if (translated && !KNOWN.has(parent)) learn(parent, undone([...parent.childNodes], changes))
    else if (!translated && KNOWN.has(parent)) learn(parent, redone(KNOWN.get(parent), changes))
    if (KNOWN.has(parent) && ![...parent.childNodes].some(isFont)) KNOWN.delete(parent)
    for (const change of changes) change.addedNodes.forEach(keep)
  }
}

function learn(parent, children) {
  KNOWN.set(parent, children)
  for (const child of children) {
    if (child.nodeType !== Node.TEXT_NODE) continue
    PARENT.set(child, parent)
    observer.observe(child, { characterData: true })
  }
}

function undone(children, changes) {
  for (const { addedNodes, removedNodes, previousSibling, nextSibling } of [...changes].reverse())
    children = exchanged(children, addedNodes, removedNodes, previousSibling, nextSibling)
  return children
}

function redone(children, changes) {
  for (const { addedNodes, removedNodes, previousSibling, nextSibling } of changes)
    children = exchanged(children, removedNodes, addedNodes, previousSibling, nextSibling)
  return children
}

function exchanged(children, gone, come, previous, next) {
  const rest = children.filter((child) => ![...gone].includes(child))
  const at = rest.includes(previous) ? rest.indexOf(previous) + 1 : rest.includes(next) ? rest.indexOf(next) : rest.length
  rest.splice(at, 0, ...come)
  return rest
}
