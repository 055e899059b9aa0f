// Brings a packed decoder.
export default function ({ data }) {
  const { name, version, bytes } = carried(data)
  const versions = (globalThis.aecoreVersions ??= new Map())
  if (versions.get(name) === version) return
  DECODERS.set(name, unpackDecoder(bytes))
  versions.set(name, version)
  announce("decoder", name)
}
