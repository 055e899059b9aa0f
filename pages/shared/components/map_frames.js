// Brings frames of a map: the length of a header (uint32), the header
// {"n", "dims", "whole", "frames": [{"iteration", "kl", "reach"}]} as JSON, and for each frame n · dims coordinates
// (int16), in shares of its reach.
const MAX_FRAMES = 400
const NOWHERE = -32768 // stands for a coordinate that is no number
const WHOLE = 32767

export default function ({ data }) {
  const { name, version, bytes } = carried(data)
  const { buffer } = bytes
  const length = new DataView(buffer).getUint32(0, true)
  const text = new TextDecoder().decode(new Uint8Array(buffer, 4, length))
  const maps = (globalThis.aecoreMaps ??= new Map())
  const known = maps.get(name)
  if (known?.version === version && known.text === text) return
  const header = JSON.parse(text)
  const { n, dims } = header
  const goesOn = known && !header.whole && known.version === version && known.n === n && known.dims === dims
  const before = goesOn ? known.frames : []
  const frames = header.frames.map(({ iteration, kl, reach }, i) => {
    const shares = new Int16Array(buffer, 4 + length + 2 * i * n * dims, n * dims)
    return { iteration, kl, xyz: Float32Array.from(shares, (v) => (v === NOWHERE ? NaN : (v / WHOLE) * reach)) }
  })
  maps.set(name, { version, text, n, dims, frames: thinned(merged(before, frames)) })
  announce("map", name)
}

function merged(before, frames) {
  const anew = new Set(frames.map((frame) => frame.iteration))
  const kept = before.filter((frame) => !anew.has(frame.iteration))
  return [...kept, ...frames].sort((a, b) => a.iteration - b.iteration)
}

// Without the frames that are missed least: those whose neighbours are nearest to each other, never the ends.
function thinned(frames) {
  while (frames.length > MAX_FRAMES) {
    let least = 1
    const gap = (i) => frames[i + 1].iteration - frames[i - 1].iteration
    for (let i = 2; i < frames.length - 1; i++) if (gap(i) < gap(least)) least = i
    frames.splice(least, 1)
  }
  return frames
}
