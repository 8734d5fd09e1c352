// Counts that come after the page: [data-counts-url] answers {key: number | "10000+"} for the [data-count=key] in it, or anywhere on the page.
import { each, getJson } from './dom.js';

const MOST_ON_BELL = 99;

const grouped = (text) => text.replace(/^\d+(?=\+?$)/, (digits) => Number(digits).toLocaleString('en-US'));

/** A zero beside a menu entry says nothing; the bell has room for two digits. */
function short(place, text) {
  if (text === '0' && place.matches('.top-icon .count, .side-count')) return '';
  if (place.matches('.top-icon .count') && Number(text.replace(/\D/g, '')) > MOST_ON_BELL) return `${MOST_ON_BELL}+`;
  return grouped(text);
}

async function load(box) {
  let counts;
  try { counts = await getJson(box.dataset.countsUrl); } catch { return; /* a missing count is no fault worth a word */ }
  for (const [key, value] of Object.entries(counts)) {
    const selector = `[data-count="${CSS.escape(key)}"]`;
    const inside = box.querySelectorAll(selector);
    for (const place of inside.length ? inside : document.querySelectorAll(selector)) {
      place.textContent = short(place, String(value));
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
