(() => {
  'use strict';
  const tell = (what) => parent.postMessage(what, '*');
  const letter = document.getElementById('letter');
  let told = 0;
  const measure = () => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if (height !== told) tell({ height: (told = height) });
  };
  new ResizeObserver(measure).observe(letter);
  addEventListener('load', measure);
  measure();
  const follow = (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
    if (!link) return;
    event.preventDefault();
    if (event.button === 0 || event.button === 1) tell({ href: link.href, text: link.textContent.slice(0, 2000) });
  };
  addEventListener('click', follow, true);
  addEventListener('auxclick', follow, true);
  for (const kind of ['dragstart', 'drop', 'dragover', 'submit']) addEventListener(kind, (event) => event.preventDefault(), true);
  addEventListener('keydown', (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const { key, code, ctrlKey, altKey, shiftKey, metaKey } = event;
    const copies = (ctrlKey || metaKey) && ['c', 'a'].includes(key.toLowerCase());
    const onLink = event.target instanceof Element && event.target.closest('a[href]');
    if (copies || key === 'Tab' || (onLink && key === 'Enter')) return;
    if (['ArrowUp', 'ArrowDown', 'PageUp', 'PageDown', 'Home', 'End', ' '].includes(key)) event.preventDefault();
    tell({ key, code, ctrlKey, altKey, shiftKey, metaKey });
  });
})();
