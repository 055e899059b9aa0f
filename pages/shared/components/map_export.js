// What the maps show, as files: a PNG at twice the screen's resolution, and an SVG.
// Written to be put in front of `code_map`.
const EDGE = 24
const TITLE_ROOM = 34
const LEGEND_ROW = 28
const SCALE = 2

const escaped = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
const short = (value) => Math.round(value * 100) / 100

// Where everything stands on a sheet: {panels: [{title, side, …}], legend: [{name, colour}], paper, text, font}.
function layOut(sheet) {
  const measure = document.createElement("canvas").getContext("2d")
  measure.font = fontOf(400, 14, sheet.font)
  let left = EDGE
  const panels = sheet.panels.map((panel) => {
    const place = { panel, left, top: EDGE + TITLE_ROOM }
    left += panel.side + EDGE
    return place
  })
  const width = left
  const under = EDGE + TITLE_ROOM + Math.max(...sheet.panels.map((panel) => panel.side)) + EDGE
  let [x, y] = [EDGE, under]
  const legend = sheet.legend.map((entry) => {
    const room = 24 + measure.measureText(entry.name).width + 18
    if (x + room > width && x > EDGE) [x, y] = [EDGE, y + LEGEND_ROW]
    const place = { ...entry, x, y }
    x += room
    return place
  })
  return { panels, legend, width, height: y + LEGEND_ROW + EDGE / 2 }
}

// `paint(context, panel, ratio)` draws a panel on a canvas of its own.
function pngOf(sheet, paint) {
  const { panels, legend, width, height } = layOut(sheet)
  const canvas = document.createElement("canvas")
  canvas.width = width * SCALE
  canvas.height = height * SCALE
  const context = canvas.getContext("2d")
  context.scale(SCALE, SCALE)
  context.fillStyle = sheet.paper
  context.fillRect(0, 0, width, height)
  context.textBaseline = "middle"
  for (const { panel, left, top } of panels) {
    context.fillStyle = sheet.text
    context.font = fontOf(600, 18, sheet.font)
    context.fillText(panel.title, left, top - TITLE_ROOM / 2 - 2, panel.side)
    const own = document.createElement("canvas")
    own.width = own.height = Math.round(panel.side * SCALE)
    paint(own.getContext("2d"), panel, SCALE)
    context.drawImage(own, left, top, panel.side, panel.side)
  }
  context.font = fontOf(400, 14, sheet.font)
  for (const { name, colour, x, y } of legend) {
    context.fillStyle = colour
    context.fillRect(x, y + 4, 16, 16)
    context.fillStyle = sheet.text
    context.fillText(name, x + 24, y + 13)
  }
  return new Promise((done) => canvas.toBlob(done, "image/png"))
}

// Each panel also has {at, radius, inside, marks: SVG of what is not a dot}; `inside(i, label)` says how much of point i
// is seen as one of class `label`, 0 if nothing.
function svgOf(sheet) {
  const { panels, legend, width, height } = layOut(sheet)
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
      `font-family="${escaped(sheet.font)}">`,
    `<rect width="${width}" height="${height}" fill="${escaped(sheet.paper)}"/>`,
  ]
  panels.forEach(({ panel, left, top }, k) => {
    const { title, side, paper } = panel
    parts.push(
      `<text x="${left}" y="${top - 14}" font-size="18" font-weight="600" fill="${escaped(sheet.text)}">` +
        `${escaped(title)}</text>`,
      `<clipPath id="panel${k}"><rect width="${side}" height="${side}"/></clipPath>`,
      `<g transform="translate(${left} ${top})" clip-path="url(#panel${k})">`,
      `<rect width="${side}" height="${side}" fill="${escaped(paper)}"/>`,
      ...sheet.classes.map((entry, label) => circlesOf(panel, entry, label)),
      panel.marks,
      "</g>",
    )
  })
  for (const { name, colour, x, y } of legend) {
    parts.push(
      `<rect x="${short(x)}" y="${y + 4}" width="16" height="16" fill="${escaped(colour)}"/>`,
      `<text x="${short(x + 24)}" y="${y + 17}" font-size="14" fill="${escaped(sheet.text)}">${escaped(name)}</text>`,
    )
  }
  parts.push("</svg>")
  return new Blob([parts.join("\n")], { type: "image/svg+xml" })
}

function circlesOf({ at, radius, inside }, { name, colour }, label) {
  const circles = []
  for (let i = 0; i < at.x.length; i++) {
    const share = inside(i, label)
    if (!share) continue
    const faint = share < 1 ? ` opacity="${short(share)}"` : ""
    circles.push(`<circle cx="${short(at.x[i])}" cy="${short(at.y[i])}" r="${short(radius)}"${faint}/>`)
  }
  if (!circles.length) return ""
  return `<g fill="${escaped(colour)}" fill-opacity="${ALPHA}"><title>${escaped(name)}</title>${circles.join("")}</g>`
}

function svgNames(boxes, { text, background }) {
  return boxes
    .map(
      ({ text: name, x, y, colour, width }) =>
        `<text x="${short(x)}" y="${short(y + 5)}" font-size="${NAME_SIZE}" font-weight="700" text-anchor="middle" ` +
        `fill="${escaped(text)}" stroke="${escaped(background)}" stroke-width="4" stroke-linejoin="round" ` +
        `paint-order="stroke">${escaped(name)}</text>` +
        `<rect x="${short(x - width / 2 + 4)}" y="${short(y + 9)}" width="${short(width - 8)}" height="2.5" ` +
        `fill="${escaped(colour)}"/>`,
    )
    .join("")
}

function svgPicture(uri, x, y, size) {
  return `<image href="${escaped(uri)}" x="${short(x)}" y="${short(y)}" width="${size}" height="${size}"/>`
}

function svgMark(uri, text, x, y, { primary }) {
  const [left, top] = [x - FRAME / 2, y - FRAME - 10]
  return (
    `<g><title>${escaped(text)}</title><path d="M${short(x - 6)} ${short(y - 9)}h12l-6 9z" fill="${escaped(primary)}"/>` +
    `<rect x="${short(left - 3)}" y="${short(top - 3)}" width="${FRAME + 6}" height="${FRAME + 6}" rx="4" ` +
    `fill="${escaped(primary)}"/>${svgPicture(uri, left, top, FRAME)}</g>`
  )
}

function svgAxes(axes, { text, background }) {
  const lineOf = ([x, y, toX, toY]) =>
    `<path d="M${short(x)} ${short(y)}L${short(toX)} ${short(toY)}" stroke="${escaped(text)}" stroke-width="1.5"/>`
  return axes
    .map(
      ({ label, anchor, x, y, angle, line }) =>
        (line ? lineOf(line) : "") +
        `<text transform="translate(${short(x)} ${short(y)}) rotate(${angle})" y="4" font-size="12" ` +
        `text-anchor="${anchor === "end" ? "end" : "middle"}" fill="${escaped(text)}" stroke="${escaped(background)}" ` +
        `stroke-width="3" stroke-linejoin="round" paint-order="stroke">${escaped(label)}</text>`,
    )
    .join("")
}

const svgRing = (x, y, radius, { text }) =>
  `<ellipse cx="${short(x)}" cy="${short(y)}" rx="${short(radius)}" ry="${short(radius)}" fill="none" ` +
  `stroke="${escaped(text)}" stroke-width="2.5"/>`

function download(blob, name) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
