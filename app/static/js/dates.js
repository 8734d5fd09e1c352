// Day fields (input[data-date]): 4.15, 0415, 20260415, 今天 or +3 become 2026-04-15 on leaving; the calendar is the browser's own.
import { each, iconHolder, make, word } from './dom.js';

const NEAR = { 昨天: -1, 今天: 0, 明天: 1, 后天: 2 };
const DAY = 86_400_000;

const today = () => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(new Date());
const iso = (year, month, day) => `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
const exists = (text) => !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);
const later = (days) => new Date(Date.parse(today()) + days * DAY).toISOString().slice(0, 10);

/** The day meant by what was typed, or null when it is none. */
export function dayOf(typed) {
  const text = typed.normalize('NFKC').replace(/\s/g, '');
  if (text in NEAR) return later(NEAR[text]);
  if (/^[+-]\d{1,3}$/.test(text)) return later(Number(text));
  const full = /^(\d{4})[-./年]?(\d{1,2})[-./月]?(\d{1,2})日?$/.exec(text);
  const short = /^(\d{1,2})[-./月](\d{1,2})日?$/.exec(text) ?? /^(\d{2})(\d{2})$/.exec(text);
  const found = full && text.length > 4 ? iso(full[1], full[2], full[3]) : short ? iso(today().slice(0, 4), short[1], short[2]) : '';
  return found && exists(found) ? found : null;
}

function dress(input) {
  const holder = iconHolder(input);
  const native = make('input', { type: 'date', className: 'date-native', tabindex: '-1', 'aria-hidden': 'true' });
  const glyph = holder.querySelector(':scope > i') ?? make('i', { className: 'fa-solid fa-calendar', 'aria-hidden': 'true' });
  const button = make('button', { type: 'button', className: 'reveal input-button', tabindex: '-1', title: word('pickDay'), 'aria-label': word('pickDay') }, glyph);
  holder.append(native, button);
  const open = () => { native.value = dayOf(input.value) ?? ''; native.showPicker(); };
  button.addEventListener('click', open);
  native.addEventListener('change', () => {
    input.value = native.value;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    input.dispatchEvent(new Event('change', { bubbles: true }));
    input.focus();
  });
  input.addEventListener('blur', () => { input.value = dayOf(input.value) ?? input.value; });
  input.addEventListener('keydown', (event) => {
    if (event.altKey && event.key === 'ArrowDown') { event.preventDefault(); open(); }
  });
}

export function setup(root) {
  each(root, 'input[data-date]', 'date', (input) => { if (input.type === 'text') dress(input); });
}
