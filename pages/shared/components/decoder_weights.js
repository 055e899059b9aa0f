// `data`: a byte with the length of the decoder's name, the name, the packed decoder.
export default function ({ data }) {
  const end = 1 + data[0]
  const name = new TextDecoder().decode(data.subarray(1, end))
  if (DECODERS.has(name)) return
  DECODERS.set(name, unpackDecoder(data.subarray(end)))
  document.dispatchEvent(new CustomEvent("aecore-decoder", { detail: name }))
}
