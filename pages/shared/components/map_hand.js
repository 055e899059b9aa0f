// Mouse, fingers and pen on a map: one of them moves it or draws a lasso, two zoom and pan.
// Written to be put in front of `code_map`.
const DRAG_FROM = 4 // pixels that tell a drag from a click
const WHEEL_MOST = 120 // of one turn: a trackpad sends many small ones, a mouse few large ones

// `on`: {side, isDraggable, lassoes, zoomsOut, changed, dragged, hover, leave, click, lasso, move, pan, zoom}; places are
// [x, y] in pixels of a canvas of side `side()`.
function makeHand(canvas, on) {
  const pointers = new Map()
  let over = null // where a mouse is
  let start = null
  let isDrag = false
  let drawsLasso = false
  let path = []

  const placeOf = (event) => {
    const box = canvas.getBoundingClientRect()
    return [((event.clientX - box.left) / box.width) * on.side(), ((event.clientY - box.top) / box.height) * on.side()]
  }
  const middle = ([a, b]) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]
  const distance = ([a, b]) => Math.max(Math.hypot(a[0] - b[0], a[1] - b[1]), 1)
  const two = () => [...pointers.values()].slice(0, 2)

  function abandon() {
    const drew = drawsLasso
    drawsLasso = false
    path = []
    on.changed()
    return drew
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return
    event.preventDefault()
    canvas.setPointerCapture(event.pointerId)
    canvas.focus({ preventScroll: true })
    pointers.set(event.pointerId, placeOf(event))
    isDrag = pointers.size > 1
    if (isDrag) return abandon()
    start = placeOf(event)
    drawsLasso = on.lassoes() || event.shiftKey
    path = drawsLasso ? [start] : []
  })

  canvas.addEventListener("pointermove", (event) => {
    const place = placeOf(event)
    const isTouch = event.pointerType === "touch"
    if (!isTouch) over = place
    if (!pointers.has(event.pointerId)) return isTouch || on.hover(place)
    const before = two()
    const last = pointers.get(event.pointerId)
    pointers.set(event.pointerId, place)
    if (!isDrag && Math.hypot(place[0] - start[0], place[1] - start[1]) < DRAG_FROM) return
    if (!isDrag) on.dragged()
    isDrag = true
    if (drawsLasso) {
      path.push(place)
      return on.changed()
    }
    if (!on.isDraggable()) return
    if (before.length === 1) return on.move(place[0] - last[0], place[1] - last[1])
    const after = two()
    const [from, to] = [middle(before), middle(after)]
    on.zoom(distance(after) / distance(before), from)
    on.pan(to[0] - from[0], to[1] - from[1])
  })

  canvas.addEventListener("pointerup", (event) => {
    if (!pointers.delete(event.pointerId) || pointers.size) return
    if (!isDrag) on.click(placeOf(event), event.pointerType === "touch")
    else if (drawsLasso) on.lasso(path)
    abandon()
  })
  canvas.addEventListener("pointercancel", (event) => {
    pointers.delete(event.pointerId)
    abandon()
  })
  canvas.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "touch") return // what a finger tapped stays to be read
    over = null
    on.leave()
  })
  canvas.addEventListener(
    "wheel",
    (event) => {
      const turned = clamp(event.deltaY * (event.deltaMode ? 16 : 1), -WHEEL_MOST, WHEEL_MOST)
      // At the far end the wheel is the page's again.
      if (!on.isDraggable() || (turned > 0 && !on.zoomsOut())) return
      event.preventDefault()
      on.zoom(Math.exp(-turned / (event.ctrlKey ? 100 : 400)), placeOf(event))
    },
    { passive: false },
  )
  // A second finger zooms, before the browser takes the first to scroll.
  canvas.addEventListener("touchstart", (event) => event.touches.length > 1 && event.preventDefault(), { passive: false })

  return { place: () => over, isDown: () => pointers.size > 0, path: () => path, abandon }
}
