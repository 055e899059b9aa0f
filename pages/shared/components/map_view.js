// Where a map's points stand on the screen: views to pan, zoom and turn, and which point is near a place of the screen.
// Written to be put in front of `code_map`.
const MARGIN = 1.1 // of a fitted view, so that no dot and no name stands at its edge
const FARTHEST = 2 // times the fitted view
const NEAREST = 400
const CANDIDATES = 60 // points of a class around which others are counted
const CELL = 16 // pixels of the index of points
const FACTS = new WeakMap()

const clamp = (value, low, high) => Math.min(Math.max(value, low), high)
const mix = (from, to, share) => from + (to - from) * share

// What is known of a frame without looking at each point again: its middle, how far it goes, and where each class is.
function factsOf(frame, dims, labels) {
  const known = FACTS.get(frame)
  if (known?.labels === labels) return known
  const facts = { labels, ...extentOf(frame.xyz, dims), places: placesOf(frame.xyz, dims, labels) }
  FACTS.set(frame, facts)
  return facts
}

function extentOf(xyz, dims) {
  const low = [Infinity, Infinity, Infinity]
  const high = [-Infinity, -Infinity, -Infinity]
  for (let i = 0; i < xyz.length; i++) {
    const axis = i % dims
    if (xyz[i] < low[axis]) low[axis] = xyz[i]
    if (xyz[i] > high[axis]) high[axis] = xyz[i]
  }
  const known = (axis) => high[axis] >= low[axis]
  const pivot = [0, 1, 2].map((axis) => (known(axis) ? (low[axis] + high[axis]) / 2 : 0))
  const sides = [0, 1, 2].map((axis) => (known(axis) ? high[axis] - low[axis] : 0))
  // A cloud that can be turned must have room at every angle.
  const span = dims === 2 ? Math.max(...sides) : 2 * radiusOf(xyz, pivot)
  return { pivot, span: span > 0 ? span * MARGIN : 1, depth: span / 2 || 1 }
}

function radiusOf(xyz, pivot) {
  let most = 0
  for (let i = 0; i + 2 < xyz.length; i += 3) {
    const far = (xyz[i] - pivot[0]) ** 2 + (xyz[i + 1] - pivot[1]) ** 2 + (xyz[i + 2] - pivot[2]) ** 2
    if (far > most) most = far
  }
  return Math.sqrt(most)
}

// Where each class is densest: its middle may be foreign ground.
function placesOf(xyz, dims, labels) {
  const classes = []
  for (let i = 0; i < labels.length && (i + 1) * dims <= xyz.length; i++) {
    if (!Number.isNaN(xyz[i * dims])) (classes[labels[i]] ??= []).push(xyz.subarray(i * dims, (i + 1) * dims))
  }
  return classes.map((points) => densest(points, dims))
}

function densest(points, dims) {
  const axes = [...Array(dims).keys()]
  const far = (a, b) => Math.hypot(...axes.map((axis) => a[axis] - b[axis]))
  const median = axes.map((axis) => Float32Array.from(points, (point) => point[axis]).sort()[points.length >> 1])
  const spread = Float32Array.from(points, (point) => far(point, median)).sort()[points.length >> 1]
  const candidates = [median, ...points.filter((_, i) => i % Math.ceil(points.length / CANDIDATES) === 0)]
  let most = []
  for (const candidate of candidates) {
    const near = points.filter((point) => far(point, candidate) <= spread / 2)
    if (near.length > most.length) most = near
  }
  return most.length ? axes.map((axis) => most.reduce((sum, point) => sum + point[axis], 0) / most.length) : median
}

// A view: `pivot` is what the cloud turns about, `turn` how it is turned (3 × 3), (`x`, `y`) of the turned cloud stands in
// the middle of the screen, and `span` of it goes from edge to edge. `own`: the visitor's, no longer fitted.

const newView = () => ({ pivot: [0, 0, 0], span: 1, x: 0, y: 0, turn: [1, 0, 0, 0, 1, 0, 0, 0, 1], own: false })

function fitView(view, pivot, span) {
  Object.assign(view, { pivot, span, x: 0, y: 0 })
}

