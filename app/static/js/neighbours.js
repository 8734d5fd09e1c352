// Next and previous record: a list remembers its address, a record asks the server who stands beside it there.
import { getJson, store, withQuery } from './dom.js';

const KEY = 'list-address';

const list = document.querySelector('.page-list');
if (list) store.set(KEY, `${location.pathname}${location.search}`, sessionStorage);

const group = document.querySelector('[data-neighbours-url]');
if (group) {
  const from = store.get(KEY, sessionStorage) ?? new URL(group.dataset.neighboursOf, location.href).pathname;
  getJson(withQuery(group.dataset.neighboursUrl, { list: from })).then((found) => {
    for (const link of group.querySelectorAll('[data-neighbour]')) {
      const url = found[link.dataset.neighbour];
      if (url) link.href = `${url}${location.search}`;
      else link.setAttribute('aria-disabled', 'true');
    }
    group.hidden = !found.previous && !found.next;
  }, () => { group.hidden = true; });
}
