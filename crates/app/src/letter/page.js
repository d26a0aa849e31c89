(() => {
  'use strict';
  const tell = (what) => parent.postMessage(what, '*');
  const letter = document.getElementById('letter');
  let told = 0;
  let found = [];
  const tellMarks = () => {
    const seen = found.map((range) => range.getBoundingClientRect()).filter(({ height }) => height > 0);
    tell({ marks: seen.map(({ top }) => Math.max(0, Math.round(top))) });
  };
  const measure = () => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if (height === told) return;
    tell({ height: (told = height) });
    if (found.length > 0) tellMarks();
  };
  const rangesOf = (sought) => {
    const ranges = [];
    const texts = document.createTreeWalker(letter, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text && ranges.length < 500; text = texts.nextNode()) {
      for (const hit of text.data.matchAll(sought)) {
        const range = new Range();
        range.setStart(text, hit.index);
        range.setEnd(text, hit.index + hit[0].length);
        ranges.push(range);
      }
    }
    return ranges.slice(0, 500);
  };
  // What a search found is painted over the letter; the letter itself is not touched.
  addEventListener('message', (event) => {
    const mark = event.source === parent && event.data ? event.data.mark : undefined;
    if (typeof mark !== 'string' || !CSS.highlights) return;
    found = mark === '' ? [] : rangesOf(new RegExp(mark, 'giu'));
    CSS.highlights.set('found', new Highlight(...found));
    tellMarks();
  });
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
