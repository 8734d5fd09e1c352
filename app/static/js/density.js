// How tight the rows of lists stand, remembered on this computer; first.js sets it before the first paint.
import { each, store } from './dom.js';

const root = document.documentElement;

export function setup(scope) {
  each(scope, '[data-density-toggle]', 'density', (button) => {
    const mark = () => button.setAttribute('aria-pressed', String(root.dataset.density === 'tight'));
    button.addEventListener('click', () => {
      root.dataset.density = root.dataset.density === 'tight' ? 'normal' : 'tight';
      store.set('density', root.dataset.density);
      mark();
    });
    mark();
  });
}
