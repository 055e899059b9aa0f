// A network, layer by layer, with the feature maps that it makes of an image; a map can be pressed. What is drawn again
// a moment later, while the network trains, is put in place: no element is replaced under the visitor's finger.
const MOUNTS = new WeakMap()
const SIDES = [[20, 46], [10, 36], [5, 32], [2, 26], [0, 15]] // a map of more pixels than this → how wide it is drawn

export default function ({ data, parentElement, setStateValue }) {
  let view = MOUNTS.get(parentElement)
  if (!view) MOUNTS.set(parentElement, (view = makeView(parentElement)))
  view.send = (picked) => setStateValue("picked", picked)
  view.show(data)
}

function element(tag, className, parent, text = "") {
  const made = document.createElement(tag)
  if (className) made.className = className
  if (text) made.textContent = text
  parent.appendChild(made)
  return made
}

function makeView(parent) {
  const root = element("div", "layer-view", parent)
  const view = { send: () => {}, show }
  let built = ""
  let buttons = [] // of each layer, one a map
  let count = 0 // so that the same map can be pressed twice

  function show({ halves, picked }) {
    const plan = JSON.stringify(halves.map((half) => [half.title, half.layers.map(({ pixels, ...about }) => about)]))
    if (plan !== built) build(halves)
    built = plan
    for (const layer of halves.flatMap((half) => half.layers)) {
      const pixels = Uint8Array.from(atob(layer.pixels), (letter) => letter.charCodeAt(0))
      const [height, width, maps] = layer.shape
      for (let k = 0; k < maps; k++) {
        const button = buttons[layer.name][k]
        paint(button.firstChild, pixels.subarray(k * height * width, (k + 1) * height * width), layer.signed)
        button.setAttribute("aria-pressed", String(picked[0] === layer.name && picked[1] === k))
      }
    }
  }

  function build(halves) {
    root.replaceChildren()
    buttons = {}
    for (const half of halves) {
      const column = element("section", "", root)
      element("h4", "", column, half.title)
      for (const layer of half.layers) {
        const row = element("div", layer.code ? "layer code" : "layer", column)
        const head = element("div", "head", row)
        element("b", "", head, layer.title)
        element("span", "", head, layer.summary)
        const maps = element("div", "maps", row)
        buttons[layer.name] = Array.from({ length: layer.shape[2] }, (_, k) => makeMap(maps, layer, k))
        if (layer.note) element("p", "note", row, layer.note)
      }
    }
  }

  function makeMap(parent, layer, k) {
    const [height, width, maps] = layer.shape
    const button = element("button", "", parent)
    button.type = "button"
    button.title = maps === 1 ? layer.title : `${layer.title}: ${layer.unit} ${k + 1} of ${maps}`
    button.setAttribute("aria-label", button.title)
    const canvas = element("canvas", "", button)
    canvas.width = width
    canvas.height = height
    canvas.style.width = canvas.style.height = `${SIDES.find(([least]) => width > least)[1]}px`
    button.addEventListener("click", () => view.send([layer.name, k, ++count]))
    return button
  }

  return view
}

// Grey, black for 0; where a layer has numbers below 0: blue for those, orange for those above.
function paint(canvas, pixels, signed) {
  const context = canvas.getContext("2d")
  const image = context.createImageData(canvas.width, canvas.height)
  for (let i = 0; i < pixels.length; i++) {
    const value = signed ? (pixels[i] - 128) / 127 : pixels[i] / 255
    const colour = !signed ? [255, 255, 255] : value < 0 ? [86, 180, 233] : [230, 159, 0]
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = colour[c] * Math.min(Math.abs(value), 1)
    image.data[4 * i + 3] = 255
  }
  context.putImageData(image, 0, 0)
}
