// Forms: one submit at a time, unsaved changes, the way to the first fault, growing text boxes, things that are disabled for a reason.
import { each, icon, word } from './dom.js';

const MAY_BE_DOWNLOAD = 8000;

function showSending(button) {
  if (!button?.classList.contains('btn')) return;
  button.style.width = `${button.offsetWidth}px`;
  button.classList.add('sending');
  const spinner = icon('spinner');
  const old = button.querySelector(':scope > i');
  if (old) { old.hidden = true; old.before(spinner); } else button.prepend(spinner);
  button.setAttribute('aria-label', word('sending'));
}

function endSending(form) {
  delete form.dataset.sending;
  for (const button of document.querySelectorAll('.btn.sending')) {
    if (button.form !== form && !form.contains(button)) continue;
    button.classList.remove('sending');
    button.style.width = '';
    button.removeAttribute('aria-label');
    button.querySelector('.fa-spinner')?.remove();
    const old = button.querySelector(':scope > i');
    if (old) old.hidden = false;
  }
}

const content = (form) => new URLSearchParams(new FormData(form)).toString();

function guard(form) {
  const refused = form.querySelector('.has-error') !== null;
  let before = '';
  setTimeout(() => { before = content(form); });
  window.addEventListener('beforeunload', (event) => {
    if (form.dataset.sending || !form.isConnected) return;
    if (refused || content(form) !== before) event.preventDefault();
  });
}

function focusFault(link) {
  const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!target) return;
  target.scrollIntoView({ block: 'center' });
  const field = target.matches('input, select, textarea') ? target : target.querySelector('input, select, textarea');
  (field?.classList.contains('select2-hidden-accessible') ? field.nextElementSibling.querySelector('.select2-selection') : field ?? target).focus();
}

export function setup(root) {
  each(root, 'form[data-guard]', 'guard', guard);
  each(root, '[data-faults]', 'faults', (box) => {
    for (const link of box.querySelectorAll('a')) {
      link.addEventListener('click', (event) => { event.preventDefault(); focusFault(link); });
    }
    const first = box.querySelector('a');
    if (first) focusFault(first);
  });
  each(root, 'textarea[data-grow]', 'grow', (area) => {
    area.addEventListener('input', () => {
      area.style.height = 'auto';
      area.style.height = `${Math.min(area.scrollHeight + 2, 320)}px`;
    });
  });
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.dataset.sending) { event.preventDefault(); return; }
  if (event.defaultPrevented && !form.matches('[data-inline]')) return;
  if (form.method === 'get' || form.target === '_blank') return;
  form.dataset.sending = 'yes';
  const { submitter } = event;
  setTimeout(() => showSending(submitter ?? form.querySelector('.btn-primary')));
  setTimeout(() => endSending(form), MAY_BE_DOWNLOAD);
});
document.addEventListener('zf:sent', (event) => endSending(event.target));
window.addEventListener('pageshow', (event) => {
  if (event.persisted) for (const form of document.forms) endSending(form);
});
document.addEventListener('click', (event) => {
  if (event.target.closest('[aria-disabled="true"]')) { event.preventDefault(); event.stopPropagation(); }
}, true);
