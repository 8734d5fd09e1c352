// Counts that come after the page: [data-counts-url] answers {key: number | "10000+"} for the [data-count=key] in it, or anywhere on the page.
import { each, getJson } from './dom.js';

const MOST_ON_BELL = 99;

const show = (value) => (typeof value === 'number' ? value.toLocaleString('en-US') : String(value ?? '').replace(/^(\d+)(?=\+$)/, (digits) => Number(digits).toLocaleString('en-US')));

async function load(box) {
  let counts;
  try { counts = await getJson(box.dataset.countsUrl); } catch { return; /* a missing count is no fault worth a word */ }
  for (const [key, value] of Object.entries(counts)) {
    const selector = `[data-count="${CSS.escape(key)}"]`;
    const inside = box.querySelectorAll(selector);
    for (const place of inside.length ? inside : document.querySelectorAll(selector)) {
      const quiet = place.matches('.top-icon .count, .alert-count') && !Number(value);
      place.textContent = quiet ? '' : place.matches('.top-icon .count') && Number(value) > MOST_ON_BELL ? `${MOST_ON_BELL}+` : show(value);
    }
  }
}

export function setup(root) {
  each(root, '[data-counts-url]', 'counts', (box) => {
    load(box);
    const every = Number(box.dataset.countsEvery);
    if (every) setInterval(() => { if (document.visibilityState === 'visible') load(box); }, every * 1000);
  });
}
