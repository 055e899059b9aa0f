// A picture large enough to see its pixels, with a frame on it; tells the number under the pointer.
// Written to be put in front of the labs.
const LARGE = 48 // pixels a side; of more, every bit of the screen is needed to see them
const LINES_FROM = 9 // screen pixels of a picture's pixel, below which lines between them would hide it

// `on.point(cell, phase)` is given [row, column] under the pointer, as fractions, while it is held down: phase is
// "down", "move" or "up". `on.describe(row, column)`: what to say of a pixel that the pointer rests on.
function makePicture(figure, on) {
  figure.innerHTML = `<figcaption><b></b> <span></span></figcaption>
    <canvas tabindex="0" role="application"></canvas>
    <output aria-live="off"></output><div class="scale" aria-hidden="true"></div>`
  const find = (selector) => figure.querySelector(selector)
  const canvas = find("canvas")
  const context = canvas.getContext("2d")
  const pixels = document.createElement("canvas")
  const picture = { canvas, show, draw, name, legend: (scale) => drawLegend(find(".scale"), scale) }
  let seen = null
  let unit = 1
  let held = false

  function name(title, size, label) {
    find("b").textContent = title
    find("figcaption span").textContent = size
    canvas.setAttribute("aria-label", label)
  }

  // `view`: {map, channel, scale, around: {top, right, bottom, left}, isClear(row, column), dim(row, column), frames}.
  // `around`: padding, in pixels of the picture; a frame is {row, column, height, width, kind}, in the picture's pixels.
  function show(view) {
    seen = view
    const { map, channel = 0, scale } = view
    pixels.width = map.w
    pixels.height = map.h
    const to = pixels.getContext("2d")
    const image = to.createImageData(map.w, map.h)
    for (let row = 0; row < map.h; row++) {
      for (let column = 0; column < map.w; column++) {
        const at = 4 * (row * map.w + column)
        image.data.set(scale.colour(valueAt(map, row, column, channel)), at)
        image.data[at + 3] = view.isClear?.(row, column) ? 0 : view.dim?.(row, column) ? 70 : 255
      }
    }
    to.putImageData(image, 0, 0)
    draw(view.frames)
  }

  function draw(frames) {
    if (!seen) return
    seen.frames = frames
    const { map, around } = seen
    const wide = around.left + map.w + around.right
    const high = around.top + map.h + around.bottom
    const width = Math.round((canvas.clientWidth || 300) * (devicePixelRatio || 1))
    unit = width / wide
    const height = Math.round(unit * high)
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
    context.clearRect(0, 0, width, height)
    if (!around.bare) hatch(width, height)
    const [x, y] = [around.left * unit, around.top * unit]
    context.fillStyle = seen.isClear || seen.dim ? "#777" : "#000"
    context.clearRect(x, y, map.w * unit, map.h * unit)
    if (seen.dim) context.fillRect(x, y, map.w * unit, map.h * unit)
    context.imageSmoothingEnabled = false
    context.drawImage(pixels, x, y, map.w * unit, map.h * unit)
    lines(x, y)
    for (const frame of frames) outline(frame)
  }

  // Padding: nothing of the picture, counted as 0.
  function hatch(width, height) {
    context.strokeStyle = "rgb(128 128 128 / 45%)"
    context.lineWidth = 1
    context.beginPath()
    const step = Math.max(unit / 2, 5)
    for (let at = step / 2; at < width + height; at += step) {
      context.moveTo(at, 0)
      context.lineTo(at - height, height)
    }
    context.stroke()
  }

  function lines(x, y) {
    const { map } = seen
    context.strokeStyle = "rgb(128 128 128 / 35%)"
    context.lineWidth = 1
    context.strokeRect(x + 0.5, y + 0.5, map.w * unit - 1, map.h * unit - 1)
    if (unit < LINES_FROM) return
    context.beginPath()
    for (let row = 1; row < map.h; row++) {
      context.moveTo(x, y + row * unit)
      context.lineTo(x + map.w * unit, y + row * unit)
    }
    for (let column = 1; column < map.w; column++) {
      context.moveTo(x + column * unit, y)
      context.lineTo(x + column * unit, y + map.h * unit)
    }
    context.stroke()
  }

  function outline({ row, column, height, width, kind }) {
    const { around } = seen
    const ratio = devicePixelRatio || 1
    const thick = kind === "thin" ? 1.5 : 3
    const out = kind === "thin" ? 0 : (thick / 2 + 1) * ratio // beside what it frames, which stays to be seen
    const [x, y] = [(column + around.left) * unit - out, (row + around.top) * unit - out]
    const box = [x, y, width * unit + 2 * out, height * unit + 2 * out]
    for (const [style, extra] of [["#fff", kind === "thin" ? 0 : 2], [colour("--st-primary-color") || "#f33", 0]]) {
      context.strokeStyle = style
      context.lineWidth = (thick + extra) * ratio
      context.strokeRect(...box)
    }
  }

  const colour = (variable) => getComputedStyle(figure).getPropertyValue(variable).trim()

  const cellUnder = (event) => {
    const box = canvas.getBoundingClientRect()
    const scale = canvas.width / box.width / unit
    return [(event.clientY - box.top) * scale - seen.around.top, (event.clientX - box.left) * scale - seen.around.left]
  }
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button > 0 || !seen) return
    held = true
    canvas.setPointerCapture(event.pointerId)
    canvas.focus({ preventScroll: true })
    on.point(cellUnder(event), "down")
    event.preventDefault()
  })
  canvas.addEventListener("pointermove", (event) => {
    if (!seen) return
    const cell = cellUnder(event)
    if (held) on.point(cell, "move")
    const [row, column] = cell.map(Math.floor)
    find("output").textContent = on.describe(row, column) ?? ""
  })
  canvas.addEventListener("pointerleave", () => (find("output").textContent = ""))
  for (const kind of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(kind, (event) => {
      if (!held) return
      held = false
      on.point(cellUnder(event), "up")
    })
  }
  new ResizeObserver(() => seen && draw(seen.frames)).observe(canvas)
  return picture
}

const aroundOf = (plan) => ({ top: plan.top, right: plan.right, bottom: plan.bottom, left: plan.left })
const NOTHING_AROUND = { top: 0, right: 0, bottom: 0, left: 0 }

// The frames of a window on the picture: around what it covers, and around each of its numbers where these lie apart.
function framesOf(plan, at) {
  const [row, column] = cellAt(plan, at, 0, 0)
  const whole = { row, column, height: plan.covered, width: plan.covered }
  if (plan.dilation === 1) return [whole]
  const cells = Array.from({ length: plan.size ** 2 }, (_, k) => {
    const [r, c] = cellAt(plan, at, Math.floor(k / plan.size), k % plan.size)
    return { row: r, column: c, height: 1, width: 1, kind: "thin" }
  })
  return [...cells, whole]
}

// The pixel of the result.
const pixelFrame = ([row, column]) => [{ row, column, height: 1, width: 1 }]
