// Editing one cell in its place: double click or Enter on a cell with data-cell; Enter saves, Esc gives up.
import { announceAdded, each, make, request, word } from './dom.js';
import { toast } from './toasts.js';

const fragment = (html) => document.importNode(new DOMParser().parseFromString(html, 'text/html').body, true);

async function ask(url, options) {
  const answer = await request(url, { ...options, headers: { Accept: 'text/html' } });
  if (!answer.ok && ![409, 422].includes(answer.status)) throw new Error(word('failed'));
  return { saved: answer.ok && options?.method === 'POST', body: fragment(await answer.text()) };
}

/** The cell as it was, or as it reads now; its pen comes last. */
function close(cell) {
  cell.replaceChildren(...cell.zhangfangBefore);
  delete cell.zhangfangBefore;
  cell.focus();
}

function fill(cell, body) {
  cell.replaceChildren(...body.childNodes);
  const form = cell.querySelector('form');
  announceAdded(form);
  const field = form.querySelector('input:not([type="hidden"]), select, textarea');
  field.focus();
  field.select?.();
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    event.stopPropagation();
    try {
      const { saved, body: next } = await ask(form.action, { method: 'POST', body: new FormData(form) });
      if (!saved) { fill(cell, next); return; }
      cell.zhangfangBefore = [...next.childNodes, cell.zhangfangBefore.at(-1)];
      close(cell);
      toast({ text: word('saved') });
    } catch (error) { toast({ text: error.message, tone: 'bad' }); }
  });
  form.addEventListener('keydown', (event) => { if (event.key === 'Escape') { event.stopPropagation(); close(cell); } });
  // A choice is made by choosing: no second press.
  if (field.tagName === 'SELECT') field.addEventListener('change', () => form.requestSubmit());
  form.querySelector('[data-cell-cancel]').addEventListener('click', () => close(cell));
}

async function open(cell) {
  if (cell.zhangfangBefore) return;
  const url = `${cell.closest('[data-cell-root]').dataset.cellRoot}${cell.closest('tr').dataset.id}/cell/${cell.dataset.cell}`;
  try {
    const { body } = await ask(url);
    cell.zhangfangBefore = [...cell.childNodes];
    fill(cell, body);
  } catch (error) { toast({ text: error.message, tone: 'bad' }); }
}

each(document, '[data-cell-root] [data-cell]', 'cell', (cell) => {
  cell.tabIndex = -1;
  const pen = make('button', { type: 'button', className: 'cell-pen', 'aria-label': word('editCell', cell.dataset.label), title: word('editCell', cell.dataset.label) }, make('i', { className: 'fa-solid fa-pen', 'aria-hidden': 'true' }));
  cell.append(pen);
  pen.addEventListener('click', () => open(cell));
  cell.addEventListener('dblclick', () => open(cell));
});
