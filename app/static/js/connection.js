// Says that the network is gone, and that it is back.
export function start() {
  const show = () => {
    for (const line of document.querySelectorAll('[data-offline]:not([data-connection])')) line.hidden = navigator.onLine;
    for (const sign of document.querySelectorAll('[data-connection]')) {
      sign.textContent = navigator.onLine ? sign.dataset.online : sign.dataset.offline;
      sign.dataset.state = navigator.onLine ? 'online' : 'offline';
    }
  };
  window.addEventListener('online', show);
  window.addEventListener('offline', show);
  if (!navigator.onLine) show();
}
