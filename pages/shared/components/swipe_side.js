// One side of the divider: the pictures that it can show.
const clamp = (value, low, high) => Math.min(Math.max(value, low), high)
// Relative to the page, as an app need not be at the root of its host.
const address = (url) => (url.startsWith("/media/") ? `.${url}` : url)

// The pictures that one side can show. Each has an <img> that stays, since 40 megapixels are slow to decode, and a
// picture stays on screen until the one to replace it is there.
function makeSide(side, changed) {
  const sheet = side.querySelector(".sheet")
  const label = side.parentElement.querySelector(`.label.${side.dataset.side}`)
  const pictures = []
  let names = []
  let wanted = 0
  let shown = -1

  function makePicture() {
    const picture = { image: new Image(), url: "", ready: false, failed: false }
    picture.image.decoding = "sync" // or Chromium leaves the page blank between two zooms
    picture.image.draggable = false
    picture.image.addEventListener("load", () => {
      picture.ready = true
      update()
    })
    picture.image.addEventListener("error", () => {
      picture.ready = false
      picture.failed = true
      update()
    })
    sheet.appendChild(picture.image)
    return picture
  }

  function forget(picture) {
    picture.image.removeAttribute("src")
    Object.assign(picture, { url: "", ready: false, failed: false })
  }

  function request(picture, url) {
    if (picture.url === url && !picture.failed) return
    Object.assign(picture, { url, failed: false })
    picture.image.src = address(url)
  }

  function update() {
    const { ready, failed } = pictures[wanted]
    if (ready || failed) shown = wanted
    pictures.forEach(({ image, ready }, i) => image.classList.toggle("shown", i === shown && ready))
    sheet.classList.toggle("loading", shown < 0)
    const at = shown < 0 ? wanted : shown
    label.textContent = pictures[at].failed ? `${names[at]}: could not be loaded` : names[at]
    changed()
  }

  function show(choices, at) {
    names = choices.map(([name]) => name)
    wanted = at
    for (const { image } of pictures.splice(choices.length)) image.remove()
    if (shown >= choices.length) shown = -1
    choices.forEach(([name, url], i) => {
      pictures[i] ??= makePicture()
      pictures[i].image.alt = name
      if (i === at) request(pictures[i], url)
      else if (pictures[i].url !== url) forget(pictures[i])
    })
    update()
  }

  function clear() {
    pictures.forEach(forget)
    shown = -1
  }

  const waits = () => shown !== wanted
  return { sheet, side, label, show, clear, waits }
}
