const MOUNTS = new WeakMap()
const SEND_AFTER_KEYS_MS = 250

export default function ({ data, parentElement, setStateValue }) {
  let view = MOUNTS.get(parentElement)
  if (!view) MOUNTS.set(parentElement, (view = makeView(parentElement)))
  view.data = data
  view.send = (cell) => setStateValue("cell", cell)
  view.show()
}

function makeView(parent) {
  const image = document.createElement("img")
  image.className = "clickable-image"
  image.tabIndex = 0
  image.style.cssText =
    "width: 100%; display: block; image-rendering: pixelated; border-radius: 8px; cursor: pointer; touch-action: manipulation"
  parent.appendChild(image)
  const view = { data: null, send: () => {}, show }
  let at = null // the cell that stands out, which the arrow keys move
  let timer = 0
  let count = 0 // so that the same cell can be clicked twice
  image.addEventListener("click", (event) => {
    const box = image.getBoundingClientRect()
    const at = (share, cells) => Math.min(Math.max(Math.floor(share * cells), 0), cells - 1)
    const column = at((event.clientX - box.left) / box.width, view.data.columns)
    const row = at((event.clientY - box.top) / box.height, view.data.rows)
    view.send([column, row, ++count])
  })
  image.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key]
    if (!move || !at) return
    event.preventDefault()
    at = [0, 1].map((i) => Math.min(Math.max(at[i] + move[i], 0), [view.data.columns, view.data.rows][i] - 1))
    clearTimeout(timer)
    timer = setTimeout(() => view.send([...at, ++count]), SEND_AFTER_KEYS_MS)
  })
  function show() {
    at = view.data.at
    if (image.src !== view.data.uri) image.src = view.data.uri
    image.alt = image.title = view.data.label
  }
  return view
}
