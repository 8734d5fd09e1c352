// Keys: Ctrl K, Ctrl Enter, Ctrl S everywhere; letters only outside fields and only while they are switched on.
// A page gives a button its letter by data-key; an entry of a menu in the page's head by data-menu-key.
import { make, store, word } from './dom.js';
import { openDialog } from './dialogs.js';
import { openSearch } from './quick-search.js';
import { toast } from './toasts.js';

const AFTER_G = 1500;
// What the same key types while a Chinese input method is on.
const CHINESE = { '、': '/', '？': '?', '【': '[', '】': ']' };
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

const helpLine = (keys, text) => make('li', {}, make('span', { text }), make('span', { className: 'push' }, ...keys.split(' ').flatMap((key) => [make('kbd', { text: key }), ' '])));

function showHelp() {
  const keys = word('keys').split('|').map((entry) => helpLine(...entry.split(/=(?=[^=]*$)/)));
  const places = [...document.querySelectorAll('[data-go]')].map((link) => helpLine(`G ${link.dataset.go.toUpperCase()}`, link.title));
  const close = make('button', { type: 'button', className: 'btn', text: word('close'), 'data-dialog-close': '' });
  openDialog(make('div', { className: 'modal-content', 'data-dialog-title': word('keysTitle'), 'data-dialog-large': '' },
    make('div', { className: 'modal-header' }, make('h2', { className: 'modal-title', text: word('keysTitle') })),
    make('div', { className: 'modal-body key-help' }, make('ul', { className: 'lines' }, ...keys), make('ul', { className: 'lines' }, ...places)),
    make('div', { className: 'modal-footer' }, close)).outerHTML);
  return true;
}

function go(letter) {
  const link = document.querySelector(`[data-go="${CSS.escape(letter)}" i]`);
  if (link) location.assign(link.href);
  return Boolean(link);
}

function press(element) {
  element?.click();
  return Boolean(element);
}

/** Writes a contact down: on this page, or of the row one stands on. */
function followUp() {
  const url = current()?.dataset.rowUrl;
  if (focusOn('[data-followup]')) return true;
  if (!/^\/customer\/\d+$/.test(url ?? '')) return false;
  location.assign(`${url}?tab=follow_up#follow-up`);
  return true;
}

/** Closes what is open on the page: the picks of a list, then the form itself, which asks when something was typed. */
function closeSomething() {
  return press(find('.bulkbar:not([hidden]) [data-bulk-clear]')) || press(find('.drawer [data-drawer-close]')) || press(find('.foot a.btn-ghost'));
}

/** What a single letter does; false when it does nothing here. */
function onLetter(key) {
  if (Date.now() < goUntil) { goUntil = 0; return go(key); }
  const name = CSS.escape(key);
  if (press(find(`[data-key="${name}"]`) ?? document.querySelector(`.page-head [data-menu-key="${name}"]`))) return true;
  switch (key) {
    case '/': return focusOn('[data-list-search]') || openSearch();
    case '?': return showHelp();
    case 'g': goUntil = Date.now() + AFTER_G; return true;
    case 'j': return moveRow(1);
    case 'k': return moveRow(-1);
    case 'x': return press(current()?.querySelector('[data-check]'));
    case 'f': return followUp();
    case 'n': { const menu = find('[data-new-menu]'); menu?.focus(); return press(menu); }
    default: return false;
  }
}

function onControl(key) {
  if (key === 'k') return openSearch();
  return (key === 'enter' || key === 's') && submit();
}

function onKey(event) {
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229 || event.altKey || !(event.target instanceof Element)) return;
  const key = CHINESE[event.key] ?? event.key.toLowerCase();
  let done = false;
  if (event.ctrlKey || event.metaKey) done = onControl(key);
  else if (typing(event.target)) {
    if (key === 'escape' && !event.target.closest('dialog')) event.target.blur();
    return;
  } else if (document.querySelector('dialog[open], .calendar')) return;
  else if (key === 'escape') done = closeSomething();
  else if (key === 'enter' && current() && !event.target.closest('a, button')) done = openRow();
  else if (lettersOn() && key.length === 1) done = onLetter(key);
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
  markLetters();  if (location.hash === '#follow-up') focusOn('[data-followup]');
}
