// What moves the view of a swipe: mouse, fingers, pen and keys.
const DIVIDER_STEP = 0.02 // of the width, per arrow key
const PAN_STEP = 60 // screen pixels per arrow key
const MAX_WHEEL = 30 // of one turn: a trackpad sends many small ones, a mouse few large ones

// One of the pointers may hold the divider; the others move the page, two of them zoom. `rested` is called when the
// visitor has stopped.
function listenToPointers(stage, divider, view, rested) {
  const pointers = new Map()
  let held = null
  let grip = 0 // from the divider to where it was taken

  const point = (event) => ({ x: event.clientX, y: event.clientY })
  const middle = ([a, b]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })
  const distance = ([a, b]) => Math.max(Math.hypot(a.x - b.x, a.y - b.y), 1)
  const free = () => [...pointers].filter(([id]) => id !== held).map(([, at]) => at)

  stage.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return
    event.preventDefault()
    stage.setPointerCapture(event.pointerId)
    divider.focus({ preventScroll: true })
    pointers.set(event.pointerId, point(event))
    if (held === null && divider.contains(event.target)) {
      const { box } = view.measure()
      held = event.pointerId
      grip = event.clientX - box.left - view.divider * box.width
    } else if (free().length === 1) stage.classList.add("moving")
  })

  stage.addEventListener("pointermove", (event) => {
    if (!pointers.has(event.pointerId)) return
    const before = free()
    const last = pointers.get(event.pointerId)
    pointers.set(event.pointerId, point(event))
    if (event.pointerId === held) {
      const { box } = view.measure()
      return view.divide((event.clientX - grip - box.left) / box.width)
    }
    if (before.length === 1) view.pan(event.clientX - last.x, event.clientY - last.y)
    if (before.length === 2) {
      const [from, to] = [middle(before), middle(free())]
      view.zoomTo((view.scale * distance(free())) / distance(before), from)
      view.pan(to.x - from.x, to.y - from.y)
    }
  })

  for (const kind of ["pointerup", "pointercancel"]) {
    stage.addEventListener(kind, (event) => {
      if (!pointers.delete(event.pointerId)) return
      if (event.pointerId === held) held = null
      if (!free().length) stage.classList.remove("moving")
      rested()
    })
  }

  // A second finger zooms, before the browser takes the first to scroll.
  stage.addEventListener("touchstart", (event) => event.touches.length > 1 && event.preventDefault(), { passive: false })

  stage.addEventListener("dblclick", (event) => {
    view.zoomTo(view.step(1), point(event))
    rested()
  })

  stage.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      const turned = clamp(event.deltaY * (event.deltaMode ? 16 : 1), -MAX_WHEEL, MAX_WHEEL)
      view.zoomTo(view.scale * Math.exp(-turned / 100), point(event))
      rested()
    },
    { passive: false },
  )

  // Safari's own word for a pinch on a trackpad; its fingers on a screen come as pointers too.
  let pinched = 1
  stage.addEventListener("gesturestart", (event) => {
    event.preventDefault()
    pinched = view.scale
  })
  stage.addEventListener("gesturechange", (event) => {
    event.preventDefault()
    if (pointers.size) return
    view.zoomTo(pinched * event.scale, point(event))
    rested()
  })
}

function listenToKeys(root, divider, view, rested) {
  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
    const arrow = arrows[event.key]
    if (event.key === "+" || event.key === "=") view.zoomTo(view.step(1))
    else if (event.key === "-") view.zoomTo(view.step(-1))
    else if (arrow && event.shiftKey) view.pan(-arrow[0] * PAN_STEP, -arrow[1] * PAN_STEP)
    else if (event.target !== divider) return
    else if (arrow) view.divide(view.divider + DIVIDER_STEP * (arrow[0] - arrow[1]))
    else if (event.key === "Home") view.divide(0)
    else if (event.key === "End") view.divide(1)
    else return
    event.preventDefault()
  })
  root.addEventListener("keyup", rested)
}
