// Entry: sets up every behaviour on the page, and again on whatever is added to it later ("zf:added").
import * as bulk from './bulk.js';
import * as collision from './collision.js';
import * as connection from './connection.js';
import * as counts from './counts.js';
import * as dates from './dates.js';
import * as density from './density.js';
import * as dialogs from './dialogs.js';
import * as drafts from './drafts.js';
import * as forms from './forms.js';
import * as keyboard from './keyboard.js';
import * as matrix from './matrix.js';
import * as menus from './menus.js';
import * as money from './money.js';
import * as progress from './progress.js';
import * as quickSearch from './quick-search.js';
import * as remoteSelect from './remote-select.js';
import * as reveal from './reveal.js';
import * as rows from './rows.js';
import * as scroll from './scroll.js';
import * as scrollBoxes from './scroll-boxes.js';
import * as shell from './shell.js';
import * as toasts from './toasts.js';

const parts = [
  shell, menus, dialogs, toasts, money, dates, rows, remoteSelect, collision, forms, drafts, counts, density, bulk, matrix, reveal, progress, scrollBoxes,
];

for (const part of [keyboard, connection, quickSearch, drafts, scroll]) part.start();
for (const part of parts) part.setup(document);
document.addEventListener('zf:added', (event) => {
  for (const part of parts) part.setup(event.target);
});
