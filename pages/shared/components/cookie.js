export default function ({ data }) {
  const secure = location.protocol === "https:" ? "; Secure" : ""
  document.cookie = `${data.name}=${data.value}; path=/; max-age=31536000; SameSite=Lax${secure}`
}
