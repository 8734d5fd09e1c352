// Cells of the filing matrix: click or arrows, Shift to extend; the bar sends cells=id for every picked one.
import { all, each } from './dom.js';

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

function connect(table) {
  const bar = table.dataset.cells ? document.querySelector(table.dataset.cells) : null;
  const grid = [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.querySelector('[data-cell]')));
  const place = (cell) => { const row = cell.closest('tr').sectionRowIndex; return [row, grid[row].indexOf(cell)]; };
  let anchor = null;

  const update = () => {
    const count = all(table, '[data-cell][aria-pressed="true"]').length;
    if (!bar) return;
    bar.hidden = !count;
    bar.querySelector('[data-bulk-text]').textContent = bar.dataset.text.replace('{n}', count);
  };
  const press = (cells, value) => { for (const cell of cells) cell?.setAttribute('aria-pressed', String(value)); update(); };
  const area = (from, to) => {
    const [[r1, c1], [r2, c2]] = [place(from), place(to)];
    return grid.slice(Math.min(r1, r2), Math.max(r1, r2) + 1).flatMap((row) => row.slice(Math.min(c1, c2), Math.max(c1, c2) + 1));
  };
  const only = (cells) => { press(all(table, '[data-cell]'), false); press(cells, true); };

  table.addEventListener('click', (event) => {
    const cell = event.target.closest('[data-cell]');
    if (!cell) return;
    if (event.shiftKey && anchor) only(area(anchor, cell));
    else { press([cell], cell.getAttribute('aria-pressed') !== 'true'); anchor = cell; }
  });
  table.addEventListener('keydown', (event) => {
    const cell = event.target.closest('[data-cell]');
    const step = STEPS[event.key];
    if (!cell || !step) return;
    event.preventDefault();
    let [row, column] = place(cell);
    do { row += step[0]; column += step[1]; } while (grid[row] && column >= 0 && column < grid[row].length && !grid[row][column]);
    const next = grid[row]?.[column];
    if (!next) return;
    next.focus();
    if (event.shiftKey) { anchor ??= cell; only(area(anchor, next)); } else anchor = next;
  });
  bar?.querySelector('[data-bulk-clear]')?.addEventListener('click', () => press(all(table, '[data-cell]'), false));
  bar?.addEventListener('formdata', (event) => {
    for (const cell of all(table, '[data-cell][aria-pressed="true"]')) event.formData.append('cells', cell.dataset.cell);
  });
}

export function setup(root) {
  each(root, 'table[data-cells]', 'matrix', connect);
}
