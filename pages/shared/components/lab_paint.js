// The colours of the labs. Pictures are grey, black for 0; results are orange above 0 and blue below, black for 0.
// Written to be put in front of the labs.
const ABOVE = [255, 176, 32]
const BELOW = [96, 176, 255]

const share = (value, reach) => Math.min(Math.abs(value) / (reach || 1), 1)

// value → [red, green, blue], for pictures whose largest number is `top`.
const greyScale = (top) => ({
  top, low: 0,
  colour: (value) => Array(3).fill(Math.round(255 * share(Math.max(value, 0), top))),
})

function signedScale(values) {
  let [low, top] = [0, 0]
  for (const value of values) {
    if (value < low) low = value
    if (value > top) top = value
  }
  const reach = Math.max(top, -low) || 1
  return { top, low, colour: (value) => (value < 0 ? BELOW : ABOVE).map((part) => Math.round(part * share(value, reach))) }
}

// Of a cell with a number in it: clear for 0, so that the text keeps the page's own colour.
function tint(value, reach) {
  const strength = 0.75 * share(value, reach)
  return strength ? `rgb(${(value < 0 ? BELOW : ABOVE).join(" ")} / ${strength.toFixed(3)})` : "transparent"
}

const reachOf = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)

// What the colours mean: a bar from the lowest to the highest number, with these and 0 beside it.
function drawLegend(host, scale) {
  const { low, top, colour } = scale
  const span = top - low || 1
  const stops = Array.from({ length: 9 }, (_, i) => `rgb(${colour(low + (span * i) / 8).join(" ")})`)
  const zero = low < 0 && top > 0 ? `<span style="left:${((-low / span) * 100).toFixed(1)}%">0</span>` : ""
  const near = low < 0 && top > 0 && Math.min(-low, top) / span < 0.15
  host.innerHTML = `<i style="background:linear-gradient(to right,${stops.join(",")})"></i>
    <div><b>${say(low)}</b>${near ? "" : zero}<b>${say(top)}</b></div>`
}
