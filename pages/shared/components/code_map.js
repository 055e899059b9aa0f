// Maps of the codes of many images, side by side: what is picked, lassoed or hidden in one is so in the other.
const MOUNTS = new WeakMap()
const FIRST_CLASS = 48 // the character code that stands for class 0

export default function ({ data, parentElement, setStateValue }) {
  let maps = MOUNTS.get(parentElement)
  if (!maps) MOUNTS.set(parentElement, (maps = makeMaps(parentElement)))
  maps.send = setStateValue
  maps.show(data)
  return () => maps.listen(false)
}

// What the visitor chose and the server echoes. `send` is told of it; what the server says is taken over unless it is
// but the answer to a choice of one's own, after which another may have been made.
function makeChoice(value, send) {
  let told = JSON.stringify(value)
  let unanswered = []
  const choice = { value, choose, hear }
  function choose(next) {
    const text = JSON.stringify(next)
    if (text === JSON.stringify(choice.value)) return false
    choice.value = next
    unanswered.push(text)
    send(next)
    return true
  }
  function hear(next) {
    const text = JSON.stringify(next)
    if (text === told) return false
    told = text
    const mine = unanswered.indexOf(text)
    unanswered = unanswered.slice(mine + 1)
    if (mine >= 0) return false
    choice.value = next
    return true
  }
  return choice
}

