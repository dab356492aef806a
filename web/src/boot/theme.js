// Runs before the first paint: the stored choice, else the system's.
(function () {
  var choice = null;
  try {
    choice = localStorage.getItem('barograph.theme');
  } catch {
    // Storage may be forbidden; the system's theme is right then.
  }
  var light = choice ? choice === 'light' : matchMedia('(prefers-color-scheme: light)').matches;
  document.documentElement.dataset.theme = light ? 'light' : 'dark';
})();
