// Where the window stands, what of the result is filled in, and how both go on: playing, by steps, keys and hand.
// Written to be put in front of the labs.
const SPEEDS = [1, 2, 4, 8, 16, 32, 64, 128] // pixels per second
const CALM_SPEED = 2
const SEND_AFTER_MS = 350
const TELL_AFTER_MS = 700

const wantsCalm = matchMedia("(prefers-reduced-motion: reduce)")

// `on.moved()` is called when there is something else to draw, `on.stopped(at)` where the visitor comes to rest, and
// `on.describe()` gives a sentence about the place for those who cannot see it.
function makePlayer(host, on) {
  host.innerHTML = `
    <button type="button" class="play"></button>
    <button type="button" class="step">Step</button>
    <button type="button" class="fill"></button>
    <label class="speed">Speed <input type="range" min="0" max="${SPEEDS.length - 1}" step="1"
      aria-label="Speed, pixels per second"></label>
    <span class="places"></span><span class="told" role="status" aria-live="polite"></span>`
  const find = (selector) => host.querySelector(selector)
  const player = { at: [0, 0], has, setGrid, moveTo, press, isPlaying: () => playing, isBusy, setPlaces, fill, rest }
  let [rows, columns] = [1, 1]
  let filled = new Uint8Array(1).fill(1)
  let playing = false
  let last = 0
  let due = 0 // parts of a step
  let timer = 0
  let telling = 0
  find(".speed input").value = wantsCalm.matches ? SPEEDS.indexOf(CALM_SPEED) : 5

  const number = () => player.at[0] * columns + player.at[1]
  const isFull = () => filled.every(Boolean)
  const isEdge = (at) => at >= rows * columns - 1

  // Whether the visitor is on the way, and the server does not know yet where to.
  function isBusy() {
    return playing || timer !== 0
  }

  function has(row, column) {
    return filled[row * columns + column] === 1
  }

  // A result of another size is filled in at once.
  function setGrid(newRows, newColumns, at) {
    if (newRows !== rows || newColumns !== columns) filled = new Uint8Array(newRows * newColumns).fill(1)
    rows = newRows
    columns = newColumns
    player.at = clamped(at)
    filled[number()] = 1
    label()
  }

  const clamped = (at) => [clampTo(at[0], rows - 1), clampTo(at[1], columns - 1)]
  const clampTo = (value, most) => Math.min(Math.max(Math.round(value) || 0, 0), most)

  function moveTo(at) {
    const next = clamped(at)
    if (next[0] === player.at[0] && next[1] === player.at[1]) return
    player.at = next
    filled[number()] = 1
    changed()
  }

  function changed() {
    label()
    on.moved()
    clearTimeout(telling)
    telling = setTimeout(() => (find(".told").textContent = on.describe()), TELL_AFTER_MS)
  }

  function rest(soon = false) {
    clearTimeout(timer)
    const stop = () => {
      timer = 0
      on.stopped(player.at)
    }
    if (soon) timer = setTimeout(stop, SEND_AFTER_MS)
    else stop()
  }

  function forward() {
    const next = (number() + 1) % (rows * columns)
    moveTo([Math.floor(next / columns), next % columns])
  }

  function fill(whole) {
    filled.fill(whole ? 1 : 0)
    filled[number()] = 1
    changed()
  }

  // Playing fills an empty result: one that is full already is emptied, and begun at its first pixel.
  function toggle() {
    playing = !playing
    if (playing) {
      if (isFull()) {
        filled.fill(0)
        player.at = [0, 0]
        filled[0] = 1
      }
      last = performance.now()
      due = 0
      requestAnimationFrame(tick)
      changed()
    } else rest()
    label()
  }

  function tick(now) {
    if (!playing || !host.isConnected) return void (playing = false)
    due += ((now - last) / 1000) * SPEEDS[find(".speed input").value]
    last = now
    for (; due >= 1 && playing; due--) {
      forward()
      if (isEdge(number())) {
        playing = false
        label()
        rest()
      }
    }
    if (playing) requestAnimationFrame(tick)
  }

  function label() {
    find(".play").textContent = playing ? "Pause" : "Play"
    find(".fill").textContent = isFull() ? "Empty it" : "Fill all"
  }

  // What a key does to the window; whether it did anything.
  function press(event) {
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }
    const far = event.shiftKey ? 5 : 1
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key in moves) moveTo(player.at.map((value, i) => value + far * moves[event.key][i]))
    else if (event.key === "Home") moveTo([0, 0])
    else if (event.key === "End") moveTo([rows - 1, columns - 1])
    else if (event.key !== " ") return
    event.preventDefault()
    if (event.key === " ") toggle()
    else rest(true)
  }

  // Buttons that lead to places worth seeing: [{label, at}].
  function setPlaces(places) {
    find(".places").replaceChildren(
      ...places.map(({ label, at }) => {
        const button = document.createElement("button")
        button.type = "button"
        button.textContent = label
        button.addEventListener("click", () => {
          moveTo(at)
          rest()
        })
        return button
      }),
    )
  }

  find(".play").addEventListener("click", toggle)
  find(".step").addEventListener("click", () => {
    forward()
    rest(true)
  })
  find(".fill").addEventListener("click", () => fill(!isFull()))
  label()
  return player
}