function makeMaps(parent) {
  const root = document.createElement("div")
  root.className = "code-map"
  root.innerHTML = `
    <div class="tools">
      <button type="button" class="lasso" aria-pressed="false"
        title="Draw around dots to light them up in both maps (or Shift and a drag)">Lasso</button>
      <button type="button" class="thumbs" aria-pressed="false"></button>
      <button type="button" class="names">Class names</button>
      <button type="button" class="fit" title="The whole of both maps (key 0, or a double click)">Fit</button>
      <button type="button" class="clear" hidden>Clear</button>
      <output class="count"></output>
      <span class="files"><button type="button" class="png" title="Both maps as a PNG file">PNG</button>
        <button type="button" class="svg" title="Both maps as an SVG file">SVG</button></span>
    </div>
    <div class="legend" role="group" aria-label="Classes shown"></div>
    <div class="panels"></div>
    <div class="said" aria-live="polite"></div>`
  parent.appendChild(root)
  const find = (selector) => root.querySelector(selector)
  const panels = []
  const dirty = new Map() // panel → whether its dots too
  const pictures = new Map()
  let frame = 0
  let shown = null // by points, for `shownFor`
  let named = null // whether the visitor wants names; null as long as nobody asked
  let legendFor = ""
  let colours = null // of the moment's theme

  const sent = (name) => (value) => maps.data.sends.includes(name) && maps.send(name, { value, at: Date.now() })
  const pick = makeChoice(null, sent("pick"))
  const lasso = makeChoice([], sent("lasso"))

  const maps = {
    data: null, labels: new Uint8Array(0), hidden: new Set(), lit: null, picked: null, hovered: -1, hoveredIn: null,
    atlas: makeAtlas(() => panels.forEach((panel) => schedule(panel))), lassoing: false, thumbs: false,
    send: () => {}, show, listen, schedule, hover, theme, describe, picture, clear,
    names: () => named ?? !maps.data.live,
    shown: shownOf,
    imageOf: (i) => maps.data.indices?.[i] ?? i,
    pick: (i) => pick.choose(i) && picked(),
    lasso: (points) => lasso.choose(points) && lassoed(),
  }

  // Drawing, once a frame of the screen.

  function schedule(panel, dotsToo = true) {
    dirty.set(panel, dirty.get(panel) || dotsToo)
    frame ||= requestAnimationFrame(draw)
  }

  function draw() {
    frame = 0
    if (!root.isConnected) return
    const begin = performance.now()
    colours = null
    const work = [...dirty]
    dirty.clear()
    for (const [panel, dotsToo] of work) if (panel.draw(begin, dotsToo)) schedule(panel)
    if (!work.some(([, dotsToo]) => dotsToo)) return
    const times = (globalThis.aecoreMapTimes ??= [])
    times.push([begin, performance.now() - begin])
    if (times.length > 2000) times.splice(0, 1000)
  }

  function drawAll() {
    for (const panel of panels) {
      panel.forget()
      schedule(panel)
    }
  }

  function theme() {
    if (colours) return colours
    const style = getComputedStyle(root)
    const read = (name, other) => style.getPropertyValue(name).trim() || other
    const page = read("--st-background-color", "#fff")
    const paper = read("--st-secondary-background-color", "#f0f2f6")
    const [text, primary] = [read("--st-text-color", "#31333f"), read("--st-primary-color", "#0072b2")]
    const font = style.fontFamily || "sans-serif"
    return (colours = { page, paper, text, primary, font, paperRgb: rgbOf(paper, page) })
  }

  function shownOf(count) {
    if (shown?.length === count) return shown
    shown = new Uint8Array(count)
    for (let i = 0; i < count; i++) {
      const label = maps.labels[i]
      if (label < maps.data.colours.length && !maps.hidden.has(label)) shown[i] = 1
    }
    return shown
  }

  function picture(uri) {
    if (!pictures.has(uri)) {
      const image = new Image()
      image.addEventListener("load", () => panels.forEach((panel) => schedule(panel, false)))
      image.src = address(uri)
      pictures.set(uri, image)
    }
    return pictures.get(uri)
  }

  function describe(i) {
    const name = maps.data.classes[maps.labels[i]] ?? "?"
    const article = /^([aeio]|8|11$|18$)/i.test(name) ? "an" : "a"
    return `${maps.data.noun} ${numbered(maps.imageOf(i))}, ${article} ${name}`
  }

  // What is done in one map and seen in both.

  function hover(panel, i) {
    if (maps.hovered === i && (i < 0 || maps.hoveredIn === panel)) return
    maps.hovered = i
    maps.hoveredIn = i < 0 ? null : panel
    for (const each of panels) schedule(each, false)
  }

  const points = (count) => `${numbered(count)} ${count === 1 ? "point" : "points"}`

  function picked() {
    maps.picked = pick.value
    find(".said").textContent = maps.picked === null ? "Nothing is picked." : `Picked: ${describe(maps.picked)}.`
    drawAll()
  }

  function light() {
    maps.lit = lasso.value.length ? new Uint8Array(maps.labels.length) : null
    for (const i of lasso.value) maps.lit[i] = 1
  }

  function lassoed() {
    const among = lasso.value
    light()
    find(".clear").hidden = !among.length
    find(".count").textContent = among.length ? points(among.length) : ""
    find(".said").textContent = among.length ? `In the lasso: ${points(among.length)}.` : "The lasso is empty."
    drawAll()
  }

  function clear() {
    maps.lasso([])
    maps.pick(null)
  }

  // Buttons.

  function press(selector, isPressed) {
    find(selector).setAttribute("aria-pressed", isPressed)
    root.classList.toggle(`with-${selector.slice(1)}`, isPressed)
    drawAll()
  }
  find(".lasso").addEventListener("click", () => press(".lasso", (maps.lassoing = !maps.lassoing)))
  find(".thumbs").addEventListener("click", () => press(".thumbs", (maps.thumbs = !maps.thumbs)))
  find(".names").addEventListener("click", () => press(".names", (named = !maps.names())))
  find(".fit").addEventListener("click", () => panels.forEach((panel) => panel.reset()))
  find(".clear").addEventListener("click", () => maps.lasso([]))
  find(".png").addEventListener("click", async () => {
    const sheet = sheetNow()
    download(await pngOf(sheet, (context, panel, ratio) => panel.paint(context, ratio)), `${maps.data.stem}.png`)
  })
  find(".svg").addEventListener("click", () => download(svgOf(sheetNow()), `${maps.data.stem}.svg`))

  function sheetNow() {
    const { page, text, font } = theme()
    const classes = maps.data.classes.map((name, label) => ({ name, colour: maps.data.colours[label] }))
    const legend = classes.filter((_, label) => !maps.hidden.has(label))
    return { panels: panels.map((panel) => panel.sheet()), classes, legend, paper: page, text, font }
  }

  // A double click is two clicks first, which show and hide the class again.
  function showOnly(label) {
    const others = maps.data.classes.map((_, other) => other).filter((other) => other !== label)
    const isAlone = !maps.hidden.has(label) && others.every((other) => maps.hidden.has(other))
    maps.hidden = new Set(isAlone ? [] : others)
    changeClasses()
  }

  function changeClasses() {
    for (const [label, button] of [...find(".legend").children].entries())
      button.setAttribute("aria-pressed", !maps.hidden.has(label))
    shown = null
    drawAll()
  }

  function makeLegend() {
    const { classes, colours } = maps.data
    // Not anew at every rerun: a button that has the focus would lose it.
    const text = JSON.stringify([classes, colours])
    if (text === legendFor) return
    legendFor = text
    maps.hidden = new Set()
    find(".legend").replaceChildren(
      ...classes.map((name, label) => {
        const button = document.createElement("button")
        button.type = "button"
        button.textContent = name
        button.style.borderBottomColor = colours[label]
        button.title = `Show or hide ${name}; a double click shows nothing else`
        button.addEventListener("click", () => {
          if (!maps.hidden.delete(label)) maps.hidden.add(label)
          changeClasses()
        })
        button.addEventListener("dblclick", () => showOnly(label))
        return button
      }),
    )
    changeClasses()
  }

  // What the server gave.

  function show(next) {
    listen(true)
    const before = maps.data
    maps.data = next
    if (before?.labels !== next.labels) {
      maps.labels = Uint8Array.from(next.labels, (c) => c.charCodeAt(0) - FIRST_CLASS)
      shown = null
      light()
    }
    maps.atlas.show(next.atlas, next.columns)
    const tintOf = (data) => JSON.stringify([data?.labels, data?.colours, data?.indices])
    if (tintOf(before) !== tintOf(next)) maps.atlas.untint()
    makeLegend()
    find(".thumbs").textContent = next.classes.every((name) => /^\d$/.test(name)) ? "Digits as marks" : "Images as marks"
    find(".thumbs").disabled = !next.atlas
    find(".names").setAttribute("aria-pressed", maps.names())
    for (const panel of panels.splice(next.panels.length)) panel.root.remove()
    next.panels.forEach((source, number) => {
      panels[number] ??= makePanel(find(".panels"), number, maps)
      panels[number].show(source)
    })
    if (pick.hear(next.picked)) picked()
    if (lasso.hear(next.lassoed)) lassoed()
  }

  const arrived = () => panels.forEach((panel) => panel.refresh())
  function listen(on) {
    document[on ? "addEventListener" : "removeEventListener"]("aecore-map", arrived)
  }

  new ResizeObserver(() => panels.forEach((panel) => schedule(panel))).observe(root)
  // The colour of the text fades, for a thousandth of a second, when the theme changes: nothing else tells of it.
  root.addEventListener("transitionend", (event) => event.target === root && panels.forEach((panel) => schedule(panel)))
  const hook = {
    root,
    screen: (number, i) => panels[number].screen(i),
    view: (number) => panels[number].view(),
    marks: () => maps.data.marks,
  }
  globalThis.aecoreCodeMaps = [...(globalThis.aecoreCodeMaps ?? []).filter((each) => each.root.isConnected), hook]
  return maps
}

// Three numbers of any colour that CSS knows, upon another if one sees through it.
function rgbOf(colour, beneath) {
  const key = `${colour}/${beneath}`
  if (!rgbOf.known.has(key)) {
    const canvas = document.createElement("canvas")
    canvas.width = canvas.height = 1
    const context = canvas.getContext("2d")
    for (const style of [beneath, colour]) {
      context.fillStyle = style
      context.fillRect(0, 0, 1, 1)
    }
    rgbOf.known.set(key, [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)])
  }
  return rgbOf.known.get(key)
}
rgbOf.known = new Map()
