// The role editor: parts behind tabs, arrows between ticks, and what differs from what is saved: marked, counted and named in the foot.
const form = document.querySelector('[data-role-matrix]');
const button = document.querySelector('[data-role-save]');
const told = document.querySelector('[data-role-changes]');
const tabs = document.querySelector('[data-parts]');
const MOST_NAMED = 6;
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

const fields = () => [...form.querySelectorAll('input[type="checkbox"], input[type="radio"], select')];

function differs(field) {
  if (field.tagName === 'SELECT') return ![...field.options].every((option) => option.selected === option.defaultSelected);
  return field.checked !== field.defaultChecked;
}

/** What changed in words: the row, then what of it. */
function named(changed) {
  const rows = new Map();
  for (const field of changed) {
    const row = field.dataset.row ?? field.closest('tr').querySelector('th').textContent.trim();
    const what = field.dataset.says ?? field.closest('[data-says]').dataset.says;
    rows.set(row, (rows.get(row) ?? new Set()).add(what));
  }
  const zh = document.documentElement.lang.startsWith('zh');
  const parts = [...rows].slice(0, MOST_NAMED).map(([row, what]) => `${row} ${[...what].join(zh ? '、' : ', ')}`);
  return parts.join(zh ? '，' : '; ') + (rows.size > MOST_NAMED ? ' …' : parts.length ? (zh ? '。' : '.') : '');
}

function mark() {
  const changed = fields().filter(differs);
  const count = new Set(changed.map((field) => (field.name === 'grant' ? field.value : field.name))).size;
  for (const cell of form.querySelectorAll('td, label.form-group')) {
    cell.classList.toggle('changed', [...cell.querySelectorAll('input, select')].some(differs));
  }
  const words = count ? button.dataset.roleSave.replace('{n}', count) : button.dataset.plain;
  if (button.textContent !== words) button.textContent = words;
  told.textContent = named(changed);
}

/** From a tick to the next one in its row or column. */
function step(event) {
  const way = STEPS[event.key];
  if (!way || !event.target.matches('.role-matrix input[type="checkbox"]')) return;
  const cell = event.target.closest('td');
  const inRow = [...cell.closest('tr').querySelectorAll('input[type="checkbox"]')];
  let next = inRow[inRow.indexOf(event.target) + way[1]];
  if (way[0]) {
    let row = cell.parentElement;
    do {
      row = way[0] > 0 ? row.nextElementSibling : row.previousElementSibling;
      next = row?.cells[cell.cellIndex]?.querySelector('input[type="checkbox"]');
    } while (row && !next);
  }
  event.preventDefault();
  next?.focus();
}

function show(name) {
  const links = [...tabs.querySelectorAll('a')];
  const wanted = links.find((link) => link.hash === name) ?? links.find((link) => link.hash === `#${tabs.dataset.part}`);
  for (const link of links) {
    const here = link === wanted;
    link.parentElement.classList.toggle('active', here);
    if (here) link.setAttribute('aria-current', 'page'); else link.removeAttribute('aria-current');
    document.querySelector(link.hash).hidden = !here;
  }
}

document.querySelector('.role-pane .current')?.scrollIntoView({ block: 'nearest', inline: 'center' });
if (tabs) {
  tabs.addEventListener('click', (event) => {
    const link = event.target.closest('a');
    if (!link) return;
    event.preventDefault();
    history.replaceState(history.state, '', link.hash);
    show(link.hash);
    tabs.parentElement.scrollTo(0, 0);
  });
  window.addEventListener('hashchange', () => show(location.hash));
  show(location.hash);
}
if (form && button) {
  button.dataset.plain = button.textContent;
  form.addEventListener('change', mark);
  form.addEventListener('keydown', step);
  // The fields have their old values only after the event; what keeps drafts hears of it like of any other change.
  form.addEventListener('reset', () => setTimeout(() => form.dispatchEvent(new Event('change', { bubbles: true }))));
  mark();
}
