// Where one stands on the page. `scale`: screen pixels per pixel of the image. `x`, `y`: the centre, in shares of the
// page. `divider`: where it is, in shares of the stage's width.
const MAX_SCALE = 8
const LADDER = 2 // from one zoom to the next, so that 1:1 and whole multiples of it are on the way

// `changed` is called whenever something else is to be drawn.
function makeView(stage, changed) {
  const view = { reset, measure, settle, zoomTo, pan, divide, step, describe }
  let shape = [1, 1] // (height, width) of the page's image

  function reset(newShape) {
    shape = newShape
    Object.assign(view, { x: 0.5, y: 0.5, scale: 1, fitted: true, divider: 0.5 })
  }

  function measure() {
    const box = stage.getBoundingClientRect()
    const [height, width] = shape
    const screen = window.devicePixelRatio
    const fit = Math.min(box.width / width, box.height / height) * screen
    return { box, screen, fit, least: Math.min(fit, 1), most: Math.max(fit, MAX_SCALE), width, height }
  }

  function settle(room) {
    view.scale = view.fitted ? room.fit : clamp(view.scale, room.least, room.most)
    view.fitted = Math.abs(view.scale / room.fit - 1) < 1e-3
    const centre = (share, space, length) => {
      const margin = Math.min((space * room.screen) / (2 * length * view.scale), 0.5)
      return clamp(share, margin, 1 - margin)
    }
    view.x = centre(view.x, room.box.width, room.width)
    view.y = centre(view.y, room.box.height, room.height)
  }

  // `at`: a point of the browser's window that stays where it is; the middle if there is none.
  function zoomTo(scale, at) {
    const room = measure()
    if (!room.box.width) return
    settle(room)
    const to = clamp(scale, room.least, room.most)
    if (at) {
      const moved = room.screen * (1 / view.scale - 1 / to)
      view.x += ((at.x - room.box.left - room.box.width / 2) / room.width) * moved
      view.y += ((at.y - room.box.top - room.box.height / 2) / room.height) * moved
    }
    view.scale = to
    view.fitted = Math.abs(to / room.fit - 1) < 1e-3
    settle(room)
    changed()
  }

  function pan(x, y) {
    const room = measure()
    view.x -= (x * room.screen) / (room.width * view.scale)
    view.y -= (y * room.screen) / (room.height * view.scale)
    settle(room)
    changed()
  }

  function divide(share) {
    view.divider = clamp(share, 0, 1)
    changed()
  }

  // The power of two next to the scale, and not so near that nothing seems to happen.
  function step(direction) {
    const near = Math.log2(view.scale) + 0.3 * direction
    const next = LADDER ** (direction > 0 ? Math.ceil(near) : Math.floor(near))
    const { fit } = measure()
    return direction < 0 && view.scale > fit ? Math.max(next, fit) : next
  }

  // As the server is told.
  function describe() {
    const round = (value) => Math.round(value * 10_000) / 10_000
    const zoom = view.fitted ? 1 : view.scale / measure().fit
    return { x: round(view.x), y: round(view.y), zoom: round(zoom), divider: round(view.divider) }
  }

  reset(shape)
  return view
}
