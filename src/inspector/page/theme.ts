const KEY = 'venice-onboard-theme'

/** A page from a file may have no storage; then the choice lasts as long as the page. */
function storage(): Storage | null {
  try {
    return localStorage
  } catch {
    return null
  }
}

const set = (theme: string): void => document.documentElement.setAttribute('data-theme', theme)

/** Takes up the theme chosen last; without one the system's. */
export function keepTheme(): void {
  const theme = storage()?.getItem(KEY)
  if (theme === 'light' || theme === 'dark') set(theme)
}

export function toggleTheme(): void {
  const given = document.documentElement.getAttribute('data-theme')
  const isDark = given === null ? matchMedia('(prefers-color-scheme: dark)').matches : given === 'dark'
  set(isDark ? 'light' : 'dark')
  storage()?.setItem(KEY, isDark ? 'light' : 'dark')
}
