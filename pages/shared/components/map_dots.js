// Dots of a map, written into the pixels themselves: for ten thousand of them, twice, on a canvas that no graphics
// processor draws this takes a fortieth of what drawImage takes. Written to be put in front of `code_map`.
const ALPHA = 0.85
const FAINT = 0.12 // of ALPHA: what is not in the lasso, and what lies beneath pictures
const LEVELS = 8 // of shading by depth
const DEPTHS = 64
const FAR = 0.62 // how much of the background's colour the farthest points have
const SHAPES = new Map()
const ORDERS = new Map()

const rgb = (colour) => [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16))
const packed = ([r, g, b]) => (b << 16) | (g << 8) | r
const blend = (from, to, share) => from.map((value, i) => Math.round(mix(value, to[i], share)))

function dotRadius(count, zoom) {
  return clamp(3 * (1000 / Math.max(count, 1)) ** 0.27, 1.6, 3) * clamp(zoom ** 0.3, 1, 2.2)
}

// The same for the same count, and not class by class, or the last class would cover all others.
function shuffled(count) {
  if (ORDERS.has(count)) return ORDERS.get(count)
  const order = Int32Array.from({ length: count }, (_, i) => i)
  let seed = 12345
  for (let i = count - 1; i > 0; i--) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    const j = seed % (i + 1)
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  ORDERS.set(count, order)
  return order
}

// Where a dot's pixels are, counted from its middle one, and how much of each it covers (of 256); for the four places
// that its middle can have in a pixel, in halves, so that dots do not jump against each other in a slow move.
function dotShapes(radius, stride) {
  const key = `${radius}/${stride}`
  if (SHAPES.has(key)) return SHAPES.get(key)
  const far = Math.ceil(radius) + 1
  const shapes = [0, 1, 2, 3].map((place) => {
    const [mx, my] = [(place & 1) / 2 + 0.25, (place >> 1) / 2 + 0.25]
    const pixels = []
    for (let y = -far; y <= far; y++) {
      for (let x = -far; x <= far; x++) {
        const share = clamp(radius + 0.5 - Math.hypot(x + 0.5 - mx, y + 0.5 - my), 0, 1)
        if (share > 0.02) pixels.push([y * stride + x, share])
      }
    }
    return { far, offsets: Int32Array.from(pixels, ([at]) => at), shares: Float32Array.from(pixels, ([, share]) => share) }
  })
  if (SHAPES.size > 40) SHAPES.clear()
  SHAPES.set(key, shapes)
  return shapes
}

// Far to near, in `DEPTHS` steps.
function byDepth(order, z, depth) {
  const steps = new Uint8Array(z.length)
  const begin = new Int32Array(DEPTHS + 1)
  for (let i = 0; i < z.length; i++) {
    steps[i] = clamp(Math.floor(((z[i] / depth + 1) / 2) * DEPTHS), 0, DEPTHS - 1)
    begin[steps[i] + 1]++
  }
  for (let step = 0; step < DEPTHS; step++) begin[step + 1] += begin[step]
  const sorted = new Int32Array(z.length)
  for (const i of order) sorted[begin[steps[i]]++] = i
  return { sorted, steps }
}

// `at`: where the points are, in pixels of the page; `ratio` pixels of the canvas for each. `lit`: which points stand out,
// null if all do. `depth`: how far the cloud goes; 0 of a plane.
function paintDots(context, { at, shown, labels, colours, background, radius, lit, faint, depth, side, ratio }) {
  const size = Math.round(side * ratio)
  const wide = radius * ratio
  const margin = Math.ceil(wide) + 2
  const stride = size + 2 * margin
  const image = imageOf(context, stride)
  const pixels = new Int32Array(image.data.buffer)
  pixels.fill(0xff000000 | packed(background))
  const shapes = dotShapes(wide, stride)
  const { sorted, steps } = depth ? byDepth(shuffled(shown.length), at.z, depth) : { sorted: shuffled(shown.length) }
  const { x: xs, y: ys } = at
  const levels = depth ? LEVELS : 1
  const shades = colours.map((colour) =>
    Array.from({ length: levels }, (_, level) =>
      packed(blend(rgb(colour), background, depth ? FAR * (1 - level / (LEVELS - 1)) : 0)),
    ),
  )
  const weights = (alpha) => shapes.map(({ shares }) => Int32Array.from(shares, (share) => Math.round(share * alpha * 256)))
  const pass = (alpha, wanted) => {
    const covers = weights(alpha)
    for (let k = 0; k < sorted.length; k++) {
      const i = sorted[k]
      if (!shown[i] || (lit && lit[i] !== wanted)) continue
      const x = xs[i] * ratio
      const y = ys[i] * ratio
      if (!(x >= -wide && x < size + wide && y >= -wide && y < size + wide)) continue
      const column = Math.floor(x)
      const row = Math.floor(y)
      const place = (x - column >= 0.5 ? 1 : 0) + (y - row >= 0.5 ? 2 : 0)
      const shade = shades[labels[i]][depth ? (steps[i] * LEVELS) >> 6 : 0]
      cover(pixels, (row + margin) * stride + column + margin, shapes[place].offsets, covers[place], shade)
    }
  }
  if (lit) pass(ALPHA * FAINT, 0)
  pass(faint ? ALPHA * FAINT * 1.6 : ALPHA, 1)
  context.putImageData(image, -margin, -margin)
}

const IMAGES = new WeakMap()

function imageOf(context, stride) {
  if (IMAGES.get(context)?.width !== stride) IMAGES.set(context, new ImageData(stride, stride))
  return IMAGES.get(context)
}

// Red and blue are mixed at once, with green's room between them.
function cover(pixels, middle, offsets, weights, shade) {
  const redBlue = shade & 0xff00ff
  const green = shade & 0xff00
  for (let k = 0; k < offsets.length; k++) {
    const at = middle + offsets[k]
    const mine = weights[k]
    const rest = 256 - mine
    const old = pixels[at]
    const rb = ((Math.imul(old & 0xff00ff, rest) + Math.imul(redBlue, mine)) >>> 8) & 0xff00ff
    const g = ((Math.imul(old & 0xff00, rest) + Math.imul(green, mine)) >>> 8) & 0xff00
    pixels[at] = 0xff000000 | rb | g
  }
}