// Screen positions of all points in `to.x`, `to.y` and, of a cloud, how near they are in `to.z`.
function project(xyz, dims, view, side, to) {
  const scale = side / view.span
  const [a, b, c, d, e, f, g, h, k] = view.turn
  const [px, py, pz] = view.pivot
  const [left, top] = [side / 2 - view.x * scale, side / 2 + view.y * scale]
  const { x: xs, y: ys, z: zs } = to
  if (dims === 2) {
    for (let i = 0; i < xs.length; i++) {
      xs[i] = left + (xyz[2 * i] - px) * scale
      ys[i] = top - (xyz[2 * i + 1] - py) * scale
    }
    return
  }
  for (let i = 0; i < xs.length; i++) {
    const x = xyz[3 * i] - px
    const y = xyz[3 * i + 1] - py
    const z = xyz[3 * i + 2] - pz
    xs[i] = left + (a * x + b * y + c * z) * scale
    ys[i] = top - (d * x + e * y + f * z) * scale
    zs[i] = g * x + h * y + k * z
  }
}

function projectOne(at, view, side) {
  // Of the same kinds as for all points, or the browser would make slower code for those.
  const to = { x: new Float32Array(1), y: new Float32Array(1), z: new Float32Array(1) }
  project(Float32Array.from(at), at.length, view, side, to)
  return [to.x[0], to.y[0]]
}

// `x`, `y`: the place of the screen, measured from the middle, that stays where it is.
function zoomView(view, factor, x, y, side, fitted) {
  const span = clamp(view.span / factor, fitted / NEAREST, fitted * FARTHEST)
  view.x += ((view.span - span) * x) / side
  view.y -= ((view.span - span) * y) / side
  view.span = span
  view.own = true
}

function panView(view, x, y, side) {
  view.x -= (x * view.span) / side
  view.y += (y * view.span) / side
  view.own = true
}

function turnView(view, right, down) {
  const [cr, sr, cd, sd] = [Math.cos(right), Math.sin(right), Math.cos(down), Math.sin(down)]
  const about = (one, two, cos, sin) => {
    for (let column = 0; column < 3; column++) {
      const [p, q] = [view.turn[3 * one + column], view.turn[3 * two + column]]
      view.turn[3 * one + column] = cos * p - sin * q
      view.turn[3 * two + column] = sin * p + cos * q
    }
  }
  about(2, 0, cr, sr)
  about(1, 2, cd, sd)
  straighten(view.turn)
}

// Many small turns would otherwise bend the cloud, little by little.
function straighten(turn) {
  const rows = [0, 3, 6].map((at) => turn.slice(at, at + 3))
  const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
  rows.forEach((row, i) => {
    for (const other of rows.slice(0, i)) {
      const along = dot(row, other)
      for (let k = 0; k < 3; k++) row[k] -= along * other[k]
    }
    const length = Math.sqrt(dot(row, row))
    for (let k = 0; k < 3; k++) turn[3 * i + k] = row[k] /= length
  })
}

// The points of the screen by cells, as lists one behind the other: those of cell c are items[begin[c] … begin[c + 1]].
function indexPoints(at, shown, side) {
  const columns = Math.ceil(side / CELL) + 2
  const cells = new Int32Array(at.x.length).fill(-1)
  const begin = new Int32Array(columns * columns + 1)
  for (let i = 0; i < cells.length; i++) {
    if (!shown[i] || !(at.x[i] >= -CELL && at.x[i] < side + CELL && at.y[i] >= -CELL && at.y[i] < side + CELL)) continue
    cells[i] = (Math.floor(at.y[i] / CELL) + 1) * columns + Math.floor(at.x[i] / CELL) + 1
    begin[cells[i] + 1]++
  }
  for (let cell = 0; cell < columns * columns; cell++) begin[cell + 1] += begin[cell]
  const next = begin.slice()
  const items = new Int32Array(begin[columns * columns])
  for (let i = 0; i < cells.length; i++) if (cells[i] >= 0) items[next[cells[i]]++] = i
  return { columns, begin, items }
}

// The point nearest to (x, y), at most `most` pixels away; of two at the same place the one in front. -1 if there is none.
function nearestPoint(index, at, x, y, most) {
  let found = -1
  let least = most * most
  const last = index.columns - 1
  const cellOf = (value) => clamp(Math.floor(value / CELL) + 1, 0, last)
  for (let row = cellOf(y - most); row <= cellOf(y + most); row++) {
    const from = index.begin[row * index.columns + cellOf(x - most)]
    const to = index.begin[row * index.columns + cellOf(x + most) + 1]
    for (let k = from; k < to; k++) {
      const i = index.items[k]
      const away = (at.x[i] - x) ** 2 + (at.y[i] - y) ** 2
      if (away > least || (away === least && found >= 0 && at.z[i] <= at.z[found])) continue
      least = away
      found = i
    }
  }
  return found
}

function isInside(polygon, x, y) {
  let inside = false
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [polygon[i], polygon[j]]
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside
  }
  return inside
}
