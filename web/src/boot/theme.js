// Runs before the first paint: the stored theme, else the system's; and how wide the navigation is.
(function () {
  var root = document.documentElement;
  var choice = null;
  var nav = null;
  try {
    choice = localStorage.getItem('barograph.theme');
    nav = localStorage.getItem('barograph.navigation');
  } catch {
    // Storage may be forbidden; the system's theme is right then.
  }
  var light = choice ? choice === 'light' : matchMedia('(prefers-color-scheme: light)').matches;
  root.dataset.theme = light ? 'light' : 'dark';
  if (nav === 'narrow') root.dataset.nav = 'narrow';
})();
