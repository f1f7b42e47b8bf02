() => {
  const found = [];
  const leaves = (drawing, box) => {
    if (drawing === null) return false;
    const sheet = drawing.getBoundingClientRect();
    return box.left < sheet.left - 1 || box.right > sheet.right + 1 || box.top < sheet.top - 1 || box.bottom > sheet.bottom + 1;
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, parent = node.parentElement;
    if (!node.data.trim() || parent.closest(".unseen, .jump, title, desc, thead[role]")) continue;
    if (!parent.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true})) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width < 1 || box.height < 1) continue;
      const scroller = parent.closest(".scroll");
      found.push({
        text: node.data.trim().slice(0, 60),
        left: box.left + scrollX, top: box.top + scrollY, right: box.right + scrollX, bottom: box.bottom + scrollY,
        leaves: leaves(parent.closest("svg"), box),
        scrolls: scroller !== null && scroller.scrollWidth > scroller.clientWidth,
      });
    }
  }
  return found;
}
