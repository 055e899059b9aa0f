// A filter goes over a picture, of one channel or of several: field × filter, product by product, and the sum.
export default function (component) {
  mountLab(component, makeConvolutionLab)
}

function makeConvolutionLab(parent) {
  const lab = { send: () => {}, show }
  const frame = makeFrame(parent, {
    middle: `
      <div class="channel"></div>
      <div class="work">
        <div class="grids"><div class="field"></div><i>×</i><div class="filter"></div></div>
        <div class="grids"><i>=</i><div class="products"></div><div class="written"></div></div>
      </div>
      <div class="total"><span class="sum"></span> <label>+ bias <input class="bias"></label>
        <span class="biased"></span> <label><input type="checkbox" class="relu"> ReLU</label> → <b class="pixel"></b></div>
      <div class="edits"><button type="button" class="undo">Undo</button>
        <button type="button" class="reset">Reset</button></div>`,
    below: `<div class="channels"></div>`,
    moved: draw,
    stopped: (at) => lab.send("at", at),
    describe: () => `Row ${player.at[0] + 1}, column ${player.at[1] + 1}: ${say(result())}`,
    describeInput: (row, column) =>
      isInside(maps, row, column)
        ? `row ${row + 1}, column ${column + 1}: ${say(valueAt(maps, row, column, channel))}`
        : plan && row >= -plan.top && column >= -plan.left ? "padding, counts as 0" : "",
    describeOutput: (row, column) =>
      isInside(output, row, column) && player.has(row, column)
        ? `row ${row + 1}, column ${column + 1}: ${say(valueAt(output, row, column))}`
        : "",
    placeOfInput: ([row, column]) =>
      [row + plan.top, column + plan.left].map((at) => Math.round((at - plan.covered / 2) / plan.stride)),
    placeOfOutput: (cell) => cell.map(Math.floor),
  })
  const { find, player } = frame
  const filter = makeFilter({ changed: recompute, settled: (next) => lab.send("filter", next) })
  let asked = ""
  let data = null
  let maps = null
  let plan = null
  let kernel = null // (size, size, c) numbers in a row
  let output = emptyMap(1, 1)
  let channel = 0 // the one that the grids show
  let scale = null
  let reach = 1 // of the products, over the whole picture
  let cells = { field: [], products: [] }
  let cards = []
  let drawn = null // the channel that the picture shows

  const result = () => valueAt(output, ...player.at)
  const isDeep = () => maps.c > 1

  function show(next) {
    const text = JSON.stringify(next)
    if (text === asked) return
    asked = text
    const before = { data, plan, maps }
    data = next
    maps = unpackMaps(data.maps)
    const isOther = filter.take(data.filter) || !before.data || before.data.kernel?.bytes !== data.kernel?.bytes
    const sizeBefore = before.plan?.size
    const size = data.kernel ? data.kernel.shape[0] : filter.size
    if (maps.c !== before.maps?.c) channel = 0
    plan = planOf(maps.h, maps.w, size, data)
    scale = greyScale(data.top)
    if (isOther || sizeBefore !== size) filter.build(find(".filter"), data.editable)
    if (sizeBefore !== size) {
      cells = {
        field: makeCells(find(".field"), "field", size, makeCell),
        products: makeCells(find(".products"), "products", size, makeCell),
      }
    }
    if (maps.c !== before.maps?.c) makeCards()
    const isNews = frame.isNews(data.at) || !before.plan
    player.setGrid(plan.rows, plan.columns, isNews ? data.at : placeFor(before))
    if (!isNews && plan.columns !== before.plan.columns) player.rest(true)
    player.setPlaces(data.places)
    const keys = "Arrow keys move the field, Home and End lead to the first and the last place, space plays."
    frame.input.name(data.title, `${maps.w} × ${maps.h}`, `${data.title}. Drag the field. ${keys}`)
    frame.output.name("Feature map", `${plan.columns} × ${plan.rows}`, `Feature map. Choose a pixel. ${keys}`)
    find(".edits").hidden = !data.editable
    find(".bias").readOnly = !data.editable
    find(".channels").hidden = !isDeep()
    recompute()
    filter.show()
  }

  // Where to stand when the window goes over the picture in another way: on the same part of it as before.
  function placeFor(before) {
    const same = ["size", "stride", "dilation", "top", "left"].every((key) => before.plan[key] === plan[key])
    if (same) return player.at
    const corner = (axis, side) => player.at[axis] * before.plan.stride - before.plan[side] + (before.plan.covered - 1) / 2
    return ["top", "left"].map((side, axis) =>
      Math.round((corner(axis, side) + plan[side] - (plan.covered - 1) / 2) / plan.stride),
    )
  }

  function recompute() {
    kernel = data.kernel ? unpackMaps({ ...data.kernel, shape: [1, 1, 1] }).values : filter.flat
    output = convolved(maps, kernel, plan, filter.bias, filter.relu)
    reach = reachOf(kernel) * reachOf(maps.values)
    find(".undo").disabled = !filter.canUndo()
    const { numbers, bias } = data.preset
    find(".reset").disabled = String(numbers.flat()) === String(filter.flat) && bias === filter.bias
    if (find(".bias") !== frame.root.getRootNode().activeElement) find(".bias").value = say(filter.bias)
    find(".relu").checked = filter.relu
    drawn = null
    frame.schedule()
  }

  // Drawing.

  function draw() {
    const { at } = player
    const around = aroundOf(plan)
    if (drawn !== channel) {
      frame.input.show({ map: maps, channel, scale, around, frames: framesOf(plan, at) })
      frame.input.legend(scale)
      frame.output.legend(signedScale(output.values))
      drawn = channel
    } else frame.input.draw(framesOf(plan, at))
    frame.output.show({
      map: output,
      scale: signedScale(output.values),
      around: centred(),
      isClear: (row, column) => !player.has(row, column),
      frames: pixelFrame(at),
    })
    drawGrids(at)
    drawTotal(at)
    if (isDeep()) drawCards(at)
    hook()
  }

  // The feature map is drawn at the picture's scale, so that one sees what stride and padding do to its size.
  function centred() {
    const [high, wide] = [plan.top + maps.h + plan.bottom - plan.rows, plan.left + maps.w + plan.right - plan.columns]
    if (plan.columns + wide > LARGE || isDeep()) return NOTHING_AROUND
    return { top: high / 2, bottom: high / 2, left: wide / 2, right: wide / 2, bare: true }
  }

  const kernelAt = (k, which = channel) => kernel[k * maps.c + which]

  function terms(at, which = channel) {
    return Array.from({ length: plan.size ** 2 }, (_, k) => {
      const [row, column] = cellAt(plan, at, Math.floor(k / plan.size), k % plan.size)
      const value = valueAt(maps, row, column, which)
      return { value, weight: kernelAt(k, which), product: value * kernelAt(k, which), outside: !isInside(maps, row, column) }
    })
  }

  function drawGrids(at) {
    const all = terms(at)
    all.forEach(({ value, weight, product, outside }, k) => {
      paintGrey(cells.field[k], value, scale, outside, plan.size)
      cells.products[k].textContent = sayIn(product, plan.size)
      cells.products[k].style.background = tint(product, reach)
      cells.products[k].title = `${say(value)} · ${sayFactor(weight)} = ${say(product)}`
    })
    const telling = all.filter(({ product }) => product !== 0)
    const sum = sliceSum(maps, kernel, plan, at, channel)
    const written = telling.map(({ value, weight }) => `(${say(value)}·${sayFactor(weight)})`).join(" + ")
    find(".written").innerHTML =
      (telling.length ? `<span>${written}</span>` : "<span>every product is 0</span>") + ` = <b>${say(sum)}</b>`
    if (isDeep()) {
      find(".channel").textContent = `Channel ${channel + 1} of ${maps.c}`
      find(".filter > span").textContent = "its slice of the filter"
      find(".filter .cells").childNodes.forEach((cell, k) => {
        cell.textContent = say(kernelAt(k))
        cell.style.background = tint(kernelAt(k), reachOf(kernel))
      })
    }
  }

  function drawTotal(at) {
    let sum = 0
    for (let which = 0; which < maps.c; which++) sum += sliceSum(maps, kernel, plan, at, which)
    find(".sum").textContent = isDeep() ? `${maps.c} slices: ${say(sum)}` : say(sum)
    find(".biased").textContent = `= ${say(sum + filter.bias)}`
    find(".pixel").textContent = say(result())
  }

  // Several channels: a card for each, with its picture, its slice and what the two come to.

  function makeCards() {
    cards = Array.from({ length: maps.c > 1 ? maps.c : 0 }, (_, which) => {
      const card = document.createElement("button")
      card.type = "button"
      card.innerHTML = `<span>${which + 1}</span><canvas></canvas><div class="cells small"></div><b></b>`
      card.addEventListener("click", () => {
        channel = which
        frame.schedule()
      })
      return card
    })
    find(".channels").replaceChildren(...cards)
  }

  function drawCards(at) {
    const most = reachOf(kernel)
    cards.forEach((card, which) => {
      card.setAttribute("aria-pressed", which === channel)
      drawThumb(card.querySelector("canvas"), which, at)
      const slice = card.querySelector(".cells")
      slice.style.setProperty("--n", plan.size)
      if (card.dataset.kernel !== data.kernel?.bytes) {
        card.dataset.kernel = data.kernel?.bytes
        slice.replaceChildren(
          ...terms(at, which).map(({ weight }) => {
            const cell = makeCell()
            cell.textContent = weight.toFixed(1).replace("-0.0", "0.0").replace("-", "−")
            cell.style.background = tint(weight, most)
            return cell
          }),
        )
      }
      const sum = say(sliceSum(maps, kernel, plan, at, which))
      card.querySelector("b").textContent = sum
      card.setAttribute("aria-label", `Slice ${which + 1}: ${sum}`)
    })
  }

  function drawThumb(canvas, which, at) {
    const UNIT = 6
    Object.assign(canvas, { width: maps.w * UNIT, height: maps.h * UNIT })
    const to = canvas.getContext("2d")
    for (let row = 0; row < maps.h; row++) {
      for (let column = 0; column < maps.w; column++) {
        to.fillStyle = `rgb(${scale.colour(valueAt(maps, row, column, which)).join(" ")})`
        to.fillRect(column * UNIT, row * UNIT, UNIT, UNIT)
      }
    }
    const [row, column] = cellAt(plan, at, 0, 0)
    to.strokeStyle = getComputedStyle(frame.root).getPropertyValue("--st-primary-color").trim() || "#f33"
    to.lineWidth = 3
    to.strokeRect(column * UNIT, row * UNIT, plan.covered * UNIT, plan.covered * UNIT)
  }

  // Editing.

  filter.takeNumbers(find(".bias"), (value) => (filter.bias = value), () => filter.bias)
  find(".relu").addEventListener("change", (event) => filter.edit(() => (filter.relu = event.target.checked)))
  find(".undo").addEventListener("click", filter.undo)
  find(".reset").addEventListener("click", () => filter.reset(data.preset))

  function hook() {
    globalThis.aecoreLab = {
      kind: "convolution", rows: plan.rows, columns: plan.columns, values: Array.from(output.values), at: player.at,
      filled: Array.from({ length: plan.rows * plan.columns }, (_, i) => player.has(Math.floor(i / plan.columns), i % plan.columns)),
      playing: player.isPlaying(), sum: find(".written b")?.textContent, channel,
    }
  }
  return lab
}
