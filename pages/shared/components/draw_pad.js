// Strokes on a square of side 1: [[[x, y], …], …]. They are sent when the pen is lifted, and drawn here at once.
const MOUNTS = new WeakMap()
const SIDE = 280
const SEND_AFTER_KEYS_MS = 400
const KEY_STEP = 0.04

// One way to write each digit, for those who cannot draw here.
const EXAMPLES = [
  [arc(0.5, 0.5, 0.22, 0.33, -90, 270)],
  [[[0.4, 0.27], [0.54, 0.15], [0.54, 0.85]]],
  [[...arc(0.5, 0.34, 0.2, 0.19, 180, 390), [0.3, 0.83], [0.72, 0.83]]],
  [[...arc(0.47, 0.33, 0.19, 0.17, 200, 440), ...arc(0.47, 0.66, 0.22, 0.18, -80, 160)]],
  [[[0.56, 0.15], [0.27, 0.6], [0.75, 0.6]], [[0.62, 0.4], [0.62, 0.87]]],
  [[[0.7, 0.17], [0.37, 0.17], [0.34, 0.46], ...arc(0.48, 0.63, 0.21, 0.2, -120, 140)]],
  [[[0.62, 0.14], [0.4, 0.38], ...arc(0.5, 0.66, 0.19, 0.19, 190, 560)]],
  [[[0.28, 0.18], [0.72, 0.18], [0.44, 0.86]]],
  [[...arc(0.5, 0.33, 0.17, 0.17, 90, 450), ...arc(0.5, 0.68, 0.2, 0.18, -90, 270)]],
  [[...arc(0.5, 0.35, 0.19, 0.2, 0, 360), [0.68, 0.5], [0.6, 0.86]]],
]

function arc(x, y, rx, ry, from, to) {
  const points = []
  for (let degrees = from; degrees <= to; degrees += 12) {
    const angle = (degrees * Math.PI) / 180
    points.push([x + rx * Math.cos(angle), y + ry * Math.sin(angle)])
  }
  return points
}

export default function ({ data, parentElement, setStateValue }) {
  let pad = MOUNTS.get(parentElement)
  if (!pad) MOUNTS.set(parentElement, (pad = makePad(parentElement, data)))
  pad.send = (drawing) => setStateValue("drawing", drawing)
}

function makePad(parent, data) {
  const root = document.createElement("div")
  root.className = "draw-pad"
  root.innerHTML = `
    <canvas width="${SIDE}" height="${SIDE}" tabindex="0" role="application"
      aria-label="Drawing pad. With the keyboard: arrow keys move the pen, space puts it down or lifts it, Z undoes, Delete clears."></canvas>
    <div class="tools">
      <button type="button" class="undo">Undo</button>
      <button type="button" class="clear">Clear</button>
      <button type="button" class="example">Example</button>
    </div>
    <label>Pen <input type="range" min="0.04" max="0.16" step="0.01" aria-label="Stroke width"></label>`
  parent.appendChild(root)
  const find = (selector) => root.querySelector(selector)
  const canvas = find("canvas")
  const [undo, clear, example, range] = [".undo", ".clear", ".example", "input"].map(find)
  const context = canvas.getContext("2d")
  let strokes = data?.strokes ?? []
  const past = [] // what undo goes back to
  let width = data?.width ?? 0.09
  let current = null // the stroke under the pen
  let cursor = null // where the keyboard's pen is
  let penDown = false
  let timer = 0
  let next = 0
  const pad = { send: () => {} }
  range.value = width

  function draw() {
    context.fillStyle = "#000"
    context.fillRect(0, 0, SIDE, SIDE)
    context.lineCap = context.lineJoin = "round"
    context.strokeStyle = "#fff"
    context.lineWidth = width * SIDE
    for (const stroke of current ? [...strokes, current] : strokes) {
      context.beginPath()
      context.moveTo(stroke[0][0] * SIDE, stroke[0][1] * SIDE)
      for (const [x, y] of stroke.length > 1 ? stroke.slice(1) : stroke) context.lineTo(x * SIDE, y * SIDE)
      context.stroke()
    }
    if (!strokes.length && !current) {
      context.fillStyle = "#9a9a9a"
      context.font = "20px sans-serif"
      context.textAlign = "center"
      context.fillText("Draw a digit here", SIDE / 2, SIDE / 2)
    }
    if (cursor) {
      context.beginPath()
      context.arc(cursor[0] * SIDE, cursor[1] * SIDE, 7, 0, 7)
      context.lineWidth = 3
      context.strokeStyle = penDown ? "#d55e00" : "#56b4e9"
      context.stroke()
    }
    undo.disabled = !past.length
    clear.disabled = !strokes.length
  }

  function send() {
    clearTimeout(timer)
    const rounded = strokes.map((stroke) => stroke.map((point) => point.map((v) => Math.round(v * 1000) / 1000)))
    pad.send({ strokes: rounded, width })
  }

  function change(after) {
    past.push(strokes)
    strokes = after
    draw()
  }

  const at = (event) => {
    const box = canvas.getBoundingClientRect()
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map((v) =>
      Math.min(Math.max(v, 0), 1),
    )
  }
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button > 0 || current) return
    canvas.setPointerCapture(event.pointerId)
    cursor = null
    current = [at(event)]
    draw()
    event.preventDefault()
    canvas.focus({ preventScroll: true })
  })
  canvas.addEventListener("pointermove", (event) => {
    if (!current || penDown) return
    for (const part of event.getCoalescedEvents?.() ?? [event]) current.push(at(part))
    draw()
  })
  function lift() {
    if (!current) return
    const stroke = current
    current = null
    change([...strokes, stroke])
  }
  for (const kind of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(kind, () => {
      if (!current || penDown) return
      lift()
      send()
    })
  }

  function undoLast() {
    if (!past.length) return
    current = null
    penDown = false
    strokes = past.pop()
    draw()
    send()
  }
  function clearAll() {
    if (!strokes.length) return
    change([])
    send()
  }
  undo.addEventListener("click", undoLast)
  clear.addEventListener("click", clearAll)
  example.addEventListener("click", () => {
    change(EXAMPLES[next])
    next = (next + 1) % EXAMPLES.length
    send()
  })
  range.addEventListener("input", () => {
    width = Number(range.value)
    draw()
  })
  range.addEventListener("change", () => strokes.length && send())

  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
    if (event.key in moves) {
      cursor ??= [0.5, 0.5]
      cursor = cursor.map((v, i) => Math.min(Math.max(v + KEY_STEP * moves[event.key][i], 0), 1))
      if (penDown) current.push(cursor)
    } else if (event.key === " ") {
      cursor ??= [0.5, 0.5]
      penDown = !penDown
      if (penDown) current = [cursor]
      else {
        lift()
        clearTimeout(timer)
        timer = setTimeout(send, SEND_AFTER_KEYS_MS)
      }
    } else if (event.key.toLowerCase() === "z") return undoLast()
    else if (event.key === "Delete" || event.key === "Backspace") clearAll()
    else return
    event.preventDefault()
    draw()
  })
  canvas.addEventListener("blur", () => {
    if (penDown) {
      penDown = false
      lift()
      send()
    }
    cursor = null
    draw()
  })
  draw()
  return pad
}
