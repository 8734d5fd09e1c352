// Runs before the first paint: theme, folded side bar and density of lists, so that nothing jumps. Not a module, because modules run too late.
(() => {
  const root = document.documentElement;
  const read = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const narrow = window.matchMedia('(max-width: 1399.98px)');
  const phone = window.matchMedia('(max-width: 767.98px)');
  const applyTheme = () => {
    const choice = read('theme') || root.dataset.themeChoice || 'system';
    const isDark = choice === 'dark' || (choice === 'system' && dark.matches);
    root.dataset.themeChoice = choice;
    root.dataset.theme = isDark ? 'dark' : 'light';
    document.dispatchEvent(new Event('zf:theme'));
  };
  const applySide = () => {
    const choice = read(narrow.matches ? 'side-narrow' : 'side');
    const folded = choice ? choice === 'folded' : narrow.matches;
    root.dataset.side = folded && !phone.matches ? 'folded' : 'open';
  };
  applyTheme();
  applySide();
  root.dataset.density = read('density') || 'normal';
  dark.addEventListener('change', applyTheme);
  narrow.addEventListener('change', applySide);
  phone.addEventListener('change', applySide);
  document.addEventListener('zf:theme-choice', applyTheme);
  document.addEventListener('zf:side-choice', applySide);
})();
