// Frames of markup to leaf through: dragged, by keys, or played.
const MOUNTS = new WeakMap()
const FRAME_MS = 650

export default function ({ data, parentElement }) {
  let book = MOUNTS.get(parentElement)
  if (!book) MOUNTS.set(parentElement, (book = makeBook(parentElement)))
  book.show(data)
  return () => book.stop()
}

function makeBook(parent) {
  const root = document.createElement("div")
  root.className = "flipbook"
  root.innerHTML = `
    <div class="controls"><button type="button"></button>
      <input type="range" min="0" step="1"><output aria-live="polite"></output></div>
    <div class="frame"></div>`
  parent.appendChild(root)
  const [button, range, output, frame] = ["button", "input", "output", ".frame"].map((s) => root.querySelector(s))
  let asked = ""
  let book = { frames: [], labels: [] }
  let timer = 0

  function turn(to) {
    range.value = to
    frame.innerHTML = book.frames[to]
    output.textContent = book.labels[to]
    range.setAttribute("aria-valuetext", book.labels[to])
  }
  function stop() {
    clearInterval(timer)
    timer = 0
    button.textContent = "▶ Play"
  }
  function play() {
    const last = book.frames.length - 1
    if (Number(range.value) >= last) turn(0)
    button.textContent = "❚❚ Pause"
    timer = setInterval(() => {
      turn(Number(range.value) + 1)
      if (Number(range.value) >= last) stop()
    }, FRAME_MS)
  }
  button.addEventListener("click", () => (timer ? stop() : play()))
  range.addEventListener("input", () => {
    stop()
    turn(Number(range.value))
  })
  stop()

  function show(data) {
    const text = JSON.stringify(data)
    if (text === asked) return
    asked = text
    book = data
    stop()
    range.max = data.frames.length - 1
    range.setAttribute("aria-label", data.name)
    turn(data.start)
  }
  return { show, stop }
}
