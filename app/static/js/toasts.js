// Toasts say that something is done, for six seconds; everything else stays in place as an alert.
import { each, icon, make } from './dom.js';

const STAYS = 6000;

/** Shows a toast. tone: ok | bad. extra: elements behind the text, such as an undo form. */
export function toast({ text, tone = 'ok', extra = [] }) {
  const box = document.querySelector('dialog[open] [data-toasts]') ?? document.querySelector('[data-toasts]');
  if (!box) return;
  const item = make('div', { className: `toast toast-${tone}` },
    icon(tone === 'bad' ? 'triangle-exclamation' : 'circle-check'), make('span', { text }), ...extra);
  box.append(item);
  let timer = setTimeout(() => item.remove(), STAYS);
  item.addEventListener('pointerenter', () => clearTimeout(timer));
  item.addEventListener('focusin', () => clearTimeout(timer));
  item.addEventListener('pointerleave', () => { timer = setTimeout(() => item.remove(), STAYS); });
}

export function setup(root) {
  each(root, '[data-toast]', 'toast', (alert) => {
    const extra = [...alert.querySelectorAll('form, a, button')].filter((element) => !element.parentElement.closest('form'));
    for (const element of extra) element.remove();
    const holder = alert.closest('.flash');
    toast({ text: alert.textContent.trim(), tone: alert.dataset.toast, extra });
    alert.remove();
    if (holder && !holder.children.length) holder.remove();
  });
}
