// One map: its dots, what stands on them, and where one stands in it.
// Written to be put in front of `code_map`.
const HOVER_REACH = 8
const TOUCH_REACH = 16
const REST_MS = 80
const PAN_STEP = 0.1
const TURN_STEP = Math.PI / 18
const KEY_ZOOM = 1.4
const FEW = 40 // points lit up, which would not be found without rings
const BEGIN_TURN = [0.5, 0.4] // so that a cloud is seen to be one

// `maps`: what the panels have in common: {data, labels, hidden, lit, picked, hovered, atlas, lassoing, thumbs, names,
// theme, schedule, hover, pick, lasso, clear, describe, imageOf}, see `code_map`.
function makePanel(parent, number, maps) {
  const root = document.createElement("section")
  root.className = "panel"
  root.innerHTML = `
    <div class="title"></div>
    <div class="stage">
      <canvas class="dots"></canvas><canvas class="top" tabindex="0" role="application"></canvas>
      <div class="tip" hidden><canvas width="84" height="84"></canvas><span></span></div>
    </div>
    <div class="scrub" hidden></div>
    <p class="caption"></p>`
  parent.appendChild(root)
  const find = (selector) => root.querySelector(selector)
  const [dots, top, tip] = [".dots", ".top", ".tip"].map(find)
  const film = makeFilm(find(".scrub"), () => maps.schedule(panel))
  let source = null
  let map = null
  let view = newView()
  let at = { x: new Float32Array(0), y: new Float32Array(0), z: new Float32Array(0) }
  let side = 0
  let index = null
  let chosen = null // points shown as pictures
  let resting = 0
  let stale = true // whether `chosen` was for another view
  let hoveredMark = null

  // What is shown.

  function show(next) {
    source = next
    find(".title").textContent = next.title
    find(".caption").textContent = next.caption
    refresh()
  }

  function refresh() {
    const next = globalThis.aecoreMaps?.get(source.frames) ?? null
    const isOther = (key) => next?.[key] !== map?.[key]
    if (["version", "n", "dims"].some(isOther) || source.frames !== map?.name) begin(next)
    map = next && { ...next, name: source.frames }
    label()
    film.show(map, maps.data.live)
    chosen = null
    maps.schedule(panel)
  }

  function begin(next) {
    view = newView()
    if (next?.dims === 3) turnView(view, ...BEGIN_TURN)
    film.begin()
    const count = next?.n ?? 0
    at = { x: new Float32Array(count), y: new Float32Array(count), z: new Float32Array(count) }
  }

  // Drawing. Dots and pictures on one canvas, on the other what changes while they stay.

  function draw(now, dotsToo) {
    if (fit()) dotsToo = stale = true
    if (!side || !source) return false
    if (dotsToo) {
      film.advance(now, maps.labels)
      if (film.frame) place()
      index = null
      paintBase(dots.getContext("2d"), side, dots.width / side)
      if (stale) rest()
    }
    if (dotsToo && hand.place() && !hand.isDown()) hoverAt(hand.place())
    paintTop(top.getContext("2d"), top.width / side)
    placeTip()
    return film.moves()
  }

  function place() {
    if (!view.own) fitView(view, film.facts.pivot, film.facts.span)
    project(film.xyz, map.dims, view, side, at)
  }

  function fit() {
    const width = find(".stage").clientWidth
    const ratio = Math.min(window.devicePixelRatio || 1, 2)
    const pixels = Math.round(width * ratio)
    if (side === width && dots.width === pixels) return false
    side = width
    for (const canvas of [dots, top]) canvas.width = canvas.height = pixels
    return true
  }

  const zoomed = () => (film.facts ? film.facts.span / view.span : 1)
  const radius = () => dotRadius(at.x.length, Math.round(zoomed() * 8) / 8)

  function paintBase(context, size, ratio) {
    const theme = maps.theme()
    const [{ lit, labels }, { colours }] = [maps, maps.data]
    context.setTransform(1, 0, 0, 1, 0, 0)
    const shown = film.frame ? maps.shown(at.x.length) : new Uint8Array(0)
    const pictures = film.frame && maps.thumbs && tinted()
    paintDots(context, {
      at, shown, labels, colours, background: theme.paperRgb, radius: radius(), faint: Boolean(pictures),
      lit: lit?.length === shown.length ? lit : null, depth: map?.dims === 3 ? (film.facts?.depth ?? 0) : 0, side: size,
      ratio,
    })
    if (!pictures) return
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    chosen ??= choose(shown)
    const seen = chosen.filter((i) => shown[i])
    paintThumbs(context, seen, at, pictures, maps.atlas, maps.imageOf, theme.paper)
  }

  const tinted = () => maps.atlas.tint(maps.labels, maps.data.colours, maps.imageOf)

  function choose(shown) {
    const wanted = (i) => shown[i] && (!maps.lit || maps.lit[i])
    const order = shuffled(shown.length)
    const front = map.dims === 3 ? byDepth(order, at.z, film.facts.depth).sorted.reverse() : order
    const first = [maps.picked].filter((i) => i !== null && i < shown.length)
    return thinPoints(at, [...first, ...front], wanted, side)
  }

  function moved() {
    stale = true
    maps.schedule(panel)
  }

  // Other pictures have room once the map stands still.
  function rest() {
    clearTimeout(resting)
    if (!maps.thumbs) return
    resting = setTimeout(() => {
      chosen = null
      stale = false
      maps.schedule(panel)
    }, REST_MS)
  }

  const axes = () => placeAxes(source.axes, map.dims, view, side)
  const isSeen = (i) => i !== null && i >= 0 && i < at.x.length && maps.shown(at.x.length)[i] && at.x[i] === at.x[i]
  const ringRadius = (i) => (maps.thumbs && chosen?.includes(i) ? THUMB / 2 + 4 : radius() + 4.5)
  const ring = (context, i, wide, ink) => isSeen(i) && paintRing(context, at.x[i], at.y[i], ringRadius(i), wide, ink)
  const placesOfMarks = () =>
    maps.data.marks
      .filter((mark) => mark.panel === number && film.frame && mark.at.length === map.dims)
      .map((mark) => ({ ...mark, place: projectOne(mark.at, view, side) }))

  function names(context) {
    if (!maps.names() || !film.frame) return []
    const entries = film.facts.places.map((place, label) => {
      const [x, y] = projectOne(place, view, side)
      return { text: maps.data.classes[label], colour: maps.data.colours[label], x, y, label }
    })
    const inSight = ({ x, y, label, text }) => text && !maps.hidden.has(label) && x > 0 && x < side && y > 0 && y < side
    const fixed = placesOfMarks().map(({ place }) => boxOfMark(place))
    return placeNames(context, entries.filter(inSight), fixed, side, maps.theme().font)
  }

  function paintTop(context, ratio, forFile = false) {
    const theme = maps.theme()
    const ink = { ...theme, background: theme.paper }
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    if (!forFile) context.clearRect(0, 0, side, side)
    if (!film.frame) return
    paintAxes(context, axes(), ink)
    paintNames(context, names(context), ink)
    for (const { uri, place } of placesOfMarks()) paintMark(context, maps.picture(uri), ...place, ink)
    const lit = maps.lit ? [...maps.lit.keys()].filter((i) => maps.lit[i]) : []
    if (lit.length <= FEW) lit.forEach((i) => ring(context, i, 1.6, ink))
    ring(context, maps.picked, 3, ink)
    if (forFile) return
    if (maps.hovered !== maps.picked) ring(context, maps.hovered, 1.8, ink)
    paintLasso(context, hand.path(), ink)
  }

  // The tip over what the pointer is at, in the panel where it is.

  function placeTip() {
    const i = maps.hovered
    const isMine = hoveredMark || (maps.hoveredIn === panel && isSeen(i))
    tip.hidden = !isMine
    if (!isMine) return
    const mark = hoveredMark && placesOfMarks().find(({ text }) => text === hoveredMark.text)
    const [x, y] = mark ? mark.place : [at.x[i], at.y[i]]
    const context = tip.querySelector("canvas").getContext("2d")
    context.imageSmoothingEnabled = false
    const image = mark && maps.picture(mark.uri)
    if (image?.naturalWidth) context.drawImage(image, 0, 0, 84, 84)
    tip.querySelector("canvas").hidden = mark ? !image?.naturalWidth : !maps.atlas.draw(context, maps.imageOf(i), 0, 0, 84)
    tip.querySelector("span").textContent = mark ? mark.text : maps.describe(i)
    const place = (begin, end, value) => {
      const isFar = value > side / 2
      tip.style[begin] = isFar ? "auto" : `${value + 14}px`
      tip.style[end] = isFar ? `${side - value + 14}px` : "auto"
    }
    place("left", "right", x)
    place("top", "bottom", y)
  }

  const markAt = (place) => placesOfMarks().find((mark) => markHas(...mark.place, place)) ?? null

  function pointAt([x, y], reach) {
    if (!film.frame) return -1
    const shown = maps.shown(at.x.length)
    const isOn = (i) => shown[i] && Math.max(Math.abs(at.x[i] - x), Math.abs(at.y[i] - y)) < THUMB / 2
    const picture = maps.thumbs && chosen ? chosen.find(isOn) : undefined
    if (picture !== undefined) return picture
    index ??= indexPoints(at, shown, side)
    return nearestPoint(index, at, x, y, reach)
  }

  function hoverAt(place) {
    const mark = markAt(place)
    if (mark?.text !== hoveredMark?.text) maps.schedule(panel, false)
    hoveredMark = mark
    maps.hover(panel, mark ? -1 : pointAt(place, HOVER_REACH))
  }

  function leave() {
    if (hoveredMark) maps.schedule(panel, false)
    hoveredMark = null
    maps.hover(panel, -1)
  }

  // Moving.

  function reset() {
    const turn = newView().turn
    Object.assign(view, { own: false, turn })
    if (map?.dims === 3) turnView(view, ...BEGIN_TURN)
    moved()
  }
  function zoom(factor, [x, y] = [side / 2, side / 2]) {
    if (!film.facts) return
    zoomView(view, factor, x - side / 2, y - side / 2, side, film.facts.span)
    moved()
  }
  function pan(x, y) {
    panView(view, x, y, side)
    moved()
  }
  function move(x, y) {
    if (map?.dims !== 3) return pan(x, y)
    turnView(view, (x / side) * Math.PI, (y / side) * Math.PI)
    moved()
  }

  const hand = makeHand(top, {
    side: () => side,
    isDraggable: () => film.facts,
    lassoes: () => maps.lassoing,
    zoomsOut: () => view.span < film.facts.span * FARTHEST * 0.999,
    changed: () => maps.schedule(panel, false),
    dragged: leave,
    hover: hoverAt,
    leave,
    click,
    lasso: closeLasso,
    move,
    pan,
    zoom,
  })

  function click(place, isTouch) {
    if (isTouch || markAt(place)) hoverAt(place)
    if (markAt(place)) return
    const i = pointAt(place, isTouch ? TOUCH_REACH : HOVER_REACH)
    maps.pick(i < 0 ? null : i)
    if (isTouch) maps.hover(panel, i)
  }

  function closeLasso(path) {
    const shown = maps.shown(at.x.length)
    const inside = []
    for (let i = 0; i < shown.length; i++) if (shown[i] && isInside(path, at.x[i], at.y[i])) inside.push(i)
    maps.lasso(inside)
  }

  function pickNearest() {
    const i = pointAt(hand.place() ?? [side / 2, side / 2], 2 * side)
    if (i >= 0) maps.pick(i)
  }

  top.addEventListener("dblclick", reset)
  top.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key]
    if (arrow && map?.dims === 3) {
      turnView(view, arrow[0] * TURN_STEP, arrow[1] * TURN_STEP)
      moved()
    } else if (arrow) pan(-arrow[0] * PAN_STEP * side, -arrow[1] * PAN_STEP * side)
    else if (event.key === "+" || event.key === "=") zoom(KEY_ZOOM)
    else if (event.key === "-") zoom(1 / KEY_ZOOM)
    else if (event.key === "0") reset()
    else if (event.key === "Escape") hand.abandon() || maps.clear()
    else if (event.key === "Enter") pickNearest()
    else return
    event.preventDefault()
    event.stopPropagation()
  })

  function label() {
    const count = map ? `${numbered(map.n)} dots, ` : ""
    const moves = map?.dims === 3 ? "Drag or use the arrow keys to turn it" : "Drag or use the arrow keys to move it"
    top.setAttribute(
      "aria-label",
      `${source.title}: ${count}one for each ${maps.data.noun}. ${moves}, the wheel or plus and minus to zoom, 0 to see ` +
        `all. Enter picks the nearest dot, Escape lets go; Shift and a drag draw a lasso.`,
    )
    film.scrubber.label(`Iterations of ${source.title}`)
  }

  // For files.

  const paint = (context, ratio) => {
    paintBase(context, side, ratio)
    paintTop(context, ratio, true)
  }

  function inside(i, label) {
    if (maps.labels[i] !== label || !maps.shown(at.x.length)[i]) return 0
    if (!(at.x[i] >= 0 && at.x[i] <= side && at.y[i] >= 0 && at.y[i] <= side)) return 0
    return (maps.lit && !maps.lit[i]) || (maps.thumbs && chosen) ? FAINT : 1
  }

  function svgMarks() {
    if (!film.frame) return ""
    const theme = maps.theme()
    const ink = { ...theme, background: theme.paper }
    const parts = maps.thumbs && chosen && tinted() ? chosen.map(svgThumb) : []
    parts.push(svgAxes(axes(), ink), svgNames(names(top.getContext("2d")), ink))
    for (const { uri, text, place } of placesOfMarks()) parts.push(svgMark(uri, text, ...place, ink))
    if (isSeen(maps.picked)) parts.push(svgRing(at.x[maps.picked], at.y[maps.picked], ringRadius(maps.picked), ink))
    return parts.join("")
  }

  function svgThumb(i) {
    const one = document.createElement("canvas")
    one.width = one.height = TILE
    one.getContext("2d").drawImage(tinted(), ...maps.atlas.corner(maps.imageOf(i)), TILE, TILE, 0, 0, TILE, TILE)
    return svgPicture(one.toDataURL(), at.x[i] - THUMB / 2, at.y[i] - THUMB / 2, THUMB)
  }

  const sheet = () => ({
    title: source.title, side, at: film.frame ? at : { x: [], y: [] }, radius: radius(), inside, marks: svgMarks(), paint,
    paper: maps.theme().paper,
  })

  function screen(i) {
    const box = top.getBoundingClientRect()
    return [box.left + (at.x[i] * box.width) / side, box.top + (at.y[i] * box.height) / side]
  }

  function forget() {
    chosen = null
    index = null
  }

  const panel = { root, show, refresh, draw, reset, sheet, screen, forget, view: () => structuredClone(view) }
  return panel
}
