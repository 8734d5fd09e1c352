// The contract form: items follow the business type, sums are counted while typing, the server checks prices and approvers.
import { announceAdded, getJson, make, request, withQuery, word } from './dom.js';
import { toast } from './toasts.js';

const form = document.querySelector('[data-contract-form]');
const CHECK_AFTER = 400;

const fen = (text) => {
  const plain = (text ?? '').normalize('NFKC').replace(/[,\s¥￥元]/g, '');
  return /^\d+(\.\d{1,2})?$/.test(plain) ? Math.round(Number(plain) * 100) : 0;
};
const whole = (input, otherwise) => (/^\d+$/.test(input?.value ?? '') ? Number(input.value) : otherwise);
const shown = (amount) => (amount / 100).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const lines = () => [...form.querySelectorAll('[data-line]')];
const customer = () => form.elements.customer_id.value;

/** Amounts of one line in fen; marks items whose price per piece and month is below the authority price. */
function count(line) {
  const quantity = whole(line.querySelector('[data-quantity]'), 1);
  const recurring = line.dataset.recurring === '1';
  const paid = recurring ? whole(line.querySelector('[data-paid]'), 1) : 1;
  const months = recurring ? paid + whole(line.querySelector('[data-gift]'), 0) : 1;
  let total = 0;
  for (const item of line.querySelectorAll('[data-item]')) {
    const box = item.querySelector('[data-sold]');
    const sold = box.type === 'hidden' || box.checked;
    const net = sold ? fen(item.querySelector('[data-price]').value) * quantity * paid - fen(item.querySelector('[data-discount]').value) : 0;
    const least = item.dataset.authority === '' ? 0 : fen(item.dataset.authority) * quantity * months;
    const below = sold && item.dataset.counts === '1' && net < least;
    item.toggleAttribute('data-below', below);
    item.querySelector('[data-amount]').textContent = sold ? shown(net) : '';
    for (const input of item.querySelectorAll('[data-price], [data-discount]')) input.toggleAttribute('readonly', !sold);
    total += net;
  }
  line.querySelector('[data-line-amount]').textContent = shown(total);
  return total;
}

function countAll() {
  const total = lines().reduce((sum, line) => sum + count(line), 0);
  const place = document.querySelector('[data-contract-aside] dd.total');
  if (place) place.textContent = `¥${shown(total)}`;
  form.querySelector('[data-line-count]').textContent = lines().length;
}

let timer;
let running;
function checkSoon() {
  clearTimeout(timer);
  timer = setTimeout(check, CHECK_AFTER);
}

async function check() {
  running?.abort();
  running = new AbortController();
  try {
    const answer = await getJson(form.dataset.checkUrl, { method: 'POST', body: new FormData(form), signal: running.signal });
    document.querySelector('[data-contract-aside]').innerHTML = answer.aside;
    lines().forEach((line, place) => warn(line, answer.warnings[place] ?? ''));
  } catch (error) {
    if (error.name !== 'AbortError') toast({ text: error.message, tone: 'bad' });
  }
}

function warn(line, text) {
  const row = line.querySelector('[data-warning]');
  row.hidden = !text;
  line.classList.toggle('changed', Boolean(text));
  row.querySelector('[data-warning-text]').textContent = text;
}

/** Replaces the items of a line by those of the business type picked; what else was typed stays. */
async function pickType(select) {
  const line = select.closest('[data-line]');
  const place = lines().indexOf(line);
  const kept = new Map([...line.querySelectorAll('[name]')].map((field) => [field.name, field.value]));
  try {
    const answer = await request(withQuery(form.dataset.lineUrl, { business_type_id: select.value, place, customer_id: customer() }));
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = document.importNode(page.querySelector('[data-line]'), true);
    for (const part of ['quantity', 'promised_on', 'company_id', 'start_month']) {
      const field = fresh.querySelector(`[name="lines-${place}-${part}"]`);
      const value = kept.get(`lines-${place}-${part}`);
      if (field && value) field.value = value;
    }
    line.replaceWith(fresh);
    announceAdded(fresh);
    (fresh.querySelector('[data-price]') ?? fresh.querySelector('[data-quantity]'))?.focus();
    changed();
  } catch (error) {
    toast({ text: error.message || word('failed'), tone: 'bad' });
  }
}

async function pickCustomer() {
  const { results } = await getJson(withQuery(form.dataset.companiesUrl, { customer_id: customer() || 0 }));
  const selects = [form.querySelector('[data-contract-company]'), ...form.querySelectorAll('[data-line-company]'),
    ...[...form.querySelectorAll('template')].flatMap((template) => [...template.content.querySelectorAll('[data-line-company]')])];
  for (const select of selects) {
    select.replaceChildren(select.options[0], ...results.map(({ id, text }) => make('option', { value: id, text })));
  }
  if (results.length === 1) selects[0].value = results[0].id;
  changed();
}

function changed() {
  countAll();
  checkSoon();
}

if (form) {
  form.addEventListener('input', changed);
  form.addEventListener('change', (event) => {
    if (event.target.matches('[data-line-type]')) pickType(event.target);
    else if (event.target === form.elements.customer_id) pickCustomer().catch((error) => toast({ text: error.message, tone: 'bad' }));
    else changed();
  });
  form.addEventListener('keydown', (event) => {
    if (event.altKey && event.key.toLowerCase() === 'n' && !event.target.closest('[data-rows]')) { event.preventDefault(); form.querySelector('[data-row-add]').click(); }
    if (event.key === 'Enter' && event.target.matches('input') && !event.ctrlKey && !event.metaKey) { event.preventDefault(); next(event.target); }
  });
  countAll();
  if (lines().some((line) => line.querySelector('[data-item]'))) check();
}

/** Enter goes to the next field instead of sending half a contract. */
function next(input) {
  const fields = [...form.querySelectorAll('input:not([type="hidden"]):not([readonly]), select, textarea')].filter((field) => field.getClientRects().length);
  fields[fields.indexOf(input) + 1]?.focus();
}
