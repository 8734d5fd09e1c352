// Coming back to a list finds the same scroll position, row and picks.
import { all, store } from './dom.js';

const key = () => `list ${location.pathname}${location.search}`;

export function start() {
  const list = document.querySelector('.page-list .table-scroll, .page-split .pane-main');
  if (!list) return;
  const backAgain = performance.getEntriesByType('navigation')[0]?.type === 'back_forward';
  const kept = backAgain ? JSON.parse(store.get(key(), sessionStorage) ?? 'null') : null;
  window.addEventListener('pagehide', () => store.set(key(), JSON.stringify({
    top: list.scrollTop,
    left: list.scrollLeft,
    picks: all(list, '[data-check]:checked').map((box) => box.value),
    at: all(list, 'tr.at').map((row) => row.sectionRowIndex)[0],
  }), sessionStorage));
  if (!kept) return;
  for (const box of all(list, '[data-check]')) box.checked = kept.picks.includes(box.value);
  list.querySelector('tbody')?.rows[kept.at]?.classList.add('at');
  list.scrollTo(kept.left, kept.top);
}
