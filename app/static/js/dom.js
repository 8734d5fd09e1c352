// The few DOM and network helpers shared by all modules.

const words = document.getElementById('words')?.dataset ?? {};

/** A word of the page's language, from parts/words.html; {n} is replaced. */
export const word = (name, n = '') => (words[name] ?? name).replace('{n}', n);

/** All matches inside root, root itself included. */
export const all = (root, selector) => [
  ...(root instanceof Element && root.matches(selector) ? [root] : []),
  ...root.querySelectorAll(selector),
];

/** Runs task once per matching element, however often setup is called. */
export function each(root, selector, name, task) {
  for (const element of all(root, selector)) {
    element.zhangfang ??= new Set();
    if (element.zhangfang.has(name)) continue;
    element.zhangfang.add(name);
    task(element);
  }
}

/** Makes an element: text is never read as markup. */
export function make(tag, { className, text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter(Boolean));
  return element;
}

export const icon = (name) => make('i', { className: `fa-solid fa-${name}`, 'aria-hidden': 'true' });

export const announceAdded = (element) => element.dispatchEvent(new Event('zf:added', { bubbles: true }));

export const csrfToken = () => document.querySelector('meta[name="csrf-token"]')?.content ?? '';

/** The place for an icon or note at the right end of an input. */
export function iconHolder(input) {
  if (input.parentElement.matches('.input-icon')) return input.parentElement;
  const active = document.activeElement === input;
  const holder = make('span', { className: 'input-icon icon-end' });
  input.before(holder);
  holder.append(input);
  if (active) input.focus();
  return holder;
}

/** A request of this page; rises with words for people when there is no usable answer. */
export async function request(url, options = {}) {
  let answer;
  try {
    answer = await fetch(url, {
      credentials: 'same-origin',
      ...options,
      headers: { 'X-Requested-With': 'fetch', 'X-CSRFToken': csrfToken(), ...options.headers },
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Error(word('offline'), { cause: error });
  }
  if (answer.status === 401 || (answer.redirected && /\/login\b/.test(answer.url))) throw new Error(word('gone'));
  if (!answer.ok && answer.headers.get('Content-Type')?.includes('json')) {
    const { message, reasons = [] } = await answer.json();
    throw new Error([message ?? word('failed'), ...reasons].join(' '));
  }
  if (answer.status === 403) throw new Error(word('forbidden'));
  return answer;
}

export async function getJson(url, options) {
  const answer = await request(url, { ...options, headers: { Accept: 'application/json' } });
  if (!answer.ok) throw new Error(word('failed'));
  return answer.json();
}

export const withQuery = (url, values) => {
  const target = new URL(url, location.href);
  for (const [name, value] of Object.entries(values)) if (value !== undefined && value !== '') target.searchParams.set(name, value);
  return target.toString();
};

/** Local storage that never throws (private windows, full disks). */
export const store = {
  get: (key, area = localStorage) => { try { return area.getItem(key); } catch { return null; } },
  set: (key, value, area = localStorage) => { try { area.setItem(key, value); } catch { /* the choice lasts for this page only */ } },
  remove: (key, area = localStorage) => { try { area.removeItem(key); } catch { /* nothing stored, nothing to remove */ } },
};
