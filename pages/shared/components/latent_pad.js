// The latent plane: drag, and the decoder redraws at the screen's rate. The server hears of it when the hand lets go.
const MOUNTS = new WeakMap()
const SIDE = 520 // pixels of the plane's own canvas
const KEY_STEP = 0.05
const SEND_AFTER_KEYS_MS = 350
const STRIP = 9 // pictures of a traversal
const REACH = 3 // standard deviations of a traversal and of a slider
const TILES = 22 // a side of the manifold in the background
const CHUNK_MS = 8

const gauss = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random())

export default function ({ data, parentElement, setStateValue }) {
  let pad = MOUNTS.get(parentElement)
  if (!pad) MOUNTS.set(parentElement, (pad = makePad(parentElement)))
  pad.send = (z) => setStateValue("z", z)
  pad.show(data)
  return () => pad.listen(false)
}

function makePad(parent) {
  const root = document.createElement("div")
  root.className = "latent-pad"
  root.innerHTML = `
    <div class="plane">
      <canvas class="pad" width="${SIDE}" height="${SIDE}" tabindex="0" role="application"></canvas>
      <div class="legend" role="group" aria-label="Classes shown"></div>
    </div>
    <div class="side">
      <div class="out">
        <figure><canvas class="digit" width="28" height="28" role="img" aria-label="What the decoder draws"></canvas>
          <figcaption>drawn here</figcaption></figure>
        <figure class="nearest"><img alt=""><figcaption></figcaption></figure>
        <div class="where" aria-live="polite"></div>
      </div>
      <div class="buttons">
        <button type="button" class="reset">To the middle</button>
        <button type="button" class="random">Random</button>
        <button type="button" class="manifold" aria-pressed="false">Digits in the background</button>
      </div>
      <div class="sliders"></div>
      <div class="strip"><span></span><canvas height="28" width="${STRIP * 28}" role="img"></canvas></div>
    </div>`
  parent.appendChild(root)
  const find = (selector) => root.querySelector(selector)
  const canvas = find(".pad")
  const context = canvas.getContext("2d")
  const points = document.createElement("canvas") // drawn once, copied for each frame
  const tiles = document.createElement("canvas")
  points.width = points.height = SIDE
  tiles.width = tiles.height = TILES * 28
  const pad = { send: () => {}, show, listen }
  let data = null
  let asked = ""
  let z = new Float32Array(2)
  let drawnPoints = "" // what the canvases hold
  let drawnTiles = ""
  let withTiles = false
  let hidden = new Set()
  let strip = 0 // the number whose traversal is shown
  let frame = 0
  let timer = 0
  let dragging = false
  let unanswered = [] // moves that the server has not answered yet

  const layers = () => DECODERS.get(data.decoder)
  const version = () => globalThis.aecoreVersions?.get(data.decoder) ?? ""
  const toScreen = (value) => ((value + data.reach) / (2 * data.reach)) * SIDE
  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim()

  // Drawing: everything that changes with z, once a frame of the screen.

  function schedule() {
    frame ||= requestAnimationFrame(draw)
  }

  function draw() {
    frame = 0
    const begin = performance.now()
    if (data.plane) drawPlane()
    const net = layers()
    if (net) paintDigit(find(".digit"), decode(net, z))
    const ms = performance.now() - begin
    const times = (globalThis.aecorePadTimes ??= [])
    times.push([begin, ms])
    if (times.length > 2000) times.splice(0, 1000)
    const [a, b] = data.axes
    const stale = !data.nearest || z.some((value, i) => Math.abs(value - data.z[i]) > 5e-3)
    find(".nearest").classList.toggle("stale", stale)
    find(".where").innerHTML =
      `z<sub>${a}</sub> = ${z[a].toFixed(2)}<br>z<sub>${b}</sub> = ${z[b].toFixed(2)}<br>` +
      `<small>${Math.hypot(...z).toFixed(2)} σ from the middle</small>`
    for (const input of root.querySelectorAll(".sliders input")) {
      const i = Number(input.dataset.i)
      if (Math.abs(Number(input.value) - z[i]) > 5e-3) input.value = z[i]
      input.nextElementSibling.textContent = z[i].toFixed(2)
    }
  }

  function drawPlane() {
    const text = colour("--st-text-color") || "#888"
    context.clearRect(0, 0, SIDE, SIDE)
    if (withTiles) {
      makeTiles()
      context.drawImage(tiles, 0, 0, SIDE, SIDE)
    }
    drawPoints()
    context.globalAlpha = withTiles ? 0.35 : 1
    context.drawImage(points, 0, 0)
    context.globalAlpha = 1
    context.strokeStyle = withTiles ? "#fff" : text
    context.fillStyle = context.strokeStyle
    context.font = "13px sans-serif"
    for (const sigma of [1, 2, 3]) {
      const radius = toScreen(sigma) - SIDE / 2
      context.globalAlpha = 0.45
      context.lineWidth = 1
      context.beginPath()
      context.arc(SIDE / 2, SIDE / 2, radius, 0, 7)
      context.stroke()
      context.globalAlpha = 0.8
      context.fillText(`${sigma}σ`, SIDE / 2 + radius * 0.707 + 3, SIDE / 2 - radius * 0.707 - 3)
    }
    context.globalAlpha = 1
    for (const mark of data.marks) {
      const [x, y] = [toScreen(mark.z[0]), SIDE - toScreen(mark.z[1])]
      context.lineWidth = 2.5
      context.strokeStyle = withTiles ? "#fff" : text
      context.strokeRect(x - 7, y - 7, 14, 14)
      context.fillText(mark.name, x + 11, y + 5)
    }
    const [x, y] = [toScreen(z[data.axes[0]]), SIDE - toScreen(z[data.axes[1]])]
    for (const [width, style] of [[6, "#000"], [3, "#fff"]]) {
      context.lineWidth = width
      context.strokeStyle = style
      context.beginPath()
      context.arc(x, y, 10, 0, 7)
      context.stroke()
    }
  }

  function drawPoints() {
    const cloud = globalThis.aecorePoints?.get(data.points)
    const key = JSON.stringify([data.points, cloud?.version, data.reach, [...hidden], data.colours])
    if (drawnPoints === key) return
    drawnPoints = key
    const to = points.getContext("2d")
    to.clearRect(0, 0, SIDE, SIDE)
    if (!cloud) return
    to.globalAlpha = 0.7
    for (let i = 0; i < cloud.labels.length; i++) {
      if (hidden.has(cloud.labels[i])) continue
      to.fillStyle = data.colours[cloud.labels[i]]
      to.beginPath()
      to.arc(toScreen(cloud.xy[2 * i]), SIDE - toScreen(cloud.xy[2 * i + 1]), 1.7, 0, 7)
      to.fill()
    }
  }

  // The manifold in the background, a few pictures at a time so that nothing stutters.
  function makeTiles() {
    const others = [...z].filter((_, i) => !data.axes.includes(i)).map((v) => v.toFixed(2))
    const key = JSON.stringify([data.decoder, version(), data.reach, data.axes, others])
    if (drawnTiles === key || !layers()) return
    drawnTiles = key
    const to = tiles.getContext("2d")
    const one = document.createElement("canvas")
    one.width = one.height = 28
    let at = 0
    const work = () => {
      const until = performance.now() + CHUNK_MS
      const code = Float32Array.from(z)
      while (at < TILES * TILES && performance.now() < until) {
        const [row, column] = [Math.floor(at / TILES), at % TILES]
        code[data.axes[0]] = ((column + 0.5) / TILES) * 2 * data.reach - data.reach
        code[data.axes[1]] = data.reach - ((row + 0.5) / TILES) * 2 * data.reach
        paintDigit(one, decode(layers(), code))
        to.drawImage(one, column * 28, row * 28)
        at++
      }
      schedule()
      if (at < TILES * TILES && drawnTiles === key) setTimeout(work, 0)
    }
    work()
  }

  function drawStrip() {
    const net = layers()
    const [text, to] = [find(".strip span"), find(".strip canvas").getContext("2d")]
    text.textContent = `Only z${subscript(strip)} changes, from −3 to 3:`
    find(".strip canvas").setAttribute("aria-label", `Digits as number ${strip} of the code goes from -3 to 3`)
    if (!net) return
    const one = document.createElement("canvas")
    one.width = one.height = 28
    const code = Float32Array.from(z)
    for (let i = 0; i < STRIP; i++) {
      code[strip] = -REACH + (2 * REACH * i) / (STRIP - 1)
      paintDigit(one, decode(net, code))
      to.drawImage(one, 28 * i, 0)
    }
  }

  const subscript = (i) => [...String(i)].map((c) => "₀₁₂₃₄₅₆₇₈₉"[c]).join("")

  // Moving.

  function send() {
    clearTimeout(timer)
    drawStrip()
    const rounded = [...z].map((value) => Math.round(value * 1000) / 1000)
    unanswered.push(rounded)
    pad.send(rounded)
  }
  // Whether the server's z is but its answer to a move of one's own, after which the hand may be somewhere else by now.
  function isAnswer(to) {
    const at = unanswered.findIndex((mine) => mine.every((value, i) => Math.abs(value - to[i]) < 2e-3))
    unanswered = unanswered.slice(at + 1)
    return at >= 0
  }
  function sendSoon() {
    clearTimeout(timer)
    timer = setTimeout(send, SEND_AFTER_KEYS_MS)
  }
  function move(event) {
    const box = canvas.getBoundingClientRect()
    const at = (share) => Math.min(Math.max(share, 0), 1) * 2 * data.reach - data.reach
    z[data.axes[0]] = at((event.clientX - box.left) / box.width)
    z[data.axes[1]] = -at((event.clientY - box.top) / box.height)
    schedule()
  }
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return
    dragging = true
    canvas.setPointerCapture(event.pointerId)
    canvas.focus({ preventScroll: true })
    move(event)
    event.preventDefault()
  })
  canvas.addEventListener("pointermove", (event) => dragging && move(event))
  for (const kind of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(kind, () => {
      if (!dragging) return
      dragging = false
      send()
    })
  }
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 1], ArrowDown: [1, -1] }
    if (!(event.key in moves)) return
    const [which, sign] = moves[event.key]
    const i = data.axes[which]
    z[i] = Math.min(Math.max(z[i] + sign * KEY_STEP * (event.shiftKey ? 5 : 1), -data.reach), data.reach)
    schedule()
    sendSoon()
    event.preventDefault()
  })
  find(".reset").addEventListener("click", () => {
    z.fill(0)
    schedule()
    send()
  })
  find(".random").addEventListener("click", () => {
    z = z.map(gauss)
    schedule()
    send()
  })
  find(".manifold").addEventListener("click", (event) => {
    withTiles = !withTiles
    event.target.setAttribute("aria-pressed", withTiles)
    schedule()
  })

  function makeSliders() {
    find(".sliders").replaceChildren(
      ...data.order.map((i) => {
        const label = document.createElement("label")
        label.innerHTML = `<span>z${subscript(i)}</span>
          <input type="range" min="-${REACH}" max="${REACH}" step="0.01" data-i="${i}" aria-label="Latent number ${i}">
          <output></output>`
        label.title = data.tips[i]
        const input = label.querySelector("input")
        input.addEventListener("input", () => {
          z[i] = Number(input.value)
          schedule()
        })
        input.addEventListener("focus", () => {
          strip = i
          drawStrip()
        })
        input.addEventListener("change", send)
        return label
      }),
    )
  }

  function makeLegend() {
    find(".legend").replaceChildren(
      ...data.classes.map((name, label) => {
        const button = document.createElement("button")
        button.type = "button"
        button.textContent = name
        button.style.borderBottomColor = data.colours[label]
        button.title = `Show or hide ${name}`
        button.setAttribute("aria-pressed", !hidden.has(label))
        button.addEventListener("click", () => {
          if (!hidden.delete(label)) hidden.add(label)
          button.setAttribute("aria-pressed", !hidden.has(label))
          schedule()
        })
        return button
      }),
    )
  }

  const arrived = () => {
    schedule()
    drawStrip()
  }
  function listen(on) {
    const change = on ? "addEventListener" : "removeEventListener"
    document[change]("aecore-decoder", arrived)
    document[change]("aecore-points", arrived)
  }

  function show(next) {
    listen(true)
    const before = data
    data = next
    const text = JSON.stringify(next)
    if (text === asked) return schedule()
    asked = text
    canvas.setAttribute(
      "aria-label",
      `The latent plane of numbers ${data.axes[0]} and ${data.axes[1]}. Drag, or use the arrow keys, with shift for larger steps.`,
    )
    find(".plane").style.display = data.plane ? "" : "none"
    const other = before?.z.length !== data.z.length || before.decoder !== data.decoder
    if (other || JSON.stringify(before.z) !== JSON.stringify(data.z)) {
      if (other || (!isAnswer(data.z) && !dragging)) z = Float32Array.from(data.z)
    }
    if (other) {
      strip = data.order[0]
      hidden = new Set()
    }
    if (other || JSON.stringify(before.order) !== JSON.stringify(data.order)) makeSliders()
    makeLegend()
    if (data.nearest) find(".nearest img").src = data.nearest.uri
    find(".nearest img").alt = find(".nearest figcaption").textContent = data.nearest?.text ?? "looking …"
    drawStrip()
    schedule()
  }
  return pad
}
