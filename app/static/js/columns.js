// The dialog of columns: a column moves up or down in the list, which is left or right in the table.
import { each } from './dom.js';

function move(button, forwards) {
  const line = button.closest('[data-column]');
  const other = forwards ? line.nextElementSibling : line.previousElementSibling;
  if (!other) return;
  if (forwards) other.after(line); else other.before(line);
  button.focus();
}

function setup(root) {
  each(root, '[data-columns]', 'columns', (list) => list.addEventListener('click', (event) => {
    const up = event.target.closest('[data-column-up]');
    const down = event.target.closest('[data-column-down]');
    if (up ?? down) move(up ?? down, Boolean(down));
  }));
}

setup(document);
document.addEventListener('zf:added', (event) => setup(event.target));
