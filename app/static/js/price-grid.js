// The price grid: search, only what changed, arrows to the next row; difference and share are counted while typing.
const grid = document.querySelector('[data-price-grid]');

const fen = (text) => {
  const plain = (text ?? '').normalize('NFKC').replace(/[,\s¥￥元]/g, '');
  return /^\d+(\.\d{1,2})?$/.test(plain) ? Math.round(Number(plain) * 100) : null;
};
const shown = (amount) => (amount / 100).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const rows = () => [...grid.querySelectorAll('[data-item]')];

function count(row) {
  const inputs = [...row.querySelectorAll('[data-price]')];
  if (!inputs.length) return;
  const [reference, authority] = inputs.map((input) => fen(input.value));
  const old = fen(inputs[1].dataset.old);
  for (const input of inputs) input.classList.toggle('changed', fen(input.value) !== fen(input.dataset.old));
  row.toggleAttribute('data-changed', inputs.some((input) => input.classList.contains('changed')));
  const moved = authority !== null && old !== null ? authority - old : 0;
  const difference = row.querySelector('[data-difference]');
  const text = document.createElement('span');
  text.className = moved ? (moved > 0 ? 'bad' : 'ok') : 'muted';
  text.textContent = moved ? `${moved > 0 ? '+' : '−'}${shown(Math.abs(moved))}` : '–';
  difference.replaceChildren(text);
  row.querySelector('[data-share]').textContent = reference && authority !== null ? `${Math.round((authority * 100) / reference)}%` : '–';
}

function show() {
  const words = grid.querySelector('[data-grid-search]').value.trim().toLowerCase();
  const onlyChanged = grid.querySelector('[data-grid-shown]:checked').value === 'changed';
  for (const group of grid.querySelectorAll('[data-group]')) {
    let some = false;
    for (const row of group.querySelectorAll('[data-item]')) {
      row.hidden = !row.dataset.words.toLowerCase().includes(words) || (onlyChanged && !row.hasAttribute('data-changed'));
      some ||= !row.hidden;
    }
    group.hidden = !some;
  }
}

function step(input, by) {
  const column = [...grid.querySelectorAll('[data-price]')].filter((other) => other.name.split('-')[0] === input.name.split('-')[0] && !other.closest('[hidden]'));
  column[column.indexOf(input) + by]?.focus();
}

if (grid) {
  grid.addEventListener('input', (event) => {
    if (event.target.matches('[data-price]')) {
      count(event.target.closest('[data-item]'));
      grid.querySelector('[data-grid-changed]').textContent = rows().filter((row) => row.hasAttribute('data-changed')).length;
    } else show();
  });
  grid.addEventListener('keydown', (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1, Enter: 1 }[event.key];
    if (by && !event.ctrlKey && !event.metaKey && event.target.matches('[data-price], [data-grid-search]')) {
      event.preventDefault();
      if (event.target.matches('[data-price]')) step(event.target, by);
    }
  });
}
