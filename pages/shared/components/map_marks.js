// What stands on a map besides its dots: pictures, names of classes, rings, digits of the visitor's own.
// Written to be put in front of `code_map`.
const TILE = 28
const THUMB = 24
const NAME_SIZE = 16
const NAME_ROOM = 22 // for a name with the line below it
const THUMB_CELL = 26
const FRAME = 34 // of a digit of the visitor's own

// Relative to the page, as an app need not be at the root of its host.
const address = (url) => (url.startsWith("/media/") ? `.${url}` : url)
const numbered = (value) => value.toLocaleString("en-US")

// One picture with those of all points, fetched once somebody wants to see one of them.
function makeAtlas(arrived) {
  const image = new Image()
  let url = null
  let columns = 1
  let ready = false
  let tinted = null
  image.addEventListener("load", () => {
    ready = true
    arrived()
  })

  function show(nextUrl, nextColumns) {
    if (url === nextUrl && columns === nextColumns) return
    ;[url, columns, ready, tinted] = [nextUrl, nextColumns, false, null]
    image.removeAttribute("src")
  }
  function wanted() {
    if (url && !image.src) image.src = address(url)
    return ready
  }
  const corner = (tile) => [(tile % columns) * TILE, Math.floor(tile / columns) * TILE]

  function draw(context, tile, x, y, size) {
    if (!wanted()) return false
    context.imageSmoothingEnabled = false
    context.drawImage(image, ...corner(tile), TILE, TILE, x, y, size, size)
    return true
  }

  // Their ink alone, in the colours of their classes, until `untint`. `tileOf`: the tile of each point.
  function tint(labels, colours, tileOf) {
    if (!wanted() || tinted) return tinted
    tinted = document.createElement("canvas")
    tinted.width = image.naturalWidth
    tinted.height = image.naturalHeight
    const context = tinted.getContext("2d", { willReadFrequently: true })
    context.drawImage(image, 0, 0)
    const ink = context.getImageData(0, 0, tinted.width, tinted.height)
    colourInk(ink, tileOf, labels, colours.map(rgb), corner)
    context.putImageData(ink, 0, 0)
    return tinted
  }
  const untint = () => (tinted = null)
  return { show, wanted, draw, tint, untint, corner }
}

function colourInk({ data, width, height }, tileOf, labels, colours, corner) {
  for (let i = 0; i < labels.length; i++) {
    const [left, top] = corner(tileOf(i))
    const [r, g, b] = colours[labels[i]] ?? [128, 128, 128]
    for (let y = top; y < Math.min(top + TILE, height); y++) {
      for (let at = 4 * (y * width + left); at < 4 * (y * width + left + TILE); at += 4) {
        data[at + 3] = data[at]
        ;[data[at], data[at + 1], data[at + 2]] = [r, g, b]
      }
    }
  }
}

// Points whose pictures can be shown without hiding each other: at most one a cell, and apart from its neighbours'.
function thinPoints(at, order, wanted, side) {
  const columns = Math.ceil(side / THUMB_CELL)
  const taken = new Int32Array(columns * columns).fill(-1)
  const chosen = []
  const isFree = (i, column, row) => {
    for (let y = Math.max(row - 1, 0); y <= Math.min(row + 1, columns - 1); y++) {
      for (let x = Math.max(column - 1, 0); x <= Math.min(column + 1, columns - 1); x++) {
        const other = taken[y * columns + x]
        if (other < 0) continue
        if (Math.max(Math.abs(at.x[i] - at.x[other]), Math.abs(at.y[i] - at.y[other])) < THUMB - 2) return false
      }
    }
    return true
  }
  for (const i of order) {
    if (!wanted(i) || !(at.x[i] >= 0 && at.x[i] < side && at.y[i] >= 0 && at.y[i] < side)) continue
    const [column, row] = [Math.floor(at.x[i] / THUMB_CELL), Math.floor(at.y[i] / THUMB_CELL)]
    if (taken[row * columns + column] >= 0 || !isFree(i, column, row)) continue
    taken[row * columns + column] = i
    chosen.push(i)
  }
  return chosen
}

function paintThumbs(context, chosen, at, tinted, atlas, tileOf, background) {
  context.imageSmoothingEnabled = true
  for (const i of chosen) {
    const [x, y] = [at.x[i] - THUMB / 2, at.y[i] - THUMB / 2]
    context.globalAlpha = 0.72
    context.fillStyle = background
    context.fillRect(x + 2, y + 2, THUMB - 4, THUMB - 4)
    context.globalAlpha = 1
    context.drawImage(tinted, ...atlas.corner(tileOf(i)), TILE, TILE, x, y, THUMB, THUMB)
  }
}

const fontOf = (weight, size, family) => `${weight} ${size}px ${family}`

// Where names can stand so that each can be read: near where they belong, moved apart where they would overlap, and away
// from the `fixed` boxes.
function placeNames(context, names, fixed, side, family) {
  context.font = fontOf(700, NAME_SIZE, family)
  const boxes = names.map(({ text, x, y, colour }) => {
    const width = context.measureText(text).width + 8
    const [inX, inY] = [clamp(x, width / 2 + 2, side - width / 2 - 2), clamp(y, 12, side - 14)]
    return { text, colour, width, height: NAME_ROOM, x: inX, y: inY, isFree: true }
  })
  pushApart([...boxes, ...fixed], side)
  return boxes
}

