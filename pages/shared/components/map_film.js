// The frames of a map: which one is shown, the way from one to the next, and the scrubber to leaf through them.
// Written to be put in front of `code_map`.
const PLAY_MS = 6000
const GLIDE_MS = 180

const calm = matchMedia("(prefers-reduced-motion: reduce)")

// The newest frame is shown until the visitor goes back. `film.xyz`, `film.facts`: what is drawn, of `film.frame` or on
// the way to it; `changed` is called when there is something else to draw.
function makeFilm(root, changed) {
  const film = { frame: null, xyz: null, facts: null, begin, show, advance, moves, scrubber: makeScrubber(root, goTo) }
  let map = null
  let isLive = false
  let held = null // the iteration the visitor went back to
  let glide = null
  let between = null // of its own: frames stay as they are

  function begin() {
    Object.assign(film, { frame: null, xyz: null, facts: null })
    map = held = glide = between = null
    film.scrubber.stop()
  }

  function show(nextMap, nextLive) {
    map = nextMap
    isLive = nextLive
    follow()
  }

  function position() {
    const last = map ? map.frames.length - 1 : -1
    if (held === null) return last
    const later = map.frames.findIndex(({ iteration }) => iteration >= held)
    return later < 0 ? last : later
  }

  function follow() {
    const wanted = map?.frames[position()] ?? null
    if (wanted !== film.frame) turnTo(wanted, film.scrubber.step() || (isLive && held === null ? GLIDE_MS : 0))
    film.scrubber.show(map?.frames ?? [], position(), isLive)
  }

  function goTo(shown) {
    held = shown >= map.frames.length - 1 ? null : map.frames[shown].iteration
    follow()
    changed()
  }

  function turnTo(next, ms) {
    const glides = film.frame && next && film.xyz && ms && !calm.matches
    glide = glides ? { xyz: film.xyz.slice(), facts: film.facts, begin: performance.now(), ms } : null
    film.frame = next
    changed()
  }

  function advance(now, labels) {
    film.scrubber.playOn(now)
    if (!film.frame) return
    const to = factsOf(film.frame, map.dims, labels)
    const share = glide ? clamp((now - glide.begin) / glide.ms, 0, 1) : 1
    if (share < 1) {
      film.xyz = mixed(glide.xyz, film.frame.xyz, share)
      film.facts = mixedFacts(glide.facts, to, share)
    } else {
      Object.assign(film, { xyz: film.frame.xyz, facts: to })
      glide = null
    }
  }

  function mixed(from, to, share) {
    if (between?.length !== to.length) between = new Float32Array(to.length)
    for (let i = 0; i < to.length; i++) {
      const value = from[i] + (to[i] - from[i]) * share
      between[i] = Number.isNaN(value) ? to[i] : value
    }
    return between
  }

  const mixedFacts = (from, to, share) => ({
    pivot: to.pivot.map((value, i) => mix(from.pivot[i], value, share)),
    span: mix(from.span, to.span, share),
    depth: mix(from.depth, to.depth, share),
    places: to.places.map((place, k) => place.map((value, i) => mix(from.places[k]?.[i] ?? value, value, share))),
  })

  function moves() {
    return Boolean(glide || film.scrubber.step())
  }
  return film
}

// By hand or played. `goTo` is told the number of the one to show.
function makeScrubber(root, goTo) {
  root.innerHTML = `<button type="button"></button><input type="range" min="0" step="1"><output></output>`
  const [button, range, output] = ["button", "input", "output"].map((selector) => root.querySelector(selector))
  let frames = []
  let at = 0
  let playing = null

  function show(nextFrames, shown, isLive) {
    frames = nextFrames
    at = shown
    root.hidden = frames.length < 2
    if (root.hidden) return
    range.max = frames.length - 1
    range.value = at
    output.textContent = describe(isLive)
    range.setAttribute("aria-valuetext", output.textContent)
  }

  function describe(isLive) {
    const { iteration, kl } = frames[at]
    const last = frames[frames.length - 1].iteration
    const of = !isLive ? ` of ${numbered(last)}` : iteration === last ? ", the newest" : ` of ${numbered(last)} so far`
    return `iteration ${numbered(iteration)}${of}${kl === null ? "" : `, KL divergence ${kl.toFixed(3)}`}`
  }

  function setPlaying(next) {
    playing = next
    button.textContent = playing ? "❚❚" : "▶"
    button.setAttribute("aria-label", playing ? "Pause" : "Play")
  }

  function play() {
    const from = at >= frames.length - 1 ? 0 : at
    setPlaying({ from, begin: performance.now(), step: clamp(PLAY_MS / frames.length, 16, 600) })
    goTo(from)
  }

  function playOn(now) {
    if (!playing) return
    const shown = Math.min(playing.from + Math.floor(Math.max(now - playing.begin, 0) / playing.step), frames.length - 1)
    if (shown !== at) goTo(shown)
    if (shown >= frames.length - 1) setPlaying(null)
  }

  button.addEventListener("click", () => (playing ? setPlaying(null) : play()))
  range.addEventListener("input", () => {
    setPlaying(null)
    goTo(Number(range.value))
  })
  setPlaying(null)
  const label = (text) => range.setAttribute("aria-label", text)
  return { show, playOn, label, stop: () => setPlaying(null), step: () => playing?.step ?? 0 }
}
