// Says while typing that a number or a company is known already, and to whom it belongs.
import { each, getJson, icon, iconHolder, make, withQuery, word } from './dom.js';

const WAIT = 300;

/** The kind of contact: said by the field, or chosen in the select beside it. */
function kindOf(input) {
  const { kind, kindFrom } = input.dataset;
  const chosen = kindFrom ? document.querySelector(kindFrom) : input.closest('[data-row]')?.querySelector('select[name$="kind"]');
  return { value: chosen?.value ?? kind ?? '', label: chosen?.selectedOptions[0]?.text ?? labelOf(input), select: chosen };
}

const labelOf = (input) => input.closest('.form-group')?.querySelector('.control-label')?.firstChild?.textContent.trim() ?? '';

function note(input, tone, glyph, text) {
  input.parentElement.querySelector('.input-note')?.remove();
  if (text) input.after(make('span', { className: `input-note ${tone}` }, icon(glyph), text));
}

function block(input, found) {
  const head = make('div', { className: 'collision-head' }, make('b', { text: found.title ?? word('collisionHead') }));
  if (found.stage_label) head.append(make('span', { className: `stage stage-${found.stage}`, text: found.stage_label }));
  if (found.owner) {
    const place = found.owner_department ? `（${found.owner_department}）` : '';
    head.append(make('span', {}, `${word('ownedBy')} `, make('b', { text: found.owner }), place));
  }
  if (found.reason) head.append(make('span', { className: 'push', text: found.reason }));
  const acts = make('div', { className: 'collision-acts' });
  for (const act of found.actions ?? []) {
    acts.append(make('a', { className: 'btn btn-xs', href: act.url, ...(act.dialog ? { 'data-dialog-url': act.url } : {}) }, act.icon && icon(act.icon), act.label));
  }
  if (found.customer_url) acts.append(make('a', { className: 'btn btn-xs', href: found.customer_url, target: '_blank', text: word('openCustomer') }));
  if (found.blocks) {
    const other = make('button', { type: 'button', className: 'btn btn-ghost btn-xs', text: word('otherNumber') });
    other.addEventListener('click', () => { input.focus(); input.select(); });
    acts.append(other);
  }
  return make('div', { className: `collision${found.blocks ? '' : ' soft'}`, role: 'status' },
    head, found.message && make('p', { text: found.message }), acts.children.length ? acts : null);
}

function summarise(input, tone, text) {
  const list = document.querySelector('[data-collision-summary]');
  if (!list) return;
  const key = input.id || input.name;
  let line = [...list.children].find((item) => item.dataset.for === key);
  if (!input.isConnected || !text) { line?.remove(); return; }
  line ??= list.appendChild(make('li', { 'data-for': key }));
  const glyph = { bad: 'circle-xmark', warn: 'triangle-exclamation', ok: 'circle-check' }[tone];
  line.replaceChildren(make('span', { className: tone }, icon(glyph)), make('span', { text: `${kindOf(input).label} ${input.value}` }), make('span', { className: `push ${tone}`, text }));
}

function show(input, answers) {
  const group = input.closest('.form-group');
  if (answers.some((found) => found.fault)) {
    if (group.classList.contains('has-error') && group.querySelector('.help-block')) return;
    forget(input);
    // A number half typed is no fault yet.
    if (document.activeElement !== input) group.append(block(input, answers[0]));
    return;
  }
  group.querySelectorAll('.collision').forEach((old) => old.remove());
  const blocked = answers.some((found) => found.blocks);
  group.classList.toggle('has-error', blocked);
  group.classList.toggle('has-warning', !blocked && answers.length > 0);
  input.setAttribute('aria-invalid', String(blocked));
  const tone = blocked ? 'bad' : answers.length ? 'warn' : 'ok';
  const text = word(blocked ? 'collides' : answers.length ? 'alike' : 'noCollision');
  note(input, tone, { bad: 'circle-exclamation', warn: 'triangle-exclamation', ok: 'check' }[tone], text);
  group.append(...answers.map((found) => block(input, found)));
  summarise(input, tone, text);
}

function forget(input) {
  const group = input.closest('.form-group');
  group.querySelectorAll('.collision').forEach((old) => old.remove());
  group.classList.remove('has-error', 'has-warning');
  note(input);
  summarise(input);
}

function watch(input) {
  iconHolder(input);
  let timer;
  let running;
  let asked = '';
  let last = [];
  const check = async () => {
    clearTimeout(timer);
    const value = input.value.trim();
    const kind = kindOf(input).value;
    if (asked === `${kind} ${value}`) return;
    asked = `${kind} ${value}`;
    running?.abort();
    if (!value) { forget(input); return; }
    running = new AbortController();
    try {
      last = await getJson(withQuery(input.dataset.collisionUrl, { kind, value, exclude: input.dataset.collisionExclude }), { signal: running.signal });
      show(input, last);
    } catch (error) {
      if (error.name !== 'AbortError') { asked = ''; note(input, 'muted', 'circle-question', error.message); }
    }
  };
  input.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(check, WAIT); });
  input.addEventListener('blur', () => { if (last.some((found) => found.fault)) show(input, last); check(); });
  kindOf(input).select?.addEventListener('change', check);
  if (input.value) check();
}

export function setup(root) {
  each(root, 'input[data-collision-url]', 'collision', watch);
}
