export default function ({ data, parentElement }) {
  let root = parentElement.querySelector(".figure")
  if (!root) {
    root = document.createElement("div")
    root.className = "figure"
    root.style.cssText = "font-family: var(--st-font); color: var(--st-text-color)"
    parentElement.appendChild(root)
  }
  if (root.markup === data.markup) return
  root.markup = data.markup
  root.innerHTML = data.markup
}
