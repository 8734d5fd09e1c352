// The calendar under a day field: a month as a grid. Arrows walk, Page keys change the month (with Shift the year), Home and End the week.
import { make, word } from './dom.js';
import { daysIn, iso, parts, plus, plusMonths, today, weekday } from './days.js';

const language = document.documentElement.lang;
const WEEK = [...Array(7).keys()].map((index) => new Intl.DateTimeFormat(language, { weekday: 'narrow', timeZone: 'UTC' }).format(new Date(Date.UTC(2024, 0, 1 + index))));
const longDay = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeZone: 'UTC' });
const monthName = new Intl.DateTimeFormat(language, { month: 'short', timeZone: 'UTC' });
const STEPS = {
  ArrowLeft: (day) => plus(day, -1), ArrowRight: (day) => plus(day, 1), ArrowUp: (day) => plus(day, -7), ArrowDown: (day) => plus(day, 7),
  Home: (day) => plus(day, -weekday(day)), End: (day) => plus(day, 6 - weekday(day)),
  PageUp: (day, far) => plusMonths(day, far ? -12 : -1), PageDown: (day, far) => plusMonths(day, far ? 12 : 1),
};
const YEARS = 12;

const button = (text, attributes) => make('button', { type: 'button', text, ...attributes });
const option = (value, text, chosen) => { const element = make('option', { value, text }); element.selected = chosen; return element; };

function head(day, show) {
  const [year, month] = parts(day);
  const years = make('select', { className: 'form-control input-sm', 'aria-label': word('year') });
  for (let other = year - YEARS; other <= year + YEARS; other += 1) years.append(option(other, other, other === year));
  const months = make('select', { className: 'form-control input-sm', 'aria-label': word('month') });
  for (let other = 1; other <= 12; other += 1) months.append(option(other, monthName.format(Date.UTC(2024, other - 1, 1)), other === month));
  const jump = () => show(iso(years.value, months.value, Math.min(parts(day)[2], daysIn(years.value, months.value))), 'stay');
  for (const select of [years, months]) select.addEventListener('change', jump);
  const turn = (by, label, glyph) => {
    const element = make('button', { type: 'button', className: 'btn btn-ghost btn-icon btn-sm', 'aria-label': label, title: label }, make('i', { className: `fa-solid fa-chevron-${glyph}`, 'aria-hidden': 'true' }));
    element.addEventListener('click', () => show(plusMonths(day, by), 'stay'));
    return element;
  };
  return make('div', { className: 'cal-head' }, turn(-1, word('lastMonth'), 'left'), years, months, turn(1, word('nextMonth'), 'right'));
}

function cell(day, { shown, chosen, allowed }) {
  const inside = day.slice(0, 7) === shown.slice(0, 7);
  const inner = button(String(parts(day)[2]), { 'data-day': day, tabindex: day === shown ? '0' : '-1', 'aria-label': longDay.format(new Date(day)) });
  if (day === today()) inner.setAttribute('aria-current', 'date');
  if (!allowed(day)) inner.setAttribute('aria-disabled', 'true');
  return make('td', { role: 'gridcell', 'aria-selected': String(day === chosen), className: [inside ? '' : 'other', weekday(day) > 4 ? 'weekend' : ''].join(' ').trim() }, inner);
}

function grid(state) {
  const first = `${state.shown.slice(0, 8)}01`;
  const start = plus(first, -weekday(first));
  const rows = [...Array(6).keys()].map((week) => make('tr', {}, ...[...Array(7).keys()].map((index) => cell(plus(start, week * 7 + index), state))));
  return make('table', { role: 'grid', 'aria-label': word('pickDay') },
    make('thead', {}, make('tr', {}, ...WEEK.map((text) => make('th', { scope: 'col', text })))), make('tbody', {}, ...rows));
}

/** Places the box below its field, above it where there is no room; on a phone the style sheet puts it at the bottom. */
function place(box, input) {
  const { left, top, bottom } = input.getBoundingClientRect();
  const below = bottom + box.offsetHeight + 8 < window.innerHeight || top < box.offsetHeight;
  box.style.left = `${Math.max(8, Math.min(left, window.innerWidth - box.offsetWidth - 8))}px`;
  box.style.top = `${below ? bottom + 4 : top - box.offsetHeight - 4}px`;
}

/** Opens the calendar of an input. pick(day) is called with the day chosen, "" to empty the field. */
export function openCalendar(input, { chosen, min, max, pick }) {
  const allowed = (day) => (!min || day >= min) && (!max || day <= max);
  const box = make('div', { className: 'calendar', popover: 'auto', role: 'dialog', 'aria-label': word('pickDay') });
  const take = (day) => { if (day && !allowed(day)) return; pick(day); box.hidePopover(); };
  const show = (day, stay) => {
    const select = stay ? document.activeElement?.closest('select')?.getAttribute('aria-label') ?? document.activeElement?.getAttribute('aria-label') : null;
    const short = [['today', 0], ['tomorrow', 1], ['inAWeek', 7]].map(([name, days]) => {
      const element = button(word(name), { className: 'btn btn-xs' });
      if (!allowed(plus(today(), days))) element.setAttribute('aria-disabled', 'true');
      element.addEventListener('click', () => take(plus(today(), days)));
      return element;
    });
    const empty = button(word('empty'), { className: 'btn btn-ghost btn-xs push' });
    empty.addEventListener('click', () => take(''));
    box.replaceChildren(head(day, show), grid({ shown: day, chosen, allowed }), make('div', { className: 'cal-foot' }, ...short, empty));
    (select ? box.querySelector(`[aria-label="${CSS.escape(select)}"]`) : box.querySelector(`[data-day="${day}"]`))?.focus();
  };
  box.addEventListener('click', (event) => { const day = event.target.closest('[data-day]')?.dataset.day; if (day) take(day); });
  box.addEventListener('keydown', (event) => {
    const at = event.target.dataset.day;
    const step = at && STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    show(step(at, event.shiftKey));
  });
  box.addEventListener('toggle', (event) => {
    if (event.newState === 'open') return;
    if (box.contains(document.activeElement) || document.activeElement === document.body) input.focus();
    box.remove();
  });
  input.parentElement.append(box);
  box.showPopover();
  show(chosen || (min && today() < min ? min : today()));
  place(box, input);
}
