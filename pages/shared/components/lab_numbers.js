// The arithmetic of the labs, as aecore.imaging.convolution has it, and numbers as text.
// Written to be put in front of the labs.

// Maps of (h, w, c) numbers, row by row, as they come from the server: float32 in base64.
function unpackMaps({ shape, bytes }) {
  const raw = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0))
  const [h, w, c] = shape
  return { h, w, c, values: new Float32Array(raw.buffer) }
}

const emptyMap = (h, w) => ({ h, w, c: 1, values: new Float32Array(h * w) })

// What lies outside of the picture counts as 0.
function valueAt(maps, row, column, channel = 0) {
  if (row < 0 || column < 0 || row >= maps.h || column >= maps.w) return 0
  return maps.values[(row * maps.w + column) * maps.c + channel]
}

const isInside = (maps, row, column) => row >= 0 && column >= 0 && row < maps.h && column < maps.w

// How a window of `size` numbers a side goes over a picture: how many places it has, and what stands around the picture.
function planOf(h, w, size, { stride, padding, dilation = 1 }) {
  const covered = (size - 1) * dilation + 1
  const along = (side) => {
    if (padding !== "same") return { places: Math.floor((side - covered) / stride) + 1, before: 0, after: 0 }
    const places = Math.ceil(side / stride)
    const total = Math.max((places - 1) * stride + covered - side, 0)
    const before = Math.floor(total / 2)
    return { places, before, after: total - before }
  }
  const [down, across] = [along(h), along(w)]
  return {
    size, stride, dilation, covered,
    rows: down.places, columns: across.places,
    top: down.before, bottom: down.after, left: across.before, right: across.after,
  }
}

// Where in the picture the window's number (i, j) lies when the window is at its place (row, column).
const cellAt = (plan, [row, column], i, j) => [
  row * plan.stride + i * plan.dilation - plan.top,
  column * plan.stride + j * plan.dilation - plan.left,
]

// The sum of what one slice of the filter makes of the field. `kernel`: (size, size, c) numbers, row by row.
function sliceSum(maps, kernel, plan, at, channel) {
  let sum = 0
  for (let i = 0; i < plan.size; i++) {
    for (let j = 0; j < plan.size; j++) {
      const [row, column] = cellAt(plan, at, i, j)
      sum += valueAt(maps, row, column, channel) * kernel[(i * plan.size + j) * maps.c + channel]
    }
  }
  return sum
}

function convolved(maps, kernel, plan, bias, relu) {
  const out = emptyMap(plan.rows, plan.columns)
  for (let row = 0; row < plan.rows; row++) {
    for (let column = 0; column < plan.columns; column++) {
      let sum = bias
      for (let channel = 0; channel < maps.c; channel++) sum += sliceSum(maps, kernel, plan, [row, column], channel)
      out.values[row * plan.columns + column] = relu ? Math.max(sum, 0) : sum
    }
  }
  return out
}

// The numbers of the picture under a pooling window, [{row, column, value}], and which of them is the largest.
function windowOf(maps, plan, at) {
  const cells = []
  for (let i = 0; i < plan.size; i++) {
    for (let j = 0; j < plan.size; j++) {
      const [row, column] = cellAt(plan, at, i, j)
      if (isInside(maps, row, column)) cells.push({ i, j, row, column, value: valueAt(maps, row, column) })
    }
  }
  const winner = cells.reduce((best, cell) => (cell.value > best.value ? cell : best))
  return { cells, winner, mean: cells.reduce((sum, { value }) => sum + value, 0) / cells.length }
}

function pooled(maps, plan, kind) {
  const out = emptyMap(plan.rows, plan.columns)
  for (let row = 0; row < plan.rows; row++) {
    for (let column = 0; column < plan.columns; column++) {
      const { winner, mean } = windowOf(maps, plan, [row, column])
      out.values[row * plan.columns + column] = kind === "max" ? winner.value : mean
    }
  }
  return out
}

// Where the filter's number (i, j) lands in the result, when the number of the picture at (row, column) stamps it.
const stampAt = (plan, [row, column], i, j) => [row * plan.stride + i - plan.top, column * plan.stride + j - plan.left]

// As aecore.imaging.convolution.convolve_transposed: the result is `stride` times as large, and what lies beyond is cut off.
function stampPlan(maps, size, stride) {
  const [h, w] = [maps.h * stride, maps.w * stride]
  const { top, left } = planOf(h, w, size, { stride, padding: "same" })
  return { size, stride, top, left, h, w }
}

function stamped(maps, weights, plan, bias, relu, isIn) {
  const [out, counts] = [emptyMap(plan.h, plan.w), emptyMap(plan.h, plan.w)]
  for (let row = 0; row < maps.h; row++) {
    for (let column = 0; column < maps.w; column++) {
      if (!isIn(row, column)) continue
      const value = valueAt(maps, row, column)
      for (let i = 0; i < plan.size; i++) {
        for (let j = 0; j < plan.size; j++) {
          const [r, c] = stampAt(plan, [row, column], i, j)
          if (!isInside(out, r, c)) continue
          out.values[r * plan.w + c] += value * weights[i * plan.size + j]
          counts.values[r * plan.w + c] += 1
        }
      }
    }
  }
  out.values.forEach((sum, k) => (out.values[k] = relu ? Math.max(sum + bias, 0) : sum + bias))
  return { out, counts }
}

// As text: as few decimals as tell it, with a true minus.
function say(value) {
  const size = Math.abs(value)
  const places = size >= 100 ? 1 : size >= 0.1 || size === 0 ? 2 : size >= 0.01 ? 3 : 4
  const text = String(Number(value.toFixed(places)))
  return text === "-0" ? "0" : text.replace("-", "−")
}

// In a cell of a grid of `size` numbers a side, which has little room where these are many.
function sayIn(value, size) {
  if (size < 6) return say(value)
  return say(Number(value.toFixed(Math.abs(value) < 100 ? 2 : 0)))
}

const sayFactor = (value) => (value < 0 ? `(${say(value)})` : say(value))

// A number that somebody has typed; null for what is none.
function parseNumber(text) {
  const plain = text.trim().replace("−", "-").replace(",", ".")
  const value = Number(plain)
  return plain === "" || !Number.isFinite(value) ? null : value
}
