// The matrix of filings: F, 0, P and N mark the cell that has the focus when none is picked yet.
const MARKS = new Set(['f', '0', 'p', 'n']);

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !MARKS.has(event.key.toLowerCase())) return;
  const cell = event.target instanceof Element ? event.target.closest('[data-cell]') : null;
  if (!cell || document.querySelector('[data-cell][aria-pressed="true"]')) return;
  cell.click();
}, { capture: true });
