// The numbers of a filter, its bias and ReLU: edited where they stand, with a way back.
// Written to be put in front of the labs.
const MOST = 1000

// `on.changed()`: there is other arithmetic to show; `on.settled(filter)`: an edit is done. A filter is
// {numbers: [[…], …], bias, relu}; `filter.flat` holds its numbers in one row.
function makeFilter(on) {
  const filter = { flat: [], size: 0, bias: 0, relu: false, build, take, undo, reset, canUndo: () => past.length > 0 }
  let inputs = []
  let past = []
  let answered = ""
  const sent = []

  const state = () => ({
    numbers: Array.from({ length: filter.size }, (_, i) => filter.flat.slice(i * filter.size, (i + 1) * filter.size)),
    bias: filter.bias,
    relu: filter.relu,
  })

  function set({ numbers, bias, relu }) {
    Object.assign(filter, { flat: numbers.flat(), size: numbers.length, bias, relu })
  }

  // The server's filter, unless it is the answer to an edit of one's own. Whether it was taken up.
  function take(next) {
    const text = JSON.stringify(next)
    if (text === answered) return false
    answered = text
    const mine = sent.lastIndexOf(text)
    if (mine >= 0) {
      sent.splice(0, mine + 1)
      return false
    }
    past = []
    set(next)
    return true
  }

  function settle() {
    sent.push(JSON.stringify(state()))
    on.settled(state())
  }

  function edit(change) {
    past.push(state())
    change()
    on.changed()
    settle()
  }

  function undo() {
    if (!past.length) return
    set(past.pop())
    show()
    on.changed()
    settle()
  }

  function reset(first) {
    edit(() => set(first))
    show()
  }

  // Inputs for all numbers, or plain cells where they are not to be edited.
  function build(host, editable) {
    inputs = makeCells(host, editable ? "filter (type in it)" : "filter", filter.size, (k) => {
      if (!editable) return makeCell()
      const input = document.createElement("input")
      input.className = "cell"
      input.inputMode = "text"
      input.setAttribute("aria-label", `Filter, row ${Math.floor(k / filter.size) + 1}, column ${(k % filter.size) + 1}`)
      takeNumbers(input, (value) => (filter.flat[k] = value), () => filter.flat[k])
      return input
    })
    show()
  }

  // A box for one number: what is typed counts at once, and is sent when the box is left or Enter pressed.
  function takeNumbers(input, put, get) {
    let before = null
    const begin = () => (before ??= state())
    input.addEventListener("focus", () => input.select())
    input.addEventListener("input", () => {
      const value = parseNumber(input.value)
      const fits = value !== null && Math.abs(value) < MOST
      input.setAttribute("aria-invalid", !fits)
      if (!fits) return
      begin()
      put(value)
      on.changed()
      colours()
    })
    input.addEventListener("change", () => {
      input.removeAttribute("aria-invalid")
      input.value = say(get())
      if (!before) return
      past.push(before)
      before = null
      on.changed()
      settle()
    })
    input.addEventListener("keydown", (event) => {
      const up = { ArrowUp: 1, ArrowDown: -1 }[event.key]
      if (!up) return
      event.preventDefault()
      input.value = String(Number((get() + up * (event.shiftKey ? 0.1 : 1)).toFixed(4)))
      input.dispatchEvent(new Event("input"))
    })
  }
  filter.takeNumbers = takeNumbers
  filter.edit = edit

  function colours() {
    const reach = reachOf(filter.flat)
    inputs.forEach((input, k) => (input.style.background = tint(filter.flat[k], reach)))
  }

  function show() {
    inputs.forEach((input, k) => {
      const text = sayIn(filter.flat[k], filter.size)
      if (input.tagName !== "INPUT") input.textContent = text
      else if (input !== input.getRootNode().activeElement || input.value === "") input.value = text
      input.title = String(filter.flat[k])
    })
    colours()
  }
  filter.show = show
  return filter
}
