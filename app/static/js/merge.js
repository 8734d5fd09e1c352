// Somebody else changed the same record: a press takes their value over into the form.
document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-take-theirs]');
  if (!button) return;
  const field = document.querySelector(`[name="${CSS.escape(button.dataset.takeTheirs)}"]`);
  if (!field) return;
  if (field.type === 'checkbox') field.checked = button.dataset.value === 'True';
  else field.value = button.dataset.value;
  field.dispatchEvent(new Event('change', { bubbles: true }));
  field.focus();
});
