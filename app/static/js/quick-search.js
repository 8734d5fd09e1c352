// Ctrl K: one box over any page. Results by kind, what exists elsewhere, actions, pages of the menu, recent searches.
import { getJson, icon, make, store, withQuery, word } from './dom.js';

const WAIT = 180;
const KEPT = 6;
const template = document.getElementById('quick-search');
const recentKey = `recent ${document.documentElement.dataset.person ?? ''}`;

const recent = () => JSON.parse(store.get(recentKey) ?? '[]');
const remember = (text) => {
  if (text) store.set(recentKey, JSON.stringify([text, ...recent().filter((old) => old !== text)].slice(0, KEPT)));
};

/** The text with every place that was asked for marked. */
function marked(text, wanted) {
  const parts = [];
  const low = text.toLowerCase();
  let from = 0;
  for (let at = low.indexOf(wanted); wanted && at >= 0; at = low.indexOf(wanted, from)) {
    parts.push(text.slice(from, at), make('mark', { text: text.slice(at, at + wanted.length) }));
    from = at + wanted.length;
  }
  return [...parts, text.slice(from)];
}

/** One line: a link to go to, or without url a line that is only read. */
function line({ glyph, text, url, parts = [], end }, wanted = '') {
  const place = url ? { href: url, role: 'option', 'aria-selected': 'false', tabindex: '-1' } : { role: 'option', 'aria-disabled': 'true', 'aria-selected': 'false' };
  return make(url ? 'a' : 'div', { className: 'quick-line', ...place },
    icon(glyph), make('span', { className: 'quick-text' }, ...marked(text, wanted)), ...parts, end && make('span', { className: 'push' }, end));
}

function hitLine(hit, wanted) {
  const parts = [
    hit.stage && make('span', { className: `stage stage-${hit.stage}`, text: hit.stage_label }),
    hit.note && make('small', {}, ...marked(hit.note, wanted)),
    hit.state && make('span', { className: `label label-${hit.tone}`, text: hit.state }),
  ];
  return line({ glyph: hit.icon, text: hit.text, url: hit.url, parts, end: hit.end }, wanted);
}

function group(label, lines) {
  return lines.length ? make('div', { role: 'group', 'aria-label': label }, make('div', { className: 'quick-head', 'aria-hidden': 'true', text: label }), ...lines) : null;
}

/** What can be done with what was typed: enter it as new, write down a contact, see everything. */
function actions(typed, found) {
  const entries = [...template.content.querySelectorAll('li a')].map((link) => {
    const named = typed && 'takesName' in link.dataset;
    return line({
      glyph: 'plus', text: named ? `${link.textContent}「${typed}」` : link.textContent,
      url: named ? withQuery(link.getAttribute('href'), { name: typed }) : link.getAttribute('href'), end: make('kbd', { text: link.dataset.keyCap }),
    });
  });
  if (!typed) return entries;
  const first = found.groups.flatMap(({ hits }) => hits).find((hit) => hit.follow_up);
  const writes = first && line({ glyph: 'phone', text: word('followUpWith', first.text), url: first.follow_up, end: make('kbd', { text: 'F' }) });
  const every = found.groups.length && line({ glyph: 'magnifying-glass', text: word('allResults', typed), url: withQuery(template.dataset.page, { q: typed }) });
  return [...entries.filter((entry) => entry.textContent.includes(typed)), writes, every].filter(Boolean);
}

function pages(typed) {
  const links = [...document.querySelectorAll('.side-item')].map((link) => ({ text: link.title, url: link.href, glyph: link.querySelector('i').className.match(/fa-(?!solid)[\w-]+/)[0].slice(3) }));
  return links.filter(({ text }) => text.toLowerCase().includes(typed)).slice(0, 5).map((link) => line(link, typed));
}

function draw(box, typed, found) {
  const wanted = typed.toLowerCase();
  const groups = found.groups.map(({ label, hits }) => group(label, hits.map((hit) => hitLine(hit, wanted))));
  const elsewhere = found.elsewhere.map((text) => line({ glyph: 'lock', text }));
  const seldom = recent().map((text) => make('button', { type: 'button', className: 'quick-line', role: 'option', 'aria-selected': 'false', tabindex: '-1', 'data-again': text }, icon('clock-rotate-left'), make('span', { text })));
  const shown = typed
    ? [...groups, group(word('elsewhere'), elsewhere), group(word('pages'), pages(wanted)), group(word('actions'), actions(typed, found))]
    : [group(word('recent'), seldom), group(word('actions'), actions('', found))];
  const nothing = typed && !found.groups.length && !elsewhere.length && !found.waiting;
  box.replaceChildren(...[nothing && make('p', { className: 'quick-none' }, make('b', { text: word('none') }), make('span', { text: word('searchHint') })), ...shown].filter(Boolean));
  linesOf(box).forEach((entry, index) => { entry.id = `quick-${index}`; });
}

