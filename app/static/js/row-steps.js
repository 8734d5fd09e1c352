// The menu of a row: the entries stand once in a template, and a row's menu is made of those it offers when it opens.
import { announceAdded } from './dom.js';

function build(button) {
  const entries = document.querySelector('template[data-step-entries]');
  const row = button.closest('tr');
  const root = button.closest('[data-step-root]').dataset.stepRoot;
  const list = document.createElement('ul');
  list.className = 'dropdown-menu menu-right';
  for (const name of button.dataset.rowSteps.split(' ')) {
    const entry = entries.content.querySelector(`[data-step="${CSS.escape(name)}"]`)?.cloneNode(true);
    if (!entry) continue;
    const url = new URL(`${root}${row.dataset.id}/do/${name}`, location.href);
    url.searchParams.set('next', entries.dataset.next);
    entry.querySelector('button').dataset.dialogUrl = `${url.pathname}${url.search}`;
    list.append(entry);
  }
  button.after(list);
  announceAdded(list);
  delete button.dataset.rowSteps;
}

// Before the menu's own listeners: they open what is built here.
for (const kind of ['click', 'keydown']) {
  document.addEventListener(kind, (event) => {
    const button = event.target instanceof Element ? event.target.closest('[data-row-steps]') : null;
    if (button && (kind === 'click' || event.key.startsWith('Arrow'))) build(button);
  }, true);
}
