() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, parent = node.parentElement;
    if (!node.data.trim() || parent.closest(".unseen, .skip, title, desc, thead[role]")) continue;
    if (!parent.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true})) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width < 1 || box.height < 1) continue;
      const scroller = parent.closest(".scroll");
      found.push({
        text: node.data.trim().slice(0, 60),
        left: box.left + scrollX, top: box.top + scrollY, right: box.right + scrollX, bottom: box.bottom + scrollY,
        svg: parent.closest("svg") !== null,
        scrolls: scroller !== null && scroller.scrollWidth > scroller.clientWidth,
      });
    }
  }
  return found;
}
