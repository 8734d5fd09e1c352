// Entry: sets up every behaviour on the page, and again on whatever is added to it later ("zf:added").
import * as bulk from './bulk.js';
import * as collision from './collision.js';
import * as connection from './connection.js';
import * as counts from './counts.js';
import * as dates from './dates.js';
import * as dialogs from './dialogs.js';
import * as forms from './forms.js';
import * as keyboard from './keyboard.js';
import * as matrix from './matrix.js';
import * as menus from './menus.js';
import * as money from './money.js';
import * as progress from './progress.js';
import * as remoteSelect from './remote-select.js';
import * as reveal from './reveal.js';
import * as rows from './rows.js';
import * as scroll from './scroll.js';
import * as shell from './shell.js';
import * as toasts from './toasts.js';

const parts = [
  shell, menus, dialogs, toasts, money, dates, rows, remoteSelect, collision, forms, counts, bulk, matrix, reveal, progress,
];

for (const part of [keyboard, connection, scroll]) part.start();
for (const part of parts) part.setup(document);
document.addEventListener('zf:added', (event) => {
  for (const part of parts) part.setup(event.target);
});
