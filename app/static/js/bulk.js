// Picking rows or cards: [data-bulk="#bar"] holds the check boxes, the bar is a form that sends ids (or all=1 with the query of the list).
import { all, each } from './dom.js';
import { openFragment } from './dialogs.js';

const boxesOf = (list) => all(list, '[data-check]');
const picked = (list) => boxesOf(list).filter((box) => box.checked).map((box) => box.value);

function connect(list) {
  const bar = document.querySelector(list.dataset.bulk);
  const everything = list.querySelector('[data-check-all]');
  const page = list.closest('.page');
  let last = null;
  let whole = false;

  const update = () => {
    const boxes = boxesOf(list);
    const count = picked(list).length;
    for (const box of boxes) box.closest('tr')?.classList.toggle('picked', box.checked);
    if (everything) {
      everything.checked = count > 0 && count === boxes.length;
      everything.indeterminate = count > 0 && count < boxes.length;
    }
    if (!count) whole = false;
    if (!bar) return;
    bar.hidden = !count;
    page?.classList.toggle('has-picks', count > 0);
    const [before, after] = bar.dataset.text.split('{n}');
    const number = document.createElement('b');
    number.textContent = whole ? (bar.querySelector('[data-bulk-all]')?.textContent ?? '') : String(count);
    bar.querySelector('[data-bulk-text]').replaceChildren(...(whole ? [number] : [before, number, after ?? '']));
  };

  const set = (boxes, value) => { for (const box of boxes) box.checked = value; update(); };

  list.addEventListener('click', (event) => {
    const box = event.target.closest('[data-check]');
    if (box && event.shiftKey && last) {
      const boxes = boxesOf(list);
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      set(boxes.slice(from, to + 1), box.checked);
    }
    if (box) last = box;
  });
  list.addEventListener('change', (event) => {
    whole = false;
    if (event.target.matches('[data-check-all]')) set(boxesOf(list), event.target.checked);
    else if (event.target.matches('[data-check]')) update();
  });
  list.addEventListener('zf:picks', update);
  if (bar) {
    const query = () => (whole ? { all: '1', query: location.search } : { ids: picked(list).join(',') });
    bar.querySelector('[data-bulk-clear]')?.addEventListener('click', () => set(boxesOf(list), false));
    bar.querySelector('[data-bulk-all]')?.addEventListener('click', () => { whole = true; update(); });
    bar.addEventListener('click', (event) => {
      const action = event.target.closest('[data-bulk-dialog]');
      if (!action) return;
      const url = new URL(action.dataset.bulkDialog, location.href);
      for (const [name, value] of Object.entries(query())) url.searchParams.set(name, value);
      openFragment(url.toString(), action);
    });
    bar.addEventListener('formdata', (event) => {
      if (whole) for (const [name, value] of Object.entries(query())) event.formData.append(name, value);
      else for (const id of picked(list)) event.formData.append('ids', id);
    });
  }
  update();
}

export function setup(root) {
  each(root, '[data-bulk]', 'bulk', connect);
}
