// Drop-down menus: open by click or arrow, walk with arrows, close by Escape, a click elsewhere or leaving with Tab.
import { each } from './dom.js';

const entriesOf = (menu) => [...menu.querySelectorAll(':scope > .dropdown-menu > li :is(a, button)')];

function close(menu) {
  menu.classList.remove('open');
  menu.querySelector('[aria-expanded]')?.setAttribute('aria-expanded', 'false');
}

/** Opens upwards where the page, or the box that scrolls, has no room below. */
function turn(menu) {
  const list = menu.querySelector(':scope > .dropdown-menu');
  list.classList.remove('menu-turned');
  const room = menu.closest('.table-scroll, .pane-main, .drawer-body')?.getBoundingClientRect() ?? { top: 0, bottom: window.innerHeight };
  const { top, bottom, height } = list.getBoundingClientRect();
  list.classList.toggle('menu-turned', bottom > room.bottom && top - height - 40 > room.top);
}

function open(menu) {
  for (const other of document.querySelectorAll('.dropdown.open')) if (other !== menu) close(other);
  menu.classList.add('open');
  turn(menu);
  menu.querySelector('[aria-expanded]').setAttribute('aria-expanded', 'true');
}

function walk(menu, step) {
  const entries = entriesOf(menu);
  const at = entries.indexOf(document.activeElement);
  entries[(at + step + entries.length) % entries.length]?.focus();
}

function onKey(menu, button, event) {
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault();
    open(menu);
    if (event.key === 'ArrowUp' && !menu.contains(document.activeElement)) return;
    walk(menu, event.key === 'ArrowDown' ? 1 : -1);
  }
  if (event.key === 'Escape' && menu.classList.contains('open')) {
    event.stopPropagation();
    event.preventDefault();
    close(menu);
    button.focus();
  }
}

export function setup(root) {
  each(root, '[data-dropdown]', 'menu', (menu) => {
    const button = menu.querySelector('[aria-expanded]');
    if (!button) return;
    button.addEventListener('click', () => (menu.classList.contains('open') ? close(menu) : open(menu)));
    menu.addEventListener('keydown', (event) => onKey(menu, button, event));
    menu.addEventListener('focusout', (event) => {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) close(menu);
    });
    menu.querySelector(':scope > .dropdown-menu')?.addEventListener('click', (event) => {
      if (event.target.closest('a, button:not([type="submit"])')) close(menu);
    });
  });
}

document.addEventListener('click', (event) => {
  for (const menu of document.querySelectorAll('.dropdown.open')) if (!menu.contains(event.target)) close(menu);
});
