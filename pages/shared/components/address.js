// Puts the address right in its place, which adds no step to the history: the page's name, if another is given, and
// parameters that came with &amp; for &. Another page is loaded afresh: a server that has just started has by then shown
// Streamlit's own "Page not found". Else Streamlit is told as if the visitor had gone back to the address.
export default function ({ data }) {
  const here = new URL(location.href)
  if (data.page !== null) here.pathname = here.pathname.replace(/[^/]*$/, data.page)
  here.search = here.search.replace(/([?&])(amp;|amp%3B)+/gi, "$1")
  if (here.href === location.href) return
  if (data.page) return location.replace(here)
  history.replaceState(history.state, "", here)
  dispatchEvent(new PopStateEvent("popstate", { state: history.state }))
}
