// Sets the theme before the first paint. The choice is the only thing that the console stores in the browser.
try {
  const theme = localStorage.getItem('antiphon.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be switched off: the system's theme holds.
}
