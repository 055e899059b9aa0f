// One sentence where the browser gives this page no camera, and which way is left; nothing where it does.
const WAY_OUT = "Take the photo with your camera app and choose it under File."
const NONE = {
  insecure: `Browsers give a camera to secure pages only, and the address of this one begins with http. ${WAY_OUT}`,
  embedded: `This page is embedded in another one, which gives it no camera. ${WAY_OUT}`,
  denied: `The camera is blocked for this page; the browser's site settings allow it again. ${WAY_OUT}`,
  missing: `No camera was found on this device. ${WAY_OUT}`,
}
const MOUNTS = new WeakMap()

export default function ({ parentElement, setStateValue }) {
  let mounted = MOUNTS.get(parentElement)
  if (!mounted) MOUNTS.set(parentElement, (mounted = makeNote(parentElement)))
  mounted.send = (problem) => setStateValue("problem", problem)
}

function makeNote(parent) {
  const note = document.createElement("p")
  note.className = "camera-note"
  note.setAttribute("role", "status")
  parent.appendChild(note)
  const mounted = { send: () => {} }
  let said = null
  const say = async () => {
    const found = await problem()
    note.textContent = NONE[found] ?? ""
    if (found !== said) mounted.send(found)
    said = found
  }
  say()
  navigator.permissions
    ?.query({ name: "camera" })
    .then((permission) => permission.addEventListener("change", say))
    .catch(() => {})
  navigator.mediaDevices?.addEventListener("devicechange", say)
  return mounted
}

async function problem() {
  if (!window.isSecureContext) return "insecure"
  const policy = document.permissionsPolicy ?? document.featurePolicy
  if (window.self !== window.top && policy && !policy.allowsFeature("camera")) return "embedded"
  const permission = await navigator.permissions?.query({ name: "camera" }).catch(() => null)
  if (permission?.state === "denied") return "denied"
  const devices = await navigator.mediaDevices?.enumerateDevices().catch(() => [])
  if (!devices?.some((device) => device.kind === "videoinput")) return "missing"
  return null
}
