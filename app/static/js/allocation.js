// The booking dialog: what the ticked receivables and then the oldest due would be paid, reckoned in fen as the server does.
import { each } from './dom.js';

const fen = (text) => Math.round(Number(text) * 100);
const yuan = (amount) => (amount / 100).toFixed(2).replace(/\B(?=(\d{3})+\.)/g, ',');

function reckon(box) {
  const rows = [...box.querySelectorAll('tr[data-open]')];
  const rest = box.querySelector('[name="rest"]')?.value || 'oldest';
  const ticked = (row) => row.querySelector('[name="receivables"]').checked;
  const named = rows.filter(ticked);
  const others = rest === 'oldest' ? rows.filter((row) => !ticked(row) && row.dataset.within) : [];
  let left = fen(box.dataset.amount);
  for (const row of rows) row.querySelector('[data-part]').textContent = '–';
  for (const row of [...named, ...others]) {
    const part = Math.min(left, fen(row.dataset.open));
    if (part > 0) row.querySelector('[data-part]').textContent = yuan(part);
    left -= part;
  }
  box.querySelector('[data-advance]').textContent = `¥${yuan(left)}`;
}

const setup = (root) => each(root, '[data-allocation]', 'allocation', (box) => {
  box.addEventListener('change', () => reckon(box));
  reckon(box);
});

setup(document);
document.addEventListener('zf:added', (event) => setup(event.target));
