// A box that scrolls but holds nothing to stop at takes the focus itself, so that arrows scroll it without a mouse.
import { each } from './dom.js';

const BOXES = '.table-scroll, .pane-main, .modal-body';
const STOPS = 'a[href], button, input, select, textarea, [tabindex]';

export function setup(root) {
  each(root, BOXES, 'scroll-box', (box) => {
    const scrolls = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
    if (scrolls && !box.querySelector(STOPS)) box.tabIndex = 0;
  });
}
