// Drafts: what was typed into a guarded form is kept on this computer, per person and address, offered again on return, gone once it is saved.
import { each, icon, make, store, word } from './dom.js';
import { read, write } from './form-state.js';

const WAIT = 700;
const LIFE = 7 * 86_400_000;
const SENT_LATELY = 60_000;
const person = document.documentElement.dataset.person;
const PREFIX = `draft ${person} `;

const keyOf = (form) => `${PREFIX}${location.pathname}${location.search} ${[...document.querySelectorAll('form[data-guard]')].indexOf(form)}`;
const parsed = (text) => { try { return JSON.parse(text ?? 'null'); } catch { return null; } };
const refused = (form) => form.querySelector('.has-error, [aria-invalid="true"]') !== null || document.querySelector('[data-faults], main .alert-danger') !== null;

function timeOf(at) {
  const moment = new Date(at);
  const clock = moment.toLocaleTimeString('zh-CN', { hour: 'numeric', minute: '2-digit', hour12: false });
  return moment.toDateString() === new Date().toDateString() ? clock : `${moment.getMonth() + 1}-${moment.getDate()} ${clock}`;
}

function showSaved(form, at) {
  const foot = form.id && document.querySelector(`.foot [form="${CSS.escape(form.id)}"]`)?.closest('.foot');
  const place = foot || form.querySelector('.composer-bar') || form;
  let note = place.querySelector('[data-draft-note]');
  if (!at) { note?.remove(); return; }
  note ??= make('span', { className: 'saved small', 'data-draft-note': '' });
  note.textContent = word('draftSaved', timeOf(at));
  if (!note.isConnected) { const end = place.querySelector(':scope > .keys, :scope > .push'); if (end) end.before(note); else place.append(note); }
}

function offer(form, draft, forget) {
  const bar = make('div', { className: 'alert alert-info draft-offer', role: 'status' }, icon('clock-rotate-left'), make('div', { text: word('draftFound', timeOf(draft.at)) }));
  const button = (name, task) => {
    const element = make('button', { type: 'button', className: `btn btn-xs${name === 'restore' ? ' btn-primary' : ''}`, text: word(name) });
    element.addEventListener('click', () => { bar.remove(); task(); });
    return element;
  };
  bar.append(button('restore', () => { write(form, draft); form.querySelector('input:not([type="hidden"]), select, textarea')?.focus(); }), button('discard', forget));
  form.before(bar);
  return bar;
}

function keep(form) {
  const key = keyOf(form);
  let before = null;
  let timer;
  let bar;
  const forget = () => { store.remove(key); showSaved(form, null); };
  const save = () => {
    clearTimeout(timer);
    if (form.dataset.sending || !form.isConnected || before === null) return;
    const typed = read(form);
    if (JSON.stringify(typed) === before) { if (!bar?.isConnected) forget(); return; }
    const at = Date.now();
    store.set(key, JSON.stringify({ ...typed, at }));
    showSaved(form, at);
    bar?.remove();
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(save, WAIT); };
  const mine = (event) => form.contains(event.target) || event.target.form === form;

  // After the other modules have dressed the form, so that their doing does not count as typing.
  setTimeout(() => {
    before = refused(form) ? '' : JSON.stringify(read(form));
    const draft = parsed(store.get(key));
    if (draft && before && JSON.stringify({ rows: draft.rows, fields: draft.fields }) !== before) bar = offer(form, draft, forget);
  }, 50);
  document.addEventListener('input', (event) => { if (mine(event)) soon(); });
  document.addEventListener('change', (event) => { if (mine(event)) soon(); });
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'hidden' && timer) save(); });
  form.addEventListener('submit', (event) => {
    if (event.defaultPrevented) return;
    save();
    store.set('draft sent', JSON.stringify({ key, at: Date.now(), from: location.href }), sessionStorage);
  });
}

/** The page after a form was sent: the draft goes unless the form came back refused, the log-in or an error page came instead. */
function settle() {
  const sent = parsed(store.get('draft sent', sessionStorage));
  store.remove('draft sent', sessionStorage);
  if (!sent || Date.now() - sent.at > SENT_LATELY || !person || document.querySelector('[data-error-page]')) return;
  const came = [...document.querySelectorAll('form[data-guard]')].find((form) => keyOf(form) === sent.key);
  const done = came ? !refused(came) && document.querySelector('[data-toast="ok"]') !== null : !document.querySelector('[data-faults]');
  if (done) store.remove(sent.key);
}

function dropOld() {
  for (const key of Object.keys(localStorage).filter((name) => name.startsWith('draft '))) {
    if (Date.now() - (parsed(store.get(key))?.at ?? 0) > LIFE) store.remove(key);
  }
}

export function start() {
  settle();
  try { dropOld(); } catch { /* no storage, no drafts */ }
}

export function setup(root) {
  if (person) each(root, 'form[data-guard]', 'draft', keep);
}