const linesOf = (box) => [...box.querySelectorAll('.quick-line:not([aria-disabled])')];

function connect(dialog) {
  const input = dialog.querySelector('input');
  const box = dialog.querySelector('.quick-results');
  const status = dialog.querySelector('[data-quick-status]');
  let running;
  let timer;
  let chosen;
  let asked = null;
  let pending;

  const choose = (entry) => {
    chosen?.setAttribute('aria-selected', 'false');
    chosen = entry;
    chosen?.setAttribute('aria-selected', 'true');
    chosen?.scrollIntoView({ block: 'nearest' });
    if (chosen) input.setAttribute('aria-activedescendant', chosen.id); else input.removeAttribute('aria-activedescendant');
  };
  const step = (by) => {
    const entries = linesOf(box);
    choose(entries[(entries.indexOf(chosen) + by + entries.length) % entries.length]);
  };
  const show = (typed, found) => { draw(box, typed, found); choose(linesOf(box)[0]); };
  const ask = async () => {
    const typed = input.value.trim();
    asked = typed;
    running?.abort();
    running = new AbortController();
    if (!typed) { status.textContent = ''; show('', { groups: [], elsewhere: [] }); return; }
    try {
      const found = await getJson(withQuery(template.dataset.url, { q: typed }), { signal: running.signal });
      show(typed, found);
      const count = found.groups.reduce((sum, { hits }) => sum + hits.length, 0);
      status.textContent = count ? word('found', count) : word('none');
    } catch (error) {
      if (error.name === 'AbortError') return;
      show(typed, { groups: [], elsewhere: [], waiting: true });
      box.prepend(make('p', { className: 'quick-none', role: 'alert' }, make('b', { text: error.message })));
    }
  };
  const start = () => { clearTimeout(timer); pending = ask(); return pending; };
  const again = (text) => { input.value = text; input.focus(); start(); };
  const open = (entry, elsewhere) => {
    if ('again' in entry.dataset) { again(entry.dataset.again); return; }
    remember(input.value.trim());
    if (elsewhere) window.open(entry.href, '_blank', 'noopener'); else location.assign(entry.href);
    if (entry.href.startsWith(location.href.split('#')[0])) dialog.close();
  };

  input.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(start, WAIT); });
  input.addEventListener('keydown', async (event) => {
    if (event.isComposing) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') { event.preventDefault(); step(event.key === 'ArrowDown' ? 1 : -1); }
    if (event.key !== 'Enter') return;
    event.preventDefault();
    event.stopPropagation();
    // Never open a line of an older answer.
    await (input.value.trim() === asked ? pending : start());
    if (chosen) open(chosen, event.ctrlKey || event.metaKey);
  });
  box.addEventListener('pointermove', (event) => { const entry = event.target.closest('.quick-line:not([aria-disabled])'); if (entry && entry !== chosen) choose(entry); });
  box.addEventListener('click', (event) => {
    const entry = event.target.closest('.quick-line');
    if (entry?.dataset.again) again(entry.dataset.again); else if (entry) remember(input.value.trim());
  });
  dialog.addEventListener('click', (event) => { if (event.target === dialog || event.target.closest('[data-dialog-close]')) dialog.close(); });
  start();
}

/** Opens the search over the page; false where there is none. Focus goes back when it closes. */
export function openSearch() {
  if (!template || document.querySelector('dialog.quick[open]')) return Boolean(template);
  const opener = document.activeElement;
  const dialog = template.content.querySelector('dialog').cloneNode(true);
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector('input').focus();
  dialog.addEventListener('close', () => { dialog.remove(); if (opener?.isConnected) opener.focus(); });
  connect(dialog);
  return true;
}

export function start() {
  document.addEventListener('click', (event) => {
    const link = event.target.closest('[data-search-open]');
    if (link && !event.ctrlKey && !event.metaKey && openSearch()) event.preventDefault();
  });
}
