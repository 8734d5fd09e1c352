// Repeatable rows ([data-rows] with a <template>): add, remove, number again, so that names run contacts-0-value, contacts-1-value …
import { all, announceAdded, each } from './dom.js';

const ATTRIBUTES = ['name', 'id', 'for', 'aria-describedby', 'aria-labelledby', 'data-kind-from', 'data-masked-for'];

function number(wrap) {
  const name = wrap.dataset.rowsName;
  const pattern = name ? new RegExp(`(^|#)(${name})-(?:\\d+|__i__)`) : /(^|#)(.*?)-(?:\d+|__i__)(?=-|$)/;
  rowsOf(wrap).forEach((row, index) => {
    for (const element of all(row, '*')) {
      for (const attribute of ATTRIBUTES) {
        const value = element.getAttribute(attribute);
        if (value) element.setAttribute(attribute, value.replace(pattern, `$1$2-${index}`));
      }
    }
  });
}

export const rowsOf = (wrap) => [...wrap.querySelector('[data-rows-list]').children].filter((row) => row.matches('[data-row]'));

function changed(wrap) {
  number(wrap);
  wrap.dispatchEvent(new Event('input', { bubbles: true }));
  wrap.dispatchEvent(new CustomEvent('zf:rows', { bubbles: true, detail: { count: rowsOf(wrap).length } }));
}

export function addRow(wrap) {
  const row = wrap.querySelector(':scope > template').content.firstElementChild.cloneNode(true);
  wrap.querySelector('[data-rows-list]').append(row);
  changed(wrap);
  announceAdded(row);
  return row;
}

/** False when the last rows must stay. */
export function removeRow(wrap, row) {
  if (rowsOf(wrap).length <= Number(wrap.dataset.rowsMin ?? 0)) return false;
  row.remove();
  changed(wrap);
  return true;
}

function add(wrap) {
  addRow(wrap).querySelector('input:not([type="hidden"]), select, textarea')?.focus();
}

function remove(wrap, row) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  if (removeRow(wrap, row)) (next?.querySelector('[data-row-remove]') ?? wrap.querySelector('[data-row-add]'))?.focus();
}

export function setup(root) {
  each(root, '[data-rows]', 'rows', (wrap) => {
    wrap.addEventListener('click', (event) => {
      if (event.target.closest('[data-rows]') !== wrap) return;
      if (event.target.closest('[data-row-add]')) add(wrap);
      const gone = event.target.closest('[data-row-remove]');
      if (gone) remove(wrap, gone.closest('[data-row]'));
    });
    wrap.addEventListener('keydown', (event) => {
      if (event.altKey && event.key.toLowerCase() === 'n') { event.preventDefault(); add(wrap); }
    });
  });
}
