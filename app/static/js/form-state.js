// What a person typed into a form, as plain data, and putting it back: rows that repeat, choices that come from the server.
import { all } from './dom.js';
import { addRow, removeRow, rowsOf } from './rows.js';

const PATIENCE = 10_000;
const SECRET = /password|token/i;

const keeps = (field) => field.name && !field.disabled && !SECRET.test(field.name)
  && !['file', 'password', 'submit', 'button', 'image', 'reset'].includes(field.type)
  && (field.type !== 'hidden' || field.name === 'version');
const wrapsOf = (form) => [...form.querySelectorAll('[data-rows]')];

function valueOf(field) {
  if (field.type === 'checkbox' || field.type === 'radio') return [field.value, field.checked];
  if (field.matches('select')) return [...field.selectedOptions].map(({ value, text }) => ({ value, text }));
  return field.value;
}

/** Everything typed: {rows: number of rows per repeating part, fields: [name, value]}. Never passwords, files or tokens. */
export function read(form) {
  return {
    rows: wrapsOf(form).map((wrap) => rowsOf(wrap).length),
    fields: [...form.elements].filter(keeps).map((field) => [field.name, valueOf(field)]),
  };
}

function announce(field) {
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.dispatchEvent(new Event('change', { bubbles: true }));
}

/** True once the select holds what was chosen; a choice that asks the server brings its option along. */
function fillSelect(select, chosen) {
  const values = chosen.map(({ value }) => value);
  for (const { value, text } of select.dataset.remoteUrl ? chosen : []) {
    if (![...select.options].some((option) => option.value === value)) select.add(new Option(text, value));
  }
  const known = new Set([...select.options].map((option) => option.value));
  if (!values.every((value) => known.has(value))) return false;
  const before = [...select.selectedOptions].map((option) => option.value).join('\n');
  for (const option of select.options) option.selected = values.includes(option.value);
  if (before !== values.join('\n')) announce(select);
  return true;
}

function fill(field, value) {
  if (field.matches('select')) return fillSelect(field, value);
  if (Array.isArray(value)) {
    const [, checked] = value;
    if (field.checked !== checked) { field.checked = checked; announce(field); }
  } else if (field.value !== value) {
    field.value = value;
    announce(field);
  }
  return true;
}

/** The field of this name; of several, the one of this value or the next one not filled yet. */
function find(form, name, value, used) {
  const same = [...form.elements].filter((field) => field.name === name && !used.has(field));
  return same.find((field) => Array.isArray(value) && typeof value[1] === 'boolean' && field.value === value[0]) ?? same.find((field) => !['checkbox', 'radio'].includes(field.type));
}

function matchRows(form, counts) {
  wrapsOf(form).forEach((wrap, index) => {
    while (rowsOf(wrap).length < (counts[index] ?? 0)) addRow(wrap);
    while (counts[index] !== undefined && rowsOf(wrap).length > counts[index] && removeRow(wrap, rowsOf(wrap).at(-1)));
  });
}

const namesIn = (changes) => new Set(changes.flatMap(({ addedNodes }) => [...addedNodes])
  .filter((node) => node instanceof Element).flatMap((node) => all(node, '[name]')).map(({ name }) => name));

/** Puts back what was read. What arrives later, such as the items of a line, is filled when it comes, until the person types. */
export function write(form, { rows, fields }) {
  let left = fields;
  const apply = () => {
    const used = new Set();
    left = left.filter(([name, value]) => {
      const field = find(form, name, value, used);
      if (!field) return true;
      used.add(field);
      return !fill(field, value);
    });
  };
  const watch = new MutationObserver((changes) => {
    const fresh = namesIn(changes);
    left = fields.filter((entry) => left.includes(entry) || fresh.has(entry[0]));
    apply();
  });
  matchRows(form, rows);
  watch.observe(form, { childList: true, subtree: true });
  apply();
  form.addEventListener('input', (event) => { if (event.isTrusted) watch.disconnect(); });
  setTimeout(() => watch.disconnect(), PATIENCE);
}
