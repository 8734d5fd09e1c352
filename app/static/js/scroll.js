// Coming back to a list, by the browser's button or by the link above a record, finds the same filter, scroll position, row and picks.
import { all, store } from './dom.js';

const session = (key, value) => (value === undefined ? store.get(key, sessionStorage) : store.set(key, value, sessionStorage));
const here = () => `${location.pathname}${location.search}`;
const stateKey = () => `list ${here()}`;
const lastKey = (path) => `list at ${path}`;
const SEEN = 'record seen';
const RETURN = 'back to list';

const pathOf = (url) => new URL(url, location.href).pathname;
const rowOf = (list, path) => all(list, 'tbody tr').find((row) => {
  const url = row.dataset.rowUrl ?? row.querySelector('.name a, a')?.href;
  return url && pathOf(url) === path;
});

function keep(list) {
  session(lastKey(location.pathname), here());
  session(stateKey(), JSON.stringify({
    top: list.scrollTop,
    left: list.scrollLeft,
    page: window.scrollY,
    picks: all(list, '[data-check]:checked').map((box) => box.value),
  }));
}

/** How the person came: back, by the link of a record, or after an action on this very list. */
function arrival() {
  const wanted = session(RETURN);
  store.remove(RETURN, sessionStorage);
  if (performance.getEntriesByType('navigation')[0]?.type === 'back_forward' || wanted === here()) return 'back';
  return document.referrer === location.href ? 'again' : 'new';
}

function restore(list) {
  const how = arrival();
  const kept = how === 'new' ? null : JSON.parse(session(stateKey()) ?? 'null');
  if (!kept) return;
  if (how === 'back') {
    for (const box of all(list, '[data-check]')) box.checked = kept.picks.includes(box.value);
    // The bar of picked rows leaves room at the bottom; without it the place would be out of reach.
    list.closest('.page')?.classList.toggle('has-picks', kept.picks.length > 0);
  }
  list.scrollTo(kept.left, kept.top);
  if (kept.page) window.scrollTo(0, kept.page);
  if (how !== 'back') return;
  const row = rowOf(list, session(SEEN));
  row?.classList.add('at', 'seen');
  row?.scrollIntoView({ block: 'nearest' });
}

/** On a record: the links above it lead to the list as it was left. */
function leadBack() {
  const record = /^.*\/\d+(?=$|\/edit$)/.exec(location.pathname);
  if (record) session(SEEN, record[0]);
  for (const link of document.querySelectorAll('.crumbs a, .foot a.btn-ghost')) {
    const left = session(lastKey(pathOf(link.href)));
    if (!left || new URL(link.href).search) continue;
    link.href = left;
    link.addEventListener('click', () => session(RETURN, left));
  }
}

export function start() {
  const list = document.querySelector('.page-list .table-scroll, .page-split .pane-main, [data-keep-place]');
  if (!list) { leadBack(); return; }
  window.addEventListener('pagehide', () => keep(list));
  restore(list);
}
