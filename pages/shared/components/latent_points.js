// `data`: a byte with the length of the name, the name ("what@version"), then for each point x and y (float32) and, behind
// all of them, a byte with its class.
export default function ({ data }) {
  const end = 1 + data[0]
  const [name, version] = new TextDecoder().decode(data.subarray(1, end)).split("@")
  const clouds = (globalThis.aecorePoints ??= new Map())
  if (clouds.get(name)?.version === version) return
  const bytes = data.slice(end).buffer
  const count = bytes.byteLength / 9
  clouds.set(name, {
    version,
    xy: new Float32Array(bytes, 0, 2 * count),
    labels: new Uint8Array(bytes, 8 * count, count),
  })
  document.dispatchEvent(new CustomEvent("aecore-points", { detail: name }))
}