function pushApart(boxes, side) {
  for (let round = 0; round < 60; round++) {
    let moved = false
    boxes.forEach((a, i) => {
      for (const b of boxes.slice(i + 1)) {
        const acrossX = (a.width + b.width) / 2 - Math.abs(a.x - b.x)
        const acrossY = (a.height + b.height) / 2 - Math.abs(a.y - b.y)
        if (acrossX <= 0 || acrossY <= 0 || !(a.isFree || b.isFree)) continue
        const axis = acrossX < acrossY ? "x" : "y"
        const push = (Math.min(acrossX, acrossY) + 0.2) / (a.isFree && b.isFree ? 2 : 1)
        const sign = a[axis] < b[axis] ? -1 : 1
        if (a.isFree) a[axis] = clamp(a[axis] + sign * push, 12, side - 14)
        if (b.isFree) b[axis] = clamp(b[axis] - sign * push, 12, side - 14)
        moved = true
      }
    })
    if (!moved) break
  }
}

function paintNames(context, boxes, { text, background, font }) {
  context.font = fontOf(700, NAME_SIZE, font)
  context.textAlign = "center"
  context.textBaseline = "middle"
  context.lineJoin = "round"
  for (const { text: name, x, y, colour } of boxes) {
    context.lineWidth = 5
    context.strokeStyle = background
    context.globalAlpha = 0.9
    context.strokeText(name, x, y)
    context.globalAlpha = 1
    context.fillStyle = text
    context.fillText(name, x, y)
    const width = context.measureText(name).width
    context.fillStyle = colour
    context.fillRect(x - width / 2, y + 9, width, 2.5)
  }
}

function paintRing(context, x, y, radius, wide, { text, background }) {
  for (const [width, style] of [[wide + 3, background], [wide, text]]) {
    context.lineWidth = width
    context.strokeStyle = style
    context.beginPath()
    context.arc(x, y, radius, 0, 7)
    context.stroke()
  }
}

function paintLasso(context, path, { primary }) {
  if (path.length < 2) return
  context.beginPath()
  for (const [x, y] of path) context.lineTo(x, y)
  context.closePath()
  context.globalAlpha = 0.12
  context.fillStyle = primary
  context.fill()
  context.globalAlpha = 1
  context.lineWidth = 2
  context.strokeStyle = primary
  context.setLineDash([5, 4])
  context.stroke()
  context.setLineDash([])
}

// A framed picture above its place, with a point that shows where that is.
function paintMark(context, image, x, y, { primary, background }) {
  const [left, top] = [x - FRAME / 2, y - FRAME - 10]
  context.fillStyle = primary
  context.strokeStyle = background
  context.lineWidth = 2
  context.beginPath()
  context.roundRect(left - 3, top - 3, FRAME + 6, FRAME + 6, 4)
  context.stroke()
  context.fill()
  context.beginPath()
  context.moveTo(x - 6, y - 8)
  context.lineTo(x + 6, y - 8)
  context.lineTo(x, y)
  context.fill()
  context.imageSmoothingEnabled = false
  if (image?.naturalWidth) context.drawImage(image, left, top, FRAME, FRAME)
}

const boxOfMark = ([x, y]) => ({ x, y: y - FRAME / 2 - 10, width: FRAME + 8, height: FRAME + 8 })
const markHas = (x, y, at) => Math.abs(at[0] - x) < FRAME / 2 + 3 && at[1] < y && at[1] > y - FRAME - 13

// Names at the edges of a plane; a cloud's turn with it, in a corner.
function placeAxes(axes, dims, view, side) {
  if (dims === 2) {
    const places = [{ x: side - 10, y: side - 13, angle: 0 }, { x: 13, y: 10, angle: -90 }]
    return axes.slice(0, 2).map((name, axis) => ({ label: `${name} →`, anchor: "end", ...places[axis] }))
  }
  const [x, y, length] = [52, side - 48, 30]
  return axes.slice(0, 3).map((label, axis) => {
    const [dx, dy] = [view.turn[axis] * length, -view.turn[3 + axis] * length]
    return { label, anchor: "center", angle: 0, x: x + dx * 1.35, y: y + dy * 1.35, line: [x, y, x + dx, y + dy] }
  })
}

function paintAxes(context, axes, { text, background, font }) {
  context.font = fontOf(400, 12, font)
  context.lineJoin = "round"
  context.textBaseline = "middle"
  for (const { label, anchor, x, y, angle, line } of axes) {
    context.save()
    context.globalAlpha = 0.85
    if (line) paintLine(context, line, text)
    context.translate(x, y)
    context.rotate((angle * Math.PI) / 180)
    context.textAlign = anchor
    context.lineWidth = 4
    context.strokeStyle = background
    context.strokeText(label, 0, 0)
    context.fillStyle = text
    context.fillText(label, 0, 0)
    context.restore()
  }
}

function paintLine(context, [x, y, toX, toY], style) {
  context.strokeStyle = style
  context.lineWidth = 1.5
  context.beginPath()
  context.moveTo(x, y)
  context.lineTo(toX, toY)
  context.stroke()
}
