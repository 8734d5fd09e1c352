// Theme, side bar, phone menu, password eye, demo log-ins, "back".
import { each, request, store } from './dom.js';

const root = document.documentElement;

function markTheme() {
  for (const button of document.querySelectorAll('[data-theme-set]')) {
    button.setAttribute('aria-checked', String(button.dataset.themeSet === root.dataset.themeChoice));
  }
}

function chooseTheme(button) {
  store.set('theme', button.dataset.themeSet);
  document.dispatchEvent(new Event('zf:theme-choice'));
  markTheme();
  const { saveUrl, themeSet } = button.dataset;
  if (saveUrl) request(saveUrl, { method: 'POST', body: new URLSearchParams({ theme: themeSet }) }).catch(() => {});
}

function foldSide() {
  const narrow = window.matchMedia('(max-width: 1399.98px)').matches;
  store.set(narrow ? 'side-narrow' : 'side', root.dataset.side === 'folded' ? 'open' : 'folded');
  document.dispatchEvent(new Event('zf:side-choice'));
}

function openMenu() {
  root.dataset.menu = 'open';
  document.querySelector('.side a')?.focus();
}

function closeMenu() {
  delete root.dataset.menu;
}

export function setup(scope) {
  each(scope, '[data-theme-set]', 'theme', (button) => button.addEventListener('click', () => chooseTheme(button)));
  each(scope, '[data-side-fold]', 'fold', (button) => button.addEventListener('click', foldSide));
  each(scope, '[data-menu-open]', 'menu', (button) => button.addEventListener('click', openMenu));
  each(scope, '[data-menu-close]', 'menu', (veil) => veil.addEventListener('click', closeMenu));
  each(scope, '[data-back]', 'back', (button) => button.addEventListener('click', () => history.back()));
  each(scope, '[data-show-password]', 'eye', (button) => button.addEventListener('click', () => {
    const input = document.getElementById(button.dataset.showPassword);
    input.type = input.type === 'password' ? 'text' : 'password';
    button.firstElementChild.classList.toggle('fa-eye-slash', input.type === 'text');
    button.firstElementChild.classList.toggle('fa-eye', input.type === 'password');
  }));
  each(scope, '[data-fill-login]', 'demo', (button) => button.addEventListener('click', () => {
    document.getElementById('username').value = button.dataset.fillLogin;
    const password = document.getElementById('password');
    if (button.dataset.fillPassword) password.value = button.dataset.fillPassword;
    password.focus();
  }));
  markTheme();
}

document.addEventListener('keydown', (event) => { if (event.key === 'Escape') closeMenu(); });
