// Keys of the check sheet. Without it the page's buttons do the same.
(() => {
  const form = document.querySelector('form.sheet');
  const rows = [...document.querySelectorAll('tr[data-field]')];
  let sent = false;
  let at = -1;

  const select = (index) => {
    if (rows.length === 0) return;
    at = (index + rows.length) % rows.length;
    rows.forEach((row, i) => row.classList.toggle('selected', i === at));
    rows[at].focus({ preventScroll: true });
    rows[at].scrollIntoView({ block: 'nearest' });
  };
  const press = (element) => {
    if (!element || sent) return false;
    element.click();
    return true;
  };
  const mark = () => {
    const box = at < 0 ? null : rows[at].querySelector('input[type=checkbox]');
    if (box) box.checked = !box.checked;
    return box !== null;
  };
  const enter = (target) => {
    if (target.closest('button, a')) return false;
    if (form.querySelector('input[type=checkbox]:checked')) press(form.querySelector('[data-enter]'));
    return true;
  };
  const act = (key, target) => {
    if (key === 'ArrowDown') select(at + 1);
    else if (key === 'ArrowUp') select(at < 0 ? rows.length - 1 : at - 1);
    else if (key === 'Enter') return enter(target);
    else if (key === 'r') return press((at < 0 ? form : rows[at]).querySelector('[data-reveal]'));
    else if (key === '2' && !form.querySelector('[data-key="2"]')) return mark();
    else return press(document.querySelector(`[data-key="${CSS.escape(key)}"]`));
    return true;
  };

  form.addEventListener('submit', (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.repeat && !event.key.startsWith('Arrow')) return event.preventDefault();
    if (act(event.key, event.target)) event.preventDefault();
  });
  rows.forEach((row, index) => row.addEventListener('focusin', () => {
    if (at !== index) select(index);
  }));
  select(Math.max(0, rows.findIndex((row) => row.dataset.field === form.dataset.start)));
})();
