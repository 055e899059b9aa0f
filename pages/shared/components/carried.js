// What `carry` of mount.py sends: a byte with the length of the label "what@version", the label, then the bytes.
function carried(data) {
  const end = 1 + data[0]
  const [name, version] = new TextDecoder().decode(data.subarray(1, end)).split("@")
  return { name, version, bytes: data.slice(end) } // a copy, so that its buffer begins where the bytes do
}

const announce = (kind, name) => document.dispatchEvent(new CustomEvent(`aecore-${kind}`, { detail: name }))
