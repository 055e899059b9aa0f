// Brings points of a latent plane: for each x and y (float32) and, behind all of them, a byte with its class.
export default function ({ data }) {
  const { name, version, bytes } = carried(data)
  const clouds = (globalThis.aecorePoints ??= new Map())
  if (clouds.get(name)?.version === version) return
  const count = bytes.length / 9
  clouds.set(name, {
    version,
    xy: new Float32Array(bytes.buffer, 0, 2 * count),
    labels: new Uint8Array(bytes.buffer, 8 * count, count),
  })
  announce("points", name)
}
