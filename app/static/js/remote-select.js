// Select2 on select[data-remote-url] (asks the server), select[multiple] and select[data-select] (search among the options there are).
import { all, each, getJson, make, withQuery, word } from './dom.js';

const SELECTOR = 'select[data-remote-url], select[data-select], select[multiple].form-control';
let loading;

const script = (src) => new Promise((resolve, reject) => {
  const element = make('script', { src });
  element.addEventListener('load', resolve);
  element.addEventListener('error', reject);
  document.head.append(element);
});

/** Loads jQuery and Select2 on the first page that needs them. */
async function select2() {
  loading ??= (async () => {
    const { jquery, select2: plugin } = document.documentElement.dataset;
    if (!window.jQuery) await script(jquery);
    if (!window.jQuery.fn.select2) await script(plugin);
    return window.jQuery;
  })();
  return loading;
}

const language = {
  errorLoading: () => word('failed'),
  inputTooShort: () => word('choose'),
  loadingMore: () => word('loading'),
  noResults: () => word('none'),
  searching: () => word('loading'),
};

function remote(url) {
  return {
    delay: 250,
    transport: ({ data }, success, failure) => {
      const stop = new AbortController();
      getJson(withQuery(url, { q: data.term ?? '', page: data.page ?? 1 }), { signal: stop.signal }).then(success, failure);
      return { abort: () => stop.abort() };
    },
    processResults: ({ results, more }) => ({ results, pagination: { more: Boolean(more) } }),
  };
}

const nameOf = (select) => select.getAttribute('aria-label') ?? select.labels?.[0]?.textContent.replace('*', '').trim() ?? select.dataset.placeholder ?? word('choose');

/** Select2 names neither the box it puts in place of the field nor its search box: the label names both, with what is chosen. */
function nameParts(select) {
  const box = select.nextElementSibling;
  const [label] = select.labels ?? [];
  const rendered = box?.querySelector('.select2-selection__rendered[id]');
  if (label) label.id ||= `${select.id}-label`;
  for (const part of box?.querySelectorAll('.select2-selection--single, .select2-selection__rendered[role]') ?? []) {
    if (label) part.setAttribute('aria-labelledby', `${label.id} ${rendered.id}`); else part.setAttribute('aria-label', nameOf(select));
  }
  for (const part of box?.querySelectorAll('.select2-selection--multiple, .select2-search__field') ?? []) part.setAttribute('aria-label', nameOf(select));
}

const withNote = ({ text, note }) => (note ? make('span', { className: 'row-between' }, make('span', { text }), make('small', { text: note })) : text);

export function setup(root) {
  if (!all(root, SELECTOR).length) return;
  select2().then(($) => each(root, SELECTOR, 'select2', (select) => {
    if (select.closest('template')) return;
    const url = select.dataset.remoteUrl;
    $(select).select2({
      width: '100%',
      language,
      placeholder: select.dataset.placeholder ?? word('choose'),
      allowClear: !select.required && !select.multiple,
      minimumResultsForSearch: url ? 0 : 10,
      dropdownParent: $(select.closest('dialog') ?? document.body),
      templateResult: withNote,
      ...(url ? { ajax: remote(url) } : {}),
    }).on('select2:select select2:unselect select2:clear', () => select.dispatchEvent(new Event('change', { bubbles: true })))
      .on('select2:open', () => setTimeout(() => {
        const search = document.querySelector('.select2-container--open .select2-search__field');
        search?.setAttribute('aria-label', nameOf(select));
        search?.focus();
      }));
    nameParts(select);
  }));
}
