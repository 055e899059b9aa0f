// The way back: each number of a small picture stamps the filter, times itself, onto a larger one; stamps add up.
export default function (component) {
  mountLab(component, makeWayBackLab)
}

function makeWayBackLab(parent) {
  const lab = { send: () => {}, show }
  const frame = makeFrame(parent, {
    middle: `
      <div class="work">
        <div class="grids"><div class="one"><span>number</span><b class="pixel large"></b></div><i>×</i>
          <div class="filter"></div></div>
        <div class="grids"><i>=</i><div class="products"></div></div>
      </div>
      <p class="said"></p>
      <div class="edits"><button type="button" class="undo">Undo</button>
        <button type="button" class="reset">Reset</button></div>
      <div class="compare">
        <div><span>stamps on each pixel</span><canvas class="counts" role="img"></canvas><small></small></div>
        <div><span>the original</span><canvas class="original" role="img" aria-label="The image before it was pooled"></canvas></div>
      </div>`,
    moved: draw,
    stopped: (at) => lab.send("at", at),
    describe: () => `Row ${player.at[0] + 1}, column ${player.at[1] + 1} stamps ${say(valueAt(maps, ...player.at))}`,
    describeInput: (row, column) =>
      isInside(maps, row, column) ? `row ${row + 1}, column ${column + 1}: ${say(valueAt(maps, row, column))}` : "",
    describeOutput: (row, column) =>
      isInside(result.out, row, column)
        ? `row ${row + 1}, column ${column + 1}: ${say(valueAt(result.out, row, column))}, ` +
          `from ${valueAt(result.counts, row, column)} stamp${valueAt(result.counts, row, column) === 1 ? "" : "s"}`
        : "",
    placeOfInput: (cell) => cell.map(Math.floor),
    placeOfOutput: ([row, column]) =>
      [row + plan.top, column + plan.left].map((at) => Math.round((at - plan.size / 2) / plan.stride)),
  })
  const { find, player } = frame
  const filter = makeFilter({ changed: recompute, settled: (next) => lab.send("filter", next) })
  let asked = ""
  let data = null
  let maps = null
  let original = null
  let plan = null
  let whole = null // with every stamp
  let result = null // with the stamps made so far
  let scale = null
  let cells = []

  function show(next) {
    const text = JSON.stringify(next)
    if (text === asked) return
    asked = text
    const before = { size: plan?.size, sides: maps && String([maps.h, maps.w]), editable: data?.editable }
    data = next
    maps = unpackMaps(data.maps)
    original = unpackMaps(data.original)
    const isOther = filter.take(data.filter)
    if (isOther || before.size !== filter.size || before.editable !== data.editable) {
      filter.build(find(".filter"), data.editable)
      cells = makeCells(find(".products"), "stamp", filter.size, makeCell)
    }
    const isSame = before.sides === String([maps.h, maps.w])
    const isNews = frame.isNews(data.at)
    player.setGrid(maps.h, maps.w, isNews || !isSame ? data.at : player.at)
    find(".edits").hidden = !data.editable
    recompute()
    const keys = "Arrow keys move on, Home and End lead to the first and the last number, space plays."
    frame.input.name("The small image", `${maps.w} × ${maps.h}`, `The small image. Choose a number. ${keys}`)
    frame.output.name("The large image", `${plan.w} × ${plan.h}`, `The large image. Choose a stamp. ${keys}`)
  }

  function recompute() {
    plan = stampPlan(maps, filter.size, data.stride)
    whole = stamped(maps, filter.flat, plan, filter.bias, filter.relu, () => true)
    scale = signedScale(whole.out.values)
    if (scale.low >= 0) scale = greyScale(scale.top)
    find(".undo").disabled = !filter.canUndo()
    find(".reset").disabled = JSON.stringify(data.preset.numbers) === JSON.stringify(rowsOf(filter.flat))
    frame.schedule()
  }

  const rowsOf = (flat) => Array.from({ length: filter.size }, (_, i) => flat.slice(i * filter.size, (i + 1) * filter.size))

  function draw() {
    const { at } = player
    const value = valueAt(maps, ...at)
    const inputScale = greyScale(reachOf(maps.values))
    result = stamped(maps, filter.flat, plan, filter.bias, filter.relu, player.has)
    // At the scale of the result, so that one sees how much larger that is.
    const [high, wide] = [(plan.h - maps.h) / 2, (plan.w - maps.w) / 2]
    frame.input.show({
      map: maps,
      scale: inputScale,
      around: { top: high, bottom: high, left: wide, right: wide, bare: true },
      frames: pixelFrame(at),
    })
    frame.input.legend(inputScale)
    const [row, column] = stampAt(plan, at, 0, 0)
    frame.output.show({
      map: result.out,
      scale,
      around: NOTHING_AROUND,
      isClear: (r, c) => !valueAt(result.counts, r, c),
      frames: [{ row, column, height: plan.size, width: plan.size }],
    })
    frame.output.legend(scale)
    find(".pixel").textContent = say(value)
    const reach = reachOf(maps.values) * reachOf(filter.flat)
    cells.forEach((cell, k) => {
      const [r, c] = stampAt(plan, at, Math.floor(k / plan.size), k % plan.size)
      cell.textContent = sayIn(value * filter.flat[k], plan.size)
      cell.classList.toggle("outside", !isInside(result.out, r, c))
      cell.style.background = isInside(result.out, r, c) ? tint(value * filter.flat[k], reach) : ""
    })
    drawCompared()
    globalThis.aecoreLab = {
      kind: "way back", rows: plan.h, columns: plan.w, values: Array.from(result.out.values), at,
      counts: Array.from(whole.counts.values), said: find(".said").textContent,
    }
  }

  function drawCompared() {
    const { counts } = whole
    const seen = [...new Set(counts.values)].sort((a, b) => a - b)
    const canvas = find(".counts")
    paintSmall(canvas, counts, greyScale(seen.at(-1)))
    const listed = seen.join(", ")
    canvas.setAttribute("aria-label", `Numbers of stamps on each pixel: ${listed}`)
    find(".compare small").textContent = seen.length > 1 ? `dark ${seen[0]} … light ${seen.at(-1)}` : `${listed} everywhere`
    find(".said").textContent =
      seen.length > 1
        ? `Stamps are ${plan.size} wide but only ${plan.stride} apart, so they overlap and add up: some pixels get ` +
          `${seen.at(-1)} of them, others ${seen[0]}. Where the filter does not make up for it, that is a checkerboard.`
        : "Every pixel of the large image gets exactly one stamp: no overlap, no checkerboard."
    paintSmall(find(".original"), original, greyScale(reachOf(original.values)))
  }

  function paintSmall(canvas, map, colours) {
    Object.assign(canvas, { width: map.w, height: map.h })
    const to = canvas.getContext("2d")
    const image = to.createImageData(map.w, map.h)
    map.values.forEach((value, k) => image.data.set([...colours.colour(value), 255], 4 * k))
    to.putImageData(image, 0, 0)
  }

  find(".undo").addEventListener("click", filter.undo)
  find(".reset").addEventListener("click", () => filter.reset(data.preset))
  return lab
}
