// Dialogs. [data-dialog-url] loads a fragment into a <dialog>; its forms post normally, or with data-inline stay in the dialog when refused.
import { all, announceAdded, make, request, word } from './dom.js';
import { toast } from './toasts.js';

function fill(dialog, html) {
  const page = new DOMParser().parseFromString(html, 'text/html');
  const content = page.querySelector('.modal-content') ?? make('div', { className: 'modal-content' }, ...page.body.childNodes);
  dialog.replaceChildren(document.importNode(content, true));
  dialog.classList.toggle('modal-lg', 'dialogLarge' in dialog.firstElementChild.dataset);
  dialog.setAttribute('aria-label', dialog.firstElementChild.dataset.dialogTitle ?? '');
  announceAdded(dialog.firstElementChild);
  const first = dialog.querySelector('[aria-invalid="true"], [autofocus]')
    ?? all(dialog, 'input:not([type="hidden"]), select, textarea').find((field) => !field.disabled)
    ?? dialog.querySelector('.modal-footer .btn');
  first?.focus();
}

/** Opens a dialog with ready content; focus goes back to where it was when it closes. */
export function openDialog(html, opener = document.activeElement) {
  const dialog = make('dialog', { className: 'modal' });
  document.body.append(dialog);
  dialog.showModal();
  fill(dialog, html);
  dialog.addEventListener('click', (event) => {
    if (event.target.closest('[data-dialog-close]')) dialog.close();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    const target = opener?.closest?.('.dropdown')?.querySelector('[aria-expanded]') ?? opener;
    if (target?.isConnected) target.focus();
  });
  dialog.addEventListener('submit', (event) => {
    if (event.target.matches('[data-inline]')) sendInline(dialog, event);
  });
  return dialog;
}

/** Loads the fragment behind url and shows it. */
export async function openFragment(url, opener) {
  try {
    const answer = await request(url, { headers: { Accept: 'text/html' } });
    if (!answer.ok && answer.status !== 422 && answer.status !== 409) throw new Error(word('failed'));
    openDialog(await answer.text(), opener);
  } catch (error) {
    toast({ text: error.message, tone: 'bad' });
  }
}

async function sendInline(dialog, event) {
  event.preventDefault();
  const form = event.target;
  try {
    const answer = await request(form.action, {
      method: 'POST', body: new FormData(form, event.submitter), headers: { Accept: 'text/html, application/json' },
    });
    if (answer.headers.get('Content-Type')?.includes('json')) {
      const { url } = await answer.json();
      if (url) location.assign(url); else location.reload();
    } else {
      fill(dialog, await answer.text());
    }
  } catch (error) {
    toast({ text: error.message, tone: 'bad' });
  } finally {
    form.dispatchEvent(new Event('zf:sent', { bubbles: true }));
  }
}

export function setup() { /* one listener on the document serves everything */ }

document.addEventListener('click', (event) => {
  const opener = event.target.closest('[data-dialog-url]');
  if (!opener || opener.getAttribute('aria-disabled') === 'true') return;
  event.preventDefault();
  openFragment(opener.dataset.dialogUrl, opener);
});
