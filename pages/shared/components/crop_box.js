// A picture with a box on it, in shares of its sides: [left, top, right, bottom]. It is sent when it is let go.
const MOUNTS = new WeakMap()
const SEND_AFTER_KEYS_MS = 400
const KEY_STEP = 0.02
const MIN_SIDE = 0.04
const SMALL = 60 // pixels: of a smaller box the corners would cover what is in it
const WHOLE = [0.05, 0.05, 0.95, 0.95] // to begin with where nothing was found
const CORNERS = { nw: [0, 1], ne: [2, 1], sw: [0, 3], se: [2, 3] } // the sides of the box that each of them moves

export default function ({ data, parentElement, setStateValue }) {
  let view = MOUNTS.get(parentElement)
  if (!view) MOUNTS.set(parentElement, (view = makeView(parentElement)))
  view.send = (message) => setStateValue("box", message)
  view.show(data)
}

function add(parent, kind, className) {
  const element = document.createElement(kind)
  element.className = className
  parent.appendChild(element)
  return element
}

function makeView(parent) {
  const root = add(parent, "div", "crop")
  const row = add(root, "div", "row")
  const frame = add(row, "div", "frame")
  const image = add(frame, "img", "photo")
  const area = add(frame, "div", "area")
  area.tabIndex = 0
  area.setAttribute("role", "application")
  const corners = Object.keys(CORNERS).map((name) => {
    const corner = add(area, "span", `corner ${name}`)
    corner.dataset.corner = name
    return corner
  })
  const result = add(row, "figure", "result")
  const digit = add(result, "img", "digit")
  add(result, "figcaption", "").textContent = "As the network sees it"
  image.draggable = digit.draggable = false

  const view = { send: () => {}, show }
  let box = WHOLE
  let photo = null
  let sent = 0 // the number of the last message, which the server gives back with what it knows
  let known = 0
  let hold = null // what the pointer holds: where it began, the box there, the sides that move
  let timer = 0

  function show(data) {
    if (photo !== data.photo) {
      hold = null
      clearTimeout(timer)
      timer = 0
      sent = known = data.seen
    }
    photo = data.photo
    known = data.seen
    if (image.src !== data.uri) image.src = data.uri
    image.alt = data.label
    result.hidden = !data.digit
    if (data.digit && digit.src !== data.digit) digit.src = data.digit
    digit.alt = "The digit made of it, 28 by 28 pixels"
    root.classList.toggle("waiting", known < sent)
    if (hold || timer || known < sent) return
    box = data.box ?? WHOLE
    draw()
  }

  function draw() {
    const [left, top, right, bottom] = box.map((share) => 100 * share)
    Object.assign(area.style, {
      left: `${left}%`,
      top: `${top}%`,
      width: `${right - left}%`,
      height: `${bottom - top}%`,
    })
    const { width, height } = frame.getBoundingClientRect()
    area.classList.toggle("small", Math.min((right - left) * width, (bottom - top) * height) < 100 * SMALL)
    const percent = box.map((share) => Math.round(100 * share))
    area.setAttribute(
      "aria-label",
      `Crop box, from ${percent[0]} to ${percent[2]} percent across and ${percent[1]} to ${percent[3]} percent down. ` +
        "Arrow keys move it, Shift and arrow keys resize it.",
    )
  }

  function send() {
    clearTimeout(timer)
    timer = 0
    sent += 1
    root.classList.add("waiting")
    view.send({ box: box.map((share) => Math.round(share * 1e4) / 1e4), photo, number: sent })
  }

  // The whole box moves and keeps its size, or some of its sides move and keep off the others.
  function moved(from, across, down, sides) {
    const within = (value, low, high) => Math.min(Math.max(value, low), high)
    if (!sides) {
      const x = within(across, -from[0], 1 - from[2])
      const y = within(down, -from[1], 1 - from[3])
      return [from[0] + x, from[1] + y, from[2] + x, from[3] + y]
    }
    const next = [...from]
    for (const side of sides) {
      const value = from[side] + (side % 2 ? down : across)
      next[side] = side < 2 ? within(value, 0, from[side + 2] - MIN_SIDE) : within(value, from[side - 2] + MIN_SIDE, 1)
    }
    return next
  }

  area.addEventListener("pointerdown", (event) => {
    if (event.button > 0 || hold) return
    hold = { at: [event.clientX, event.clientY], box, sides: CORNERS[event.target.dataset?.corner], moved: false }
    area.setPointerCapture(event.pointerId)
    area.focus({ preventScroll: true })
    event.preventDefault()
  })
  area.addEventListener("pointermove", (event) => {
    if (!hold) return
    const size = frame.getBoundingClientRect()
    const across = (event.clientX - hold.at[0]) / size.width
    const down = (event.clientY - hold.at[1]) / size.height
    hold.moved ||= across !== 0 || down !== 0
    box = moved(hold.box, across, down, hold.sides)
    draw()
  })
  for (const kind of ["pointerup", "pointercancel"]) {
    area.addEventListener(kind, () => {
      const changed = hold?.moved
      hold = null
      if (changed) send()
    })
  }
  area.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key]
    if (!move || hold) return
    event.preventDefault()
    box = moved(box, KEY_STEP * move[0], KEY_STEP * move[1], event.shiftKey ? [2, 3] : null)
    draw()
    clearTimeout(timer)
    timer = setTimeout(send, SEND_AFTER_KEYS_MS)
  })
  for (const corner of corners) corner.setAttribute("aria-hidden", "true")
  new ResizeObserver(draw).observe(frame)
  return view
}
