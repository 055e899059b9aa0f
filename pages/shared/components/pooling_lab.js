// A pooling window goes over a picture: of the numbers under it one is kept, or their mean.
export default function (component) {
  mountLab(component, makePoolingLab)
}

function makePoolingLab(parent) {
  const lab = { send: () => {}, show }
  const frame = makeFrame(parent, {
    middle: `
      <div class="grids"><div class="field"></div><i>→</i><b class="pixel large"></b></div>
      <p class="said"></p><p class="count"></p>
      <label class="dim"><input type="checkbox"> Dim what is thrown away</label>`,
    moved: draw,
    stopped: (at) => lab.send("at", at),
    describe: () => `Row ${player.at[0] + 1}, column ${player.at[1] + 1}: ${say(valueAt(output, ...player.at))}`,
    describeInput: (row, column) =>
      isInside(maps, row, column)
        ? `row ${row + 1}, column ${column + 1}: ${say(valueAt(maps, row, column))}${fate(row, column)}`
        : "",
    describeOutput: (row, column) =>
      isInside(output, row, column) && player.has(row, column)
        ? `row ${row + 1}, column ${column + 1}: ${say(valueAt(output, row, column))}`
        : "",
    placeOfInput: ([row, column]) =>
      [row + plan.top, column + plan.left].map((at) => Math.round((at - plan.size / 2) / plan.stride)),
    placeOfOutput: (cell) => cell.map(Math.floor),
  })
  const { find, player } = frame
  let asked = ""
  let data = null
  let maps = null
  let plan = null
  let output = emptyMap(1, 1)
  let kept = new Uint8Array(1) // the pixels of the picture whose number is kept somewhere
  let scale = null
  let cells = []

  const fate = (row, column) =>
    data.kind !== "max" ? "" : kept[row * maps.w + column] ? ", kept" : ", thrown away"

  function show(next) {
    const text = JSON.stringify(next)
    if (text === asked) return
    asked = text
    const before = { wide: maps?.w, size: plan?.size, places: plan && String([plan.rows, plan.columns]) }
    data = next
    maps = unpackMaps(data.maps)
    plan = planOf(maps.h, maps.w, data.size, data)
    scale = data.top === null ? signedScale(maps.values) : greyScale(data.top)
    if (before.size !== plan.size) cells = makeCells(find(".field"), "window", plan.size, makeCell)
    output = pooled(maps, plan, data.kind)
    keep()
    if (before.wide !== maps.w) find(".dim input").checked = maps.w <= LARGE
    const isSame = before.places === String([plan.rows, plan.columns])
    const isNews = frame.isNews(data.at)
    player.setGrid(plan.rows, plan.columns, isNews || !isSame ? data.at : player.at)
    const keys = "Arrow keys move the window, Home and End lead to the first and the last place, space plays."
    frame.input.name(data.title, `${maps.w} × ${maps.h}`, `${data.title}. Drag the window. ${keys}`)
    frame.output.name("What is left", `${plan.columns} × ${plan.rows}`, `What is left. Choose a pixel. ${keys}`)
    find(".dim").hidden = data.kind !== "max"
    const [all, left] = [maps.h * maps.w, plan.rows * plan.columns]
    find(".count").innerHTML = `<b>${all} → ${left}</b> numbers: ${ofAll(left / all)}.`
    frame.schedule()
  }

  function ofAll(part) {
    const names = { 1: "all of them", 0.5: "half", 0.25: "a quarter", 0.0625: "a sixteenth" }
    return names[part] ?? `${(100 * part).toFixed(part < 0.1 ? 1 : 0)}% of them`
  }

  function keep() {
    kept = new Uint8Array(maps.h * maps.w)
    for (let row = 0; row < plan.rows; row++) {
      for (let column = 0; column < plan.columns; column++) {
        const { cells: under, winner } = windowOf(maps, plan, [row, column])
        for (const cell of under) if (cell.value === winner.value) kept[cell.row * maps.w + cell.column] = 1
      }
    }
  }

  function draw() {
    const { at } = player
    const [row, column] = cellAt(plan, at, 0, 0)
    const dims = data.kind === "max" && find(".dim input").checked
    frame.input.show({
      map: maps,
      scale,
      around: aroundOf(plan),
      dim: dims ? (r, c) => !kept[r * maps.w + c] : null,
      frames: [{ row, column, height: plan.size, width: plan.size }],
    })
    const [high, wide] = [plan.top + maps.h + plan.bottom - plan.rows, plan.left + maps.w + plan.right - plan.columns]
    frame.output.show({
      map: output,
      scale,
      around: { top: high / 2, bottom: high / 2, left: wide / 2, right: wide / 2, bare: true },
      isClear: (r, c) => !player.has(r, c),
      frames: pixelFrame(at),
    })
    frame.input.legend(scale)
    frame.output.legend(scale)
    drawWindow(at)
    globalThis.aecoreLab = {
      kind: "pooling", rows: plan.rows, columns: plan.columns, values: Array.from(output.values), at,
      kept: Array.from(kept), said: find(".said").textContent, count: find(".count").textContent,
    }
  }

  function drawWindow(at) {
    const { cells: under, winner, mean } = windowOf(maps, plan, at)
    const isMax = data.kind === "max"
    const lost = under.some(({ value }) => value !== winner.value) ? under.length - 1 : 0
    for (const cell of cells) Object.assign(cell, { textContent: "", className: "cell outside", style: "" })
    for (const { i, j, row, column, value } of under) {
      const cell = cells[i * plan.size + j]
      paintGrey(cell, value, scale, false, plan.size)
      const wins = row === winner.row && column === winner.column
      cell.className = `cell${isMax ? (wins ? " wins" : lost ? " loses" : "") : ""}`
    }
    find(".pixel").textContent = say(isMax ? winner.value : mean)
    const all = under.map(({ value }) => say(value)).join(isMax ? ", " : " + ")
    const rest = lost === 0 ? "here nothing is lost" : lost === 1 ? "one other is thrown away" : `${lost} others are thrown away`
    find(".said").innerHTML = isMax
      ? `The largest of ${all} is <b>${say(winner.value)}</b>. It is kept, ${rest}.`
      : `(${all}) / ${under.length} = <b>${say(mean)}</b>. Every number counts, and none of them is kept as it was.`
  }

  find(".dim input").addEventListener("change", frame.schedule)
  return lab
}
