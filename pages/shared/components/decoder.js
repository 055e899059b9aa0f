// The decoder in the browser: a stack of dense layers, as `aecore.networks.numpy_backend.pack_decoder` packs it.
// Written to be put in front of a component's own code; decoders are kept by name, so that many components share one.

const DECODERS = (globalThis.aecoreDecoders ??= new Map())

const HALF = (globalThis.aecoreHalf ??= (() => {
  const table = new Float32Array(65536)
  for (let bits = 0; bits < 65536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1
    const exponent = (bits >> 10) & 31
    const fraction = bits & 1023
    table[bits] =
      exponent === 0
        ? sign * fraction * 2 ** -24
        : exponent === 31
          ? fraction
            ? NaN
            : sign * Infinity
          : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
  }
  return table
})())

// Abramowitz and Stegun 7.1.26: within 1.5e-7 of the error function.
function erf(x) {
  const a = Math.abs(x)
  const t = 1 / (1 + 0.3275911 * a)
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  const value = 1 - series * Math.exp(-a * a)
  return x < 0 ? -value : value
}

const ACTIVATIONS = {
  relu: (v) => (v > 0 ? v : 0),
  gelu: (v) => 0.5 * v * (1 + erf(v * Math.SQRT1_2)),
  tanh: Math.tanh,
  linear: (v) => v,
  sigmoid: (v) => 1 / (1 + Math.exp(-v)),
}

// Uint8Array → [{n_in, n_out, activation, kernel, bias, out}, …]
function unpackDecoder(bytes) {
  const copy = bytes.slice().buffer // at offset 0, whatever the message it came in
  const headerLength = new DataView(copy).getUint32(0, true)
  const layers = JSON.parse(new TextDecoder().decode(new Uint8Array(copy, 4, headerLength)))
  const halves = new Uint16Array(copy, 4 + headerLength)
  let at = 0
  const take = (count) => {
    const values = new Float32Array(count)
    for (let i = 0; i < count; i++) values[i] = HALF[halves[at + i]]
    at += count
    return values
  }
  for (const layer of layers) {
    layer.kernel = take(layer.n_in * layer.n_out)
    layer.bias = take(layer.n_out)
    layer.out = new Float32Array(layer.n_out)
  }
  return layers
}

// z → pixels Float32Array(784) in [0, 1]; valid until the next call.
function decode(layers, z) {
  let h = z
  for (const { n_in, n_out, activation, kernel, bias, out } of layers) {
    out.set(bias)
    for (let i = 0; i < n_in; i++) {
      const value = h[i]
      if (value === 0) continue
      const row = i * n_out
      for (let j = 0; j < n_out; j++) out[j] += value * kernel[row + j]
    }
    const activate = ACTIVATIONS[activation]
    for (let j = 0; j < n_out; j++) out[j] = activate(out[j])
    h = out
  }
  return h
}

// Pixels in [0, 1] → a 28×28 canvas, white ink on black as the data are.
function paintDigit(canvas, pixels) {
  const context = canvas.getContext("2d")
  const image = context.createImageData(28, 28)
  for (let i = 0; i < 784; i++) {
    image.data[4 * i] = image.data[4 * i + 1] = image.data[4 * i + 2] = 255 * pixels[i]
    image.data[4 * i + 3] = 255
  }
  context.putImageData(image, 0, 0)
}
