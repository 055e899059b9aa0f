// What the labs have in common: two pictures and what happens between them, the player below, and talk with the server.
// Written to be put in front of the labs.
const LABS = new WeakMap()

function mountLab({ data, parentElement, setStateValue }, make) {
  let lab = LABS.get(parentElement)
  if (!lab) LABS.set(parentElement, (lab = make(parentElement)))
  lab.send = setStateValue
  lab.show(data)
}

// `parts`: {middle, below}: HTML; {moved, describe, input, output, pointed}: see below.
function makeFrame(parent, parts) {
  const root = document.createElement("div")
  root.className = "lab"
  root.innerHTML = `<div class="stage"><figure class="input"></figure><div class="middle">${parts.middle}</div>
    <figure class="output"></figure><div class="tools"></div></div>${parts.below ?? ""}`
  parent.appendChild(root)
  const find = (selector) => root.querySelector(selector)
  const frame = { root, find, isNews: () => true }
  const player = makePlayer(find(".tools"), {
    moved: schedule,
    stopped: (at) => {
      sent.push(String(at))
      parts.stopped(at)
    },
    describe: parts.describe,
  })
  let due = 0
  const sent = [] // places that the server has not answered yet
  let answered = ""
  let dragging = false

  function schedule() {
    due ||= requestAnimationFrame(() => {
      due = 0
      parts.moved()
    })
  }

  // The server's place is taken up where it is news, and not its answer to a move of one's own: by then the hand may be
  // somewhere else. Nor what it thinks up while a hand is moving.
  frame.isNews = (at) => {
    const text = String(at)
    if (text === answered) return false
    answered = text
    const mine = sent.lastIndexOf(text)
    if (mine >= 0) sent.splice(0, mine + 1)
    return mine < 0 && !dragging && !player.isBusy()
  }

  function hand(place) {
    return (cell, phase) => {
      dragging = phase !== "up"
      if (dragging) player.moveTo(place(cell))
      else player.rest()
    }
  }
  frame.input = makePicture(find(".input"), { point: hand(parts.placeOfInput), describe: parts.describeInput })
  frame.output = makePicture(find(".output"), { point: hand(parts.placeOfOutput), describe: parts.describeOutput })
  for (const picture of [frame.input, frame.output]) picture.canvas.addEventListener("keydown", player.press)
  return Object.assign(frame, { player, schedule })
}

// A square of cells with numbers, and a title above it.
function makeCells(host, title, size, make) {
  host.innerHTML = `<span>${title}</span><div class="cells" style="--n:${size}"></div>`
  const cells = Array.from({ length: size * size }, (_, k) => make(k))
  host.querySelector(".cells").append(...cells)
  return cells
}

function makeCell() {
  const cell = document.createElement("div")
  cell.className = "cell"
  return cell
}

// The numbers of a picture's cells, in the picture's own greys; outside of the picture there is only padding.
function paintGrey(cell, value, scale, isOutside, size) {
  const rgb = scale.colour(value)
  cell.textContent = sayIn(value, size)
  cell.classList.toggle("outside", isOutside)
  cell.style.background = isOutside ? "" : `rgb(${rgb.join(" ")})`
  cell.style.color = isOutside ? "" : rgb[0] * 0.3 + rgb[1] * 0.6 + rgb[2] * 0.1 > 115 ? "#000" : "#fff"
}
