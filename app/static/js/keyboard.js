// Keys: Ctrl K, Ctrl Enter, Ctrl S everywhere; letters only outside fields and only while they are switched on.
import { make, store, word } from './dom.js';
import { openDialog } from './dialogs.js';
import { toast } from './toasts.js';

const AFTER_G = 1500;
let goUntil = 0;

const lettersOn = () => store.get('letters') !== 'off';
const visible = (element) => element && element.getClientRects().length > 0 && element.getAttribute('aria-disabled') !== 'true';
const find = (selector) => [...document.querySelectorAll(selector)].find(visible);
const typing = (target) => target.closest('input:not([type="checkbox"]):not([type="radio"]), textarea, select, [contenteditable], .select2-container');

const rows = () => [...document.querySelectorAll('.table tbody tr')].filter((row) => visible(row) && row.querySelector('a, [data-check]'));
const current = () => document.querySelector('.table tr.at') ?? document.activeElement?.closest('.table tbody tr');

function moveRow(step) {
  const list = rows();
  const next = list[Math.max(0, Math.min(list.length - 1, list.indexOf(current()) + step))];
  if (!next) return false;
  for (const row of list) row.classList.toggle('at', row === next);
  next.scrollIntoView({ block: 'nearest' });
  (next.querySelector('.name a, a') ?? next.querySelector('[data-check]'))?.focus({ preventScroll: true });
  return true;
}

function openRow() {
  const row = current();
  const url = row?.dataset.rowUrl ?? row?.querySelector('.name a, a')?.href;
  if (url) location.assign(url);
  return Boolean(url);
}

function submit() {
  const form = document.activeElement?.closest('form') ?? document.querySelector('dialog[open] form') ?? document.querySelector('form[data-guard]');
  if (!form || form.method === 'get') return false;
  const button = [...form.elements].find((element) => element.matches('button.btn-primary[type="submit"], button.btn-danger[type="submit"]'));
  form.requestSubmit(button);
  return true;
}

function focusOn(selector) {
  const field = find(selector);
  field?.focus();
  field?.select?.();
  return Boolean(field);
}

function showHelp() {
  const rowsOfHelp = word('keys').split('|').map((entry) => {
    const [keys, text] = entry.split(/=(?=[^=]*$)/);
    return make('li', {}, make('span', { text }), make('span', { className: 'push' }, ...keys.split(' ').flatMap((key) => [make('kbd', { text: key }), ' '])));
  });
  const close = make('button', { type: 'button', className: 'btn', text: word('close'), 'data-dialog-close': '' });
  openDialog(make('div', { className: 'modal-content', 'data-dialog-title': word('keysTitle') },
    make('div', { className: 'modal-header' }, make('h2', { className: 'modal-title', text: word('keysTitle') })),
    make('div', { className: 'modal-body' }, make('ul', { className: 'lines' }, ...rowsOfHelp)),
    make('div', { className: 'modal-footer' }, close)).outerHTML);
  return true;
}

function go(letter) {
  const link = document.querySelector(`[data-go="${CSS.escape(letter)}" i]`);
  if (link) location.assign(link.href);
  return Boolean(link);
}

/** What a single letter does; false when it does nothing here. */
function onLetter(key) {
  if (Date.now() < goUntil) { goUntil = 0; return go(key); }
  const button = find(`[data-key="${CSS.escape(key)}"]`);
  if (button) { button.click(); return true; }
  switch (key) {
    case '/': return focusOn('[data-list-search]') || focusOn('[data-search]');
    case '?': return showHelp();
    case 'g': goUntil = Date.now() + AFTER_G; return true;
    case 'j': return moveRow(1);
    case 'k': return moveRow(-1);
    case 'x': { const box = current()?.querySelector('[data-check]'); box?.click(); return Boolean(box); }
    case 'f': return focusOn('[data-followup]');
    default: return false;
  }
}

function onKey(event) {
  if (event.isComposing || event.altKey) return;
  const key = event.key.toLowerCase();
  let done = false;
  if (event.ctrlKey || event.metaKey) {
    if (key === 'k') done = focusOn('[data-search]');
    if (key === 'enter' || key === 's') done = submit();
  } else if (event.target instanceof Element && typing(event.target)) {
    if (key === 'escape' && !event.target.closest('dialog')) event.target.blur();
    return;
  } else if (document.querySelector('dialog[open]')) {
    return;
  } else if (key === 'enter' && current() && !event.target.closest('a, button')) {
    done = openRow();
  } else if (lettersOn() && key.length === 1) {
    done = onLetter(key);
  }
  if (done) event.preventDefault();
}

function toggleLetters() {
  const on = !lettersOn();
  store.set('letters', on ? 'on' : 'off');
  markLetters();
  toast({ text: word(on ? 'lettersOn' : 'lettersOff') });
}

function markLetters() {
  for (const button of document.querySelectorAll('[data-letters-toggle]')) button.setAttribute('aria-checked', String(lettersOn()));
}

export function start() {
  document.addEventListener('keydown', onKey);
  document.addEventListener('click', (event) => {
    if (event.target.closest('[data-letters-toggle]')) toggleLetters();
    if (event.target.closest('[data-keys-help]')) { event.preventDefault(); showHelp(); }
  });
  markLetters();
}
