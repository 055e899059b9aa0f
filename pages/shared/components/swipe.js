// Two images of a page over each other, parted by a divider to drag, and zoomed down to their pixels.
const MOUNTS = new WeakMap()
const SEND_AFTER_MS = 200
const MARGIN = 8 // screen pixels around a label, as in the style sheet

export default function ({ data, parentElement, setStateValue }) {
  let swipe = MOUNTS.get(parentElement)
  if (!swipe) MOUNTS.set(parentElement, (swipe = makeSwipe(parentElement)))
  swipe.send = (view) => setStateValue("view", view)
  swipe.show(data)
}

function makeSwipe(parent) {
  const root = document.createElement("div")
  root.className = "swipe"
  root.innerHTML = `
    <div class="tools">
      <div class="choices" role="group" aria-label="On the right"></div>
      <div class="zooms" role="group" aria-label="Zoom">
        <output></output>
        <button type="button" class="out" aria-label="Zoom out" title="Zoom out (key −)">−</button>
        <button type="button" class="in" aria-label="Zoom in"
          title="Zoom in (key +, a double click, two fingers, or the wheel with Ctrl)">+</button>
        <button type="button" class="fit" title="The whole page">Fit</button>
        <button type="button" class="one" title="A pixel of the image is a pixel of the screen">1:1</button>
      </div>
    </div>
    <div class="stage" role="group">
      <div class="side" data-side="left"><div class="sheet"></div></div>
      <div class="side" data-side="right"><div class="sheet"></div></div>
      <span class="label left"></span><span class="label right"></span>
      <div class="divider" tabindex="0" role="slider" aria-valuemin="0" aria-valuemax="100" aria-orientation="horizontal">
        <svg viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="15" /><path d="M12 10l-6 6 6 6M20 10l6 6-6 6" /></svg>
      </div>
    </div>`
  parent.appendChild(root)
  const find = (selector) => root.querySelector(selector)
  const [stage, divider, choices, output] = [".stage", ".divider", ".choices", "output"].map(find)
  const [zoomOut, zoomIn, toFit, toOne] = [".out", ".in", ".fit", ".one"].map(find)
  const swipe = { send: () => {}, show }
  let data = null
  let chosen = null // the name of what stands in for `after`
  let sent = ""
  let timer = 0
  let frame = 0
  const [left, right] = [...root.querySelectorAll(".side")].map((side) => makeSide(side, schedule))
  const view = makeView(stage, schedule)
  listenToPointers(stage, divider, view, sendSoon)
  listenToKeys(root, divider, view, sendSoon)

  // Drawing, once a frame of the screen.

  function schedule() {
    frame ||= requestAnimationFrame(draw)
  }

  function draw() {
    frame = 0
    if (!data) return
    const room = view.measure()
    const { box, screen } = room
    if (!box.width) return
    view.settle(room)
    const scale = view.scale / screen
    // On whole pixels of the screen, or every pixel of a page at 1:1 would be a mixture of two.
    const begin = (origin, space, length, share) =>
      Math.round((origin + space / 2 - share * length * scale) * screen) / screen - origin
    const x = begin(box.left, box.width, room.width, view.x)
    const y = begin(box.top, box.height, room.height, view.y)
    for (const { sheet } of [left, right]) {
      sheet.style.transform = `translate(${x}px, ${y}px) scale(${scale})`
      sheet.classList.toggle("pixels", view.scale > 1.001)
    }
    const cut = Math.round(view.divider * box.width)
    left.side.style.clipPath = `inset(0 ${box.width - cut}px 0 0)`
    right.side.style.clipPath = `inset(0 0 0 ${cut}px)`
    divider.style.transform = `translateX(${cut}px)`
    const percent = Math.round(view.divider * 100)
    divider.setAttribute("aria-valuenow", percent)
    divider.setAttribute("aria-valuetext", `${percent} % ${left.label.textContent}, the rest ${right.label.textContent}`)
    left.label.classList.toggle("away", left.label.offsetWidth + 2 * MARGIN > cut)
    right.label.classList.toggle("away", right.label.offsetWidth + 2 * MARGIN > box.width - cut)
    stage.classList.toggle("larger", room.width * scale > box.width + 1 || room.height * scale > box.height + 1)
    output.textContent = `${view.scale < 0.1 ? (view.scale * 100).toFixed(1) : Math.round(view.scale * 100)} %`
    zoomOut.disabled = view.scale <= room.least
    zoomIn.disabled = view.scale >= room.most
    toFit.setAttribute("aria-pressed", view.fitted)
    toOne.setAttribute("aria-pressed", Math.abs(view.scale - 1) < 1e-3)
    for (const [i, button] of [...choices.children].entries())
      button.setAttribute("aria-busy", i === choice() && right.waits())
  }

  // Telling the server.

  function sendSoon() {
    clearTimeout(timer)
    if (data.sends) timer = setTimeout(send, SEND_AFTER_MS)
  }

  function send() {
    const now = view.describe()
    const text = JSON.stringify(now)
    if (text === sent) return
    sent = text
    swipe.send(now)
  }

  // Buttons.

  function zoomWith(button, scale) {
    button.addEventListener("click", () => {
      view.zoomTo(scale())
      sendSoon()
    })
  }
  zoomWith(zoomOut, () => view.step(-1))
  zoomWith(zoomIn, () => view.step(1))
  zoomWith(toFit, () => view.measure().fit)
  zoomWith(toOne, () => 1)

  // What the server gave.

  const offered = () => [[data.names[1], data.after], ...data.crops]
  const choice = () => Math.max(data.crops.findIndex(([name]) => name === chosen) + 1, 0)

  function makeChoices() {
    const names = data.crops.length ? offered().map(([name]) => name) : []
    // Not anew at every rerun: a button that has the focus would lose it.
    if (String([...choices.children].map((button) => button.textContent)) === String(names)) return
    choices.replaceChildren(
      ...names.map((name, i) => {
        const button = document.createElement("button")
        button.type = "button"
        button.textContent = name
        button.addEventListener("click", () => {
          chosen = i ? name : null
          choose()
        })
        return button
      }),
    )
  }

  function choose() {
    right.show(offered(), choice())
    for (const [i, button] of [...choices.children].entries()) button.setAttribute("aria-pressed", i === choice())
  }

  function reshape(shape) {
    const [height, width] = shape
    stage.style.aspectRatio = `${width} / ${height}`
    for (const side of [left, right]) {
      side.clear()
      Object.assign(side.sheet.style, { width: `${width}px`, height: `${height}px` })
    }
    view.reset(shape)
    sent = JSON.stringify(view.describe())
  }

  function show(next) {
    const before = data
    data = next
    if (String(before?.shape) !== String(data.shape)) reshape(data.shape)
    makeChoices()
    const names = data.names.join(" and ")
    stage.setAttribute("aria-label", `${names}, of the same page`)
    divider.setAttribute("aria-label", `Divider between ${names}; plus and minus zoom, arrow keys with Shift move the page`)
    left.show([[data.names[0], data.before]], 0)
    choose()
  }

  new ResizeObserver(draw).observe(stage)
  return swipe
}
