// Day fields (input[data-date]): what is typed becomes 2026-04-15 on leaving (days.js); a button or Alt+Down opens the calendar.
import { each, iconHolder, make, word } from './dom.js';
import { dayOf } from './days.js';
import { openCalendar } from './calendar.js';

function dress(input) {
  input.addEventListener('blur', () => { input.value = dayOf(input.value) ?? input.value; });
  if (!('popover' in HTMLElement.prototype)) return;
  const holder = iconHolder(input);
  const glyph = holder.querySelector(':scope > i') ?? make('i', { className: 'fa-solid fa-calendar', 'aria-hidden': 'true' });
  const button = make('button', { type: 'button', className: 'reveal input-button', title: word('pickDay'), 'aria-label': word('pickDay'), 'aria-haspopup': 'dialog' }, glyph);
  holder.append(button);
  const pick = (day) => {
    input.value = day;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    input.dispatchEvent(new Event('change', { bubbles: true }));
    input.focus();
  };
  const open = () => openCalendar(input, { chosen: dayOf(input.value) ?? '', min: input.dataset.min, max: input.dataset.max, pick });
  button.addEventListener('click', open);
  input.addEventListener('keydown', (event) => {
    if (event.altKey && event.key === 'ArrowDown') { event.preventDefault(); open(); }
  });
}

export function setup(root) {
  each(root, 'input[data-date]', 'date', (input) => { if (input.type === 'text' && !input.readOnly && !input.disabled) dress(input); });
}
