// `data`: a byte with the length of the name, the name ("what@version"), the packed decoder.
export default function ({ data }) {
  const end = 1 + data[0]
  const [name, version] = new TextDecoder().decode(data.subarray(1, end)).split("@")
  const versions = (globalThis.aecoreVersions ??= new Map())
  if (versions.get(name) === version) return
  DECODERS.set(name, unpackDecoder(data.subarray(end)))
  versions.set(name, version)
  document.dispatchEvent(new CustomEvent("aecore-decoder", { detail: name }))
}
