// Two pictures of a page over each other, parted by a divider to drag, and zoomed down to their pixels.
const MOUNTS = new WeakMap()
const MOST = 8 // screen pixels for a pixel of the picture
const LADDER = 2 // from one zoom to the next, so that 1:1 and whole multiples of it are on the way
const DIVIDER_STEP = 0.02
const PAN_STEP = 60
const WHEEL_MOST = 30 // of one turn: a trackpad sends many small ones, a mouse few large ones
const SEND_AFTER_MS = 200
const MARGIN = 8 // around a label, as in the style sheet

const clamp = (value, low, high) => Math.min(Math.max(value, low), high)
// Relative to the page, as an app need not be at the root of its host.
const address = (url) => (url.startsWith("/media/") ? `.${url}` : url)

export default function ({ data, parentElement, setStateValue }) {
  let swipe = MOUNTS.get(parentElement)
  if (!swipe) MOUNTS.set(parentElement, (swipe = makeSwipe(parentElement)))
  swipe.send = (view) => setStateValue("view", view)
  swipe.show(data)
}

// The pictures that one side can show. Each has an <img> that stays, since 40 megapixels are slow to decode, and a
// picture stays on screen until the one to replace it is there.
function makeSide(side, changed) {
  const sheet = side.querySelector(".sheet")
  const label = side.parentElement.querySelector(`.label.${side.dataset.side}`)
  const pictures = []
  let names = []
  let wanted = 0
  let shown = -1

  function makePicture() {
    const picture = { image: new Image(), url: "", ready: false, failed: false }
    picture.image.decoding = "sync" // or Chromium leaves the page blank between two zooms
    picture.image.draggable = false
    picture.image.addEventListener("load", () => {
      picture.ready = true
      update()
    })
    picture.image.addEventListener("error", () => {
      picture.ready = false
      picture.failed = true
      update()
    })
    sheet.appendChild(picture.image)
    return picture
  }

  function forget(picture) {
    picture.image.removeAttribute("src")
    Object.assign(picture, { url: "", ready: false, failed: false })
  }

  function request(picture, url) {
    if (picture.url === url && !picture.failed) return
    Object.assign(picture, { url, failed: false })
    picture.image.src = address(url)
  }

  function update() {
    const { ready, failed } = pictures[wanted]
    if (ready || failed) shown = wanted
    pictures.forEach(({ image, ready }, i) => image.classList.toggle("shown", i === shown && ready))
    sheet.classList.toggle("loading", shown < 0)
    const at = shown < 0 ? wanted : shown
    label.textContent = pictures[at].failed ? `${names[at]}: could not be loaded` : names[at]
    changed()
  }

  function show(choices, at) {
    names = choices.map(([name]) => name)
    wanted = at
    for (const { image } of pictures.splice(choices.length)) image.remove()
    if (shown >= choices.length) shown = -1
    choices.forEach(([name, url], i) => {
      pictures[i] ??= makePicture()
      pictures[i].image.alt = name
      if (i === at) request(pictures[i], url)
      else if (pictures[i].url !== url) forget(pictures[i])
    })
    update()
  }

  function clear() {
    pictures.forEach(forget)
    shown = -1
  }

  const waits = () => shown !== wanted
  return { sheet, side, label, show, clear, waits }
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
        <button type="button" class="one" title="A pixel of the picture is a pixel of the screen">1:1</button>
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
  let view = null
  let sent = ""
  let timer = 0
  let frame = 0
  const [left, right] = [...root.querySelectorAll(".side")].map((side) => makeSide(side, schedule))

  // Where one stands. `scale`: screen pixels for a pixel of the picture. `x`, `y`: the centre, in shares of the page.

  const reset = () => (view = { x: 0.5, y: 0.5, scale: 1, fitted: true, divider: 0.5 })

  function measure() {
    const box = stage.getBoundingClientRect()
    const [height, width] = data.shape
    const screen = window.devicePixelRatio
    const fit = Math.min(box.width / width, box.height / height) * screen
    return { box, screen, fit, least: Math.min(fit, 1), most: Math.max(fit, MOST), width, height }
  }

  function settle(room) {
    view.scale = view.fitted ? room.fit : clamp(view.scale, room.least, room.most)
    view.fitted = Math.abs(view.scale / room.fit - 1) < 1e-3
    const centre = (share, space, length) => {
      const margin = Math.min((space * room.screen) / (2 * length * view.scale), 0.5)
      return clamp(share, margin, 1 - margin)
    }
    view.x = centre(view.x, room.box.width, room.width)
    view.y = centre(view.y, room.box.height, room.height)
  }

  // `at`: a point of the browser's window that stays where it is; the middle if there is none.
  function zoomTo(scale, at) {
    const room = measure()
    if (!room.box.width) return
    settle(room)
    const to = clamp(scale, room.least, room.most)
    if (at) {
      const moved = room.screen * (1 / view.scale - 1 / to)
      view.x += ((at.x - room.box.left - room.box.width / 2) / room.width) * moved
      view.y += ((at.y - room.box.top - room.box.height / 2) / room.height) * moved
    }
    view.scale = to
    view.fitted = Math.abs(to / room.fit - 1) < 1e-3
    settle(room)
    schedule()
  }

  function pan(x, y) {
    const room = measure()
    view.x -= (x * room.screen) / (room.width * view.scale)
    view.y -= (y * room.screen) / (room.height * view.scale)
    settle(room)
    schedule()
  }

  function divide(share) {
    view.divider = clamp(share, 0, 1)
    schedule()
  }

  // The power of two next to the scale, and not so near that nothing seems to happen.
  function step(direction) {
    const near = Math.log2(view.scale) + 0.3 * direction
    const next = LADDER ** (direction > 0 ? Math.ceil(near) : Math.floor(near))
    const { fit } = measure()
    return direction < 0 && view.scale > fit ? Math.max(next, fit) : next
  }

  // Drawing, once a frame of the screen.

  function schedule() {
    frame ||= requestAnimationFrame(draw)
  }

  function draw() {
    frame = 0
    if (!data) return
    const room = measure()
    const { box, screen } = room
    if (!box.width) return
    settle(room)
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

  function describe() {
    const round = (value) => Math.round(value * 10_000) / 10_000
    const zoom = view.fitted ? 1 : view.scale / measure().fit
    return { x: round(view.x), y: round(view.y), zoom: round(zoom), divider: round(view.divider) }
  }

  function sendSoon() {
    clearTimeout(timer)
    if (data.sends) timer = setTimeout(send, SEND_AFTER_MS)
  }

  function send() {
    const now = describe()
    const text = JSON.stringify(now)
    if (text === sent) return
    sent = text
    swipe.send(now)
  }

  // Mouse, fingers and pen. One of them may hold the divider; the others move the page, two of them zoom.

  const pointers = new Map()
  let held = null
  let grip = 0 // from the divider to where it was taken

  const point = (event) => ({ x: event.clientX, y: event.clientY })
  const middle = ([a, b]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })
  const distance = ([a, b]) => Math.max(Math.hypot(a.x - b.x, a.y - b.y), 1)
  const free = () => [...pointers].filter(([id]) => id !== held).map(([, at]) => at)

  stage.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return
    event.preventDefault()
    stage.setPointerCapture(event.pointerId)
    divider.focus({ preventScroll: true })
    pointers.set(event.pointerId, point(event))
    if (held === null && divider.contains(event.target)) {
      const { box } = measure()
      held = event.pointerId
      grip = event.clientX - box.left - view.divider * box.width
    } else if (free().length === 1) stage.classList.add("moving")
  })

  stage.addEventListener("pointermove", (event) => {
    if (!pointers.has(event.pointerId)) return
    const before = free()
    const last = pointers.get(event.pointerId)
    pointers.set(event.pointerId, point(event))
    if (event.pointerId === held) {
      const { box } = measure()
      return divide((event.clientX - grip - box.left) / box.width)
    }
    if (before.length === 1) pan(event.clientX - last.x, event.clientY - last.y)
    if (before.length === 2) {
      const [from, to] = [middle(before), middle(free())]
      zoomTo((view.scale * distance(free())) / distance(before), from)
      pan(to.x - from.x, to.y - from.y)
    }
  })

  for (const kind of ["pointerup", "pointercancel"]) {
    stage.addEventListener(kind, (event) => {
      if (!pointers.delete(event.pointerId)) return
      if (event.pointerId === held) held = null
      if (!free().length) stage.classList.remove("moving")
      sendSoon()
    })
  }

  // A second finger zooms, before the browser takes the first to scroll.
  stage.addEventListener("touchstart", (event) => event.touches.length > 1 && event.preventDefault(), { passive: false })

  stage.addEventListener("dblclick", (event) => {
    zoomTo(step(1), point(event))
    sendSoon()
  })

  stage.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      const turned = clamp(event.deltaY * (event.deltaMode ? 16 : 1), -WHEEL_MOST, WHEEL_MOST)
      zoomTo(view.scale * Math.exp(-turned / 100), point(event))
      sendSoon()
    },
    { passive: false },
  )

  // Safari's own word for a pinch on a trackpad; its fingers on a screen come as pointers too.
  let pinched = 1
  stage.addEventListener("gesturestart", (event) => {
    event.preventDefault()
    pinched = view.scale
  })
  stage.addEventListener("gesturechange", (event) => {
    event.preventDefault()
    if (pointers.size) return
    zoomTo(pinched * event.scale, point(event))
    sendSoon()
  })

  // Keys and buttons.

  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
    const arrow = arrows[event.key]
    if (event.key === "+" || event.key === "=") zoomTo(step(1))
    else if (event.key === "-") zoomTo(step(-1))
    else if (arrow && event.shiftKey) pan(-arrow[0] * PAN_STEP, -arrow[1] * PAN_STEP)
    else if (event.target !== divider) return
    else if (arrow) divide(view.divider + DIVIDER_STEP * (arrow[0] - arrow[1]))
    else if (event.key === "Home") divide(0)
    else if (event.key === "End") divide(1)
    else return
    event.preventDefault()
  })
  root.addEventListener("keyup", sendSoon)

  function zoomWith(button, scale) {
    button.addEventListener("click", () => {
      zoomTo(scale())
      sendSoon()
    })
  }
  zoomWith(zoomOut, () => step(-1))
  zoomWith(zoomIn, () => step(1))
  zoomWith(toFit, () => measure().fit)
  zoomWith(toOne, () => 1)

  // What the server gave.

  const offered = () => [[data.words[1], data.after], ...data.crops]
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

  function reshape([height, width]) {
    stage.style.aspectRatio = `${width} / ${height}`
    for (const side of [left, right]) {
      side.clear()
      Object.assign(side.sheet.style, { width: `${width}px`, height: `${height}px` })
    }
    reset()
    sent = JSON.stringify(describe())
  }

  function show(next) {
    const before = data
    data = next
    if (String(before?.shape) !== String(data.shape)) reshape(data.shape)
    makeChoices()
    const words = data.words.join(" and ")
    stage.setAttribute("aria-label", `${words}, of the same page`)
    divider.setAttribute("aria-label", `Divider between ${words}; plus and minus zoom, arrow keys with Shift move the page`)
    left.show([[data.words[0], data.before]], 0)
    choose()
  }

  new ResizeObserver(draw).observe(stage)
  return swipe
}
