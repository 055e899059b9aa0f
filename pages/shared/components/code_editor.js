const MOUNTS = new WeakMap()

export default function ({ data, parentElement }) {
  let editor = MOUNTS.get(parentElement)
  if (!editor) MOUNTS.set(parentElement, (editor = makeEditor(parentElement)))
  editor.show(data)
  return () => editor.listen(false)
}

function makeEditor(parent) {
  const root = document.createElement("div")
  root.className = "code-editor"
  root.innerHTML = `
    <figure><canvas class="digit x" width="28" height="28" role="img"></canvas>
      <figcaption>x, the image<br>784 numbers</figcaption></figure>
    <span class="arrow" aria-hidden="true">→</span>
    <div class="middle">
      <div class="bars" role="group" aria-label="The code. Drag a bar, or choose one with the left and right arrow keys and change it with up and down."></div>
      <div class="below"><span aria-live="polite"></span><button type="button">Reset the code</button></div>
    </div>
    <span class="arrow" aria-hidden="true">→</span>
    <figure><canvas class="digit x-hat" width="28" height="28" role="img"></canvas>
      <figcaption>x̂, redrawn<br><span class="error"></span></figcaption></figure>`
  parent.appendChild(root)
  const find = (selector) => root.querySelector(selector)
  const bars = find(".bars")
  const [text, reset] = [find(".below span"), find("button")]
  let shown = null // what the page last asked for
  let z, low, high
  let held = -1

  const y = (i, value) => (100 * (high[i] - value)) / (high[i] - low[i])

  function drawBar(i) {
    const bar = bars.children[i]
    const [top, bottom] = [y(i, z[i]), y(i, 0)].sort((a, b) => a - b)
    const fill = bar.querySelector(".fill")
    fill.style.top = `${top}%`
    fill.style.height = `${Math.max(bottom - top, 1)}%`
    bar.classList.toggle("changed", z[i] !== shown.code[i])
    bar.setAttribute("aria-valuenow", z[i].toFixed(2))
    bar.title = `z[${i}] = ${z[i].toFixed(2)}`
  }

  function redraw() {
    const layers = DECODERS.get(shown.decoder)
    if (!layers) return
    const pixels = decode(layers, z)
    paintDigit(find(".x-hat"), pixels)
    let sum = 0
    for (let i = 0; i < 784; i++) sum += (pixels[i] - shown.x[i] / 255) ** 2
    find(".error").textContent = `squared error ${(sum / 784).toFixed(4)}`
    const changed = z.reduce((n, value, i) => n + (value !== shown.code[i]), 0)
    reset.disabled = !changed
    root.dataset.changed = changed
  }

  function say(i) {
    text.textContent =
      i >= 0 ? `z[${i}] = ${z[i].toFixed(2)} (the image's: ${shown.code[i].toFixed(2)})` : shown.hint
  }

  function set(i, value) {
    z[i] = Math.min(Math.max(value, low[i]), high[i])
    drawBar(i)
    redraw()
    say(i)
  }

  function makeBars(n) {
    bars.replaceChildren(
      ...Array.from({ length: n }, (_, i) => {
        const bar = document.createElement("div")
        bar.className = "bar"
        bar.tabIndex = i === 0 ? 0 : -1
        bar.setAttribute("role", "slider")
        bar.setAttribute("aria-orientation", "vertical")
        bar.setAttribute("aria-label", `Number ${i} of the code`)
        bar.innerHTML = `<div class="zero" style="top:${y(i, 0)}%"></div><div class="fill"></div>`
        bar.setAttribute("aria-valuemin", low[i].toFixed(2))
        bar.setAttribute("aria-valuemax", high[i].toFixed(2))
        return bar
      }),
    )
  }

  const valueAt = (i, event) => {
    const box = bars.getBoundingClientRect()
    return high[i] - ((event.clientY - box.top) / box.height) * (high[i] - low[i])
  }
  bars.addEventListener("pointerdown", (event) => {
    held = [...bars.children].indexOf(event.target.closest(".bar"))
    if (held < 0) return
    bars.setPointerCapture(event.pointerId)
    choose(held)
    set(held, valueAt(held, event))
    event.preventDefault()
  })
  bars.addEventListener("pointermove", (event) => held >= 0 && set(held, valueAt(held, event)))
  for (const kind of ["pointerup", "pointercancel"]) bars.addEventListener(kind, () => (held = -1))

  function choose(i) {
    for (const [j, bar] of [...bars.children].entries()) bar.tabIndex = i === j ? 0 : -1
    bars.children[i].focus({ preventScroll: true })
  }
  bars.addEventListener("keydown", (event) => {
    const i = [...bars.children].indexOf(event.target)
    const step = (high[i] - low[i]) / 20
    const moves = { ArrowUp: step, ArrowDown: -step, PageUp: 4 * step, PageDown: -4 * step }
    if (event.key in moves) set(i, z[i] + moves[event.key])
    else if (event.key === "ArrowLeft") choose(Math.max(i - 1, 0))
    else if (event.key === "ArrowRight") choose(Math.min(i + 1, z.length - 1))
    else if (event.key === "Home") set(i, low[i])
    else if (event.key === "End") set(i, high[i])
    else return
    event.preventDefault()
  })
  bars.addEventListener("focusin", (event) => say([...bars.children].indexOf(event.target)))
  reset.addEventListener("click", () => {
    z = Float32Array.from(shown.code)
    for (let i = 0; i < z.length; i++) drawBar(i)
    redraw()
    say(-1)
  })

  const arrived = (event) => event.detail === shown?.decoder && redraw()
  const listen = (on) => document[on ? "addEventListener" : "removeEventListener"]("aecore-decoder", arrived)

  function show(data) {
    listen(true)
    const asked = JSON.stringify(data)
    if (asked === shown?.asked) return redraw()
    // Room for going further than any digit has gone, on either side; also for a number that no digit uses.
    const widest = Math.max(...data.high.map((value, i) => value - data.low[i]), 1e-3)
    const room = data.high.map((value, i) => Math.max(0.15 * (value - data.low[i]), 0.05 * widest))
    low = data.low.map((value, i) => Math.min(value, data.code[i], 0) - room[i])
    high = data.high.map((value, i) => Math.max(value, data.code[i], 0) + room[i])
    shown = { ...data, asked, code: Float32Array.from(data.code) }
    z = Float32Array.from(data.code)
    makeBars(z.length)
    for (let i = 0; i < z.length; i++) drawBar(i)
    paintDigit(find(".x"), data.x.map((value) => value / 255))
    find(".x").setAttribute("aria-label", "The image")
    find(".x-hat").setAttribute("aria-label", "The image, redrawn from the code")
    say(-1)
    redraw()
  }
  return { show, listen }
}
